/* SPDX-License-Identifier: Apache-2.0 */
/* What GET shows: the stored text with short names, and what the broker knows. */
#include "names.h"
#include "registration_priv.h"

#include <base/clock.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>

#include <inttypes.h>
#include <string.h>

static void put_key(struct strbuf *sb, const char *name, size_t len)
{
	char last = sb->data[sb->len - 1];

	if (last != '{' && last != '[')
		strbuf_addc(sb, ',');
	jn_write_string(sb, name, len);
	strbuf_addc(sb, ':');
}

static void put_time(struct strbuf *sb, const char *name, int64_t at)
{
	char text[CLOCK_TEXT];

	if (at != 0) {
		put_key(sb, name, strlen(name));
		strbuf_addf(sb, "\"%s\"", clock_format(at, text));
	}
}

static void put_types(struct strbuf *sb, const struct jn *type,
	const struct registration_view *view, struct arena *a)
{
	bool list = view->type_lists && jn_is(type, JN_STRING);

	strbuf_adds(sb, list ? "[" : "");
	jn_write(sb, names_in(type, "", view->ctx, name_compacted, a));
	strbuf_adds(sb, list ? "]" : "");
}

static void put_entities(struct strbuf *sb, const struct jn *entities,
	const struct registration_view *view, struct arena *a)
{
	strbuf_addc(sb, '[');
	jn_each (it, entities) {
		strbuf_adds(sb, it == entities->child ? "{" : ",{");
		jn_each (m, it) {
			put_key(sb, m->key, m->key_len);
			if (jn_key_is(m, "type"))
				put_types(sb, m, view, a);
			else
				jn_write(sb, m);
		}
		strbuf_addc(sb, '}');
	}
	strbuf_addc(sb, ']');
}

static void put_info(struct strbuf *sb, const struct jn *info,
	const struct registration_view *view, struct arena *a)
{
	strbuf_addc(sb, '{');
	jn_each (it, info) {
		put_key(sb, it->key, it->key_len);
		if (jn_key_is(it, "entities"))
			put_entities(sb, it, view, a);
		else
			jn_write(sb, names_in(it, "", view->ctx, name_compacted, a));
	}
	strbuf_addc(sb, '}');
}

static void put_information(struct strbuf *sb, const struct jn *information,
	const struct registration_view *view, struct arena *a)
{
	strbuf_addc(sb, '[');
	jn_each (it, information) {
		if (it != information->child)
			strbuf_addc(sb, ',');
		put_info(sb, it, view, a);
	}
	strbuf_addc(sb, ']');
}

/* Table 5.2.9-2; nothing of it before the first operation that was passed on. */
static void put_counts(struct strbuf *sb, const struct registration_output *out)
{
	if (out->times_sent == 0)
		return;
	strbuf_addf(sb, ",\"status\":\"%s\"",
		out->last_failure > out->last_success ? "failed" : "ok");
	strbuf_addf(sb, ",\"timesSent\":%" PRId64 ",\"timesFailed\":%" PRId64,
		out->times_sent, out->times_failed);
	put_time(sb, "lastSuccess", out->last_success);
	put_time(sb, "lastFailure", out->last_failure);
}

/* What is not said, but meant (5.2.9). */
static void put_defaults(struct strbuf *sb, const struct jn *doc)
{
	bool auxiliary = jn_str_is(jn_get(doc, "mode"), "auxiliary");

	if (jn_get(doc, "mode") == NULL)
		strbuf_adds(sb, ",\"mode\":\"inclusive\"");
	if (jn_get(doc, "operations") == NULL)
		strbuf_addf(sb, ",\"operations\":[\"%s\"]",
			auxiliary ? "retrieveOps" : "federationOps");
}

void registration_render(struct strbuf *sb, const struct jn *stored,
	const struct registration_output *output, const struct registration_view *view,
	struct arena *a)
{
	strbuf_addc(sb, '{');
	jn_each (it, stored) {
		const char *name = is_attribute(it)
			? context_compact(view->ctx, it->key, it->key_len, a)
			: arena_strndup(a, it->key, it->key_len);

		put_key(sb, name, strlen(name));
		if (jn_key_is(it, "information"))
			put_information(sb, it, view, a);
		else
			jn_write(sb, it);
	}
	put_defaults(sb, stored);
	put_counts(sb, output);
	if (view->sys_attrs) {
		put_time(sb, "createdAt", output->created);
		put_time(sb, "modifiedAt", output->modified);
	}
	if (view->context_text != NULL) {
		put_key(sb, "@context", 8);
		strbuf_adds(sb, view->context_text);
	}
	strbuf_addc(sb, '}');
}

const struct jn *registration_part(
	const struct registration *r, const bool *infos, struct arena *a)
{
	const char *text = arena_strdup(a, r->text);
	const struct jn *doc = jn_parse_trusted(text, strlen(text), a);
	struct jn *out = jn_object(a), *part = jn_array(a);
	size_t n = 0;

	jn_each (it, doc)
		jn_addn(out, it->key, it->key_len, jn_share(a, it));
	jn_each (it, jn_get(doc, "information"))
		if (infos[n++])
			jn_append(part, jn_share(a, it));
	jn_set(out, "information", part);
	return out;
}
