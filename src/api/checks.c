/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks on the way of a write.  A fragment that does not say what it is a part of is read
 * as what its id or its attributes suggest; only where that finds something, the types of
 * the stored entity are asked for, and decide.  So a clean write costs no round trip.
 */
#include "checks_priv.h"

#include "call.h"

#include <base/err.h>
#include <base/metrics.h>
#include <base/strbuf.h>
#include <core/entity.h>
#include <store/entities.h>
#include <store/readers.h>

#include <string.h>

#define HEADER_MAX 2000 /* bytes of the list in an answer's header */
#define URN        "urn:ngsi-ld:"

/* What is checked: a document, or instances of one attribute. */
struct subject {
	const struct jn *doc;
	const char *iri;
	const char *id;
	unsigned flags;
};

struct lint checks_lint(
	const struct checks *checks, const struct context *ctx, int64_t now)
{
	return (struct lint){.profiles = checks->profiles,
		.territory = checks->territory,
		.ctx = ctx,
		.now = now};
}

static void add_type(struct arena *a, struct jn *types, const struct profile *p)
{
	jn_append(types,
		jn_string(a,
			p->iri != NULL
				? p->iri
				: arena_printf(a, DEFAULT_CONTEXT_VOCAB "%s", p->name)));
}

struct candidates {
	struct arena *arena;
	struct jn *types;
};

static void add_candidate(void *cookie, const struct profile *p)
{
	struct candidates *c = cookie;

	add_type(c->arena, c->types, p);
}

/* The type that urn:ngsi-ld:<type>:… names, or those that have the first attribute that
 * any has. */
static struct jn *guess_types(
	const struct checks *checks, const struct subject *s, struct arena *a)
{
	struct candidates c = {a, jn_array(a)};
	const char *name =
		strncmp(s->id, URN, strlen(URN)) == 0 ? s->id + strlen(URN) : "";
	size_t len = strcspn(name, ":");

	if (name[len] == ':' && len > 0 && len < 100) {
		const struct profile *p = profiles_by_name(checks->profiles, name, len);

		if (p != NULL)
			add_type(a, c.types, p);
		else
			jn_append(c.types,
				jn_string(a,
					arena_printf(a, DEFAULT_CONTEXT_VOCAB "%.*s",
						(int)len, name)));
		return c.types;
	}
	if (s->iri != NULL)
		profiles_with(
			checks->profiles, s->iri, strlen(s->iri), add_candidate, &c);
	jn_each (m, s->iri == NULL ? s->doc : NULL)
		if (c.types->count == 0 && is_attribute(m))
			profiles_with(
				checks->profiles, m->key, m->key_len, add_candidate, &c);
	if (c.types->count == 0)
		jn_append(c.types, jn_string(a, NGSILD_VOCAB "Entity"));
	return c.types;
}

/* The types of the stored entity; NULL: there is none, or it could not be read. */
static const struct jn *stored_types(struct call *call, const char *id)
{
	const struct entity_key key = {call->tenant, id};
	struct arena *a = &call->req->arena;
	auto_entity_page page = {0};
	const struct jn *types = NULL;
	struct err err = {0};
	struct pg *pg = readers_take(call->app->readers);
	int rc = entities_get(pg, &key, 1, call->req->now, a, &page, &err);

	readers_put(call->app->readers, pg);
	if (rc == 0 && page.docs[0].text != NULL)
		types = jn_get(jn_parse_trusted(arena_strndup(a, page.docs[0].text,
							page.docs[0].len),
				       page.docs[0].len, a),
			"type");
	return types;
}

static void lint(const struct lint *l, const struct subject *s, const struct jn *types,
	struct arena *a, struct findings *out)
{
	if (s->iri != NULL)
		lint_attribute(l, s->iri, strlen(s->iri), s->doc, types, a, out);
	else
		lint_fragment(l, s->doc, types, a, out);
}

static void check(struct call *call, const struct context *ctx, const struct subject *s,
	struct findings *out)
{
	const struct checks *checks = call->app->checks;
	struct arena *a = &call->req->arena;
	struct lint l = checks_lint(checks, ctx, call->req->now);
	const struct jn *types;

	l.fragment = !(s->flags & CHECK_WHOLE);
	l.merging = (s->flags & CHECK_MERGING) != 0;
	l.simplified = (s->flags & CHECK_SIMPLIFIED) != 0;
	if (s->iri == NULL && jn_get(s->doc, "type") != NULL) {
		lint_entity(&l, s->doc, a, out);
		return;
	}
	lint(&l, s, guess_types(checks, s, a), a, out);
	if (out->count == 0)
		return;
	types = stored_types(call, s->id);
	*out = (struct findings){0};
	if (types != NULL)
		lint(&l, s, types, a, out);
}

static const char *header_or_none(const struct req *req, const char *name)
{
	const char *value = req_header(req, name);

	return value != NULL ? value : "";
}

static void note(struct call *call, const struct subject *s, const struct findings *found)
{
	const struct req *req = call->req;
	const char *forwarded = header_or_none(req, "X-Forwarded-For");
	struct check_log_source source = {
		.address = req->peer,
		.agent = header_or_none(req, "User-Agent"),
		.tenant = call->tenant,
		.entity = s->id,
		.refused = found->refuse,
		.now = req->now,
	};

	if (*forwarded != '\0')
		source.address = arena_strndup(
			&call->req->arena, forwarded, strcspn(forwarded, ", "));
	check_log_note(call->app->checks->log, &source, found);
	metric_add(METRIC_checks_findings_total, (int64_t)found->count);
	metric_add(
		found->refuse ? METRIC_checks_refused_total : METRIC_checks_warned_total,
		1);
}

/* As many as fit. */
static void write_list(struct strbuf *sb, const char *id, const struct findings *found)
{
	for (const struct finding *f = found->first; f != NULL; f = f->next) {
		auto_strbuf one = {0};

		finding_write(&one, f, true);
		if (sb->len + one.len + strlen(id) * 6 + 20 > HEADER_MAX)
			return;
		strbuf_addc(sb, sb->len > 0 ? ',' : '[');
		strbuf_add(sb, one.data, one.len - 1);
		if (*id != '\0') {
			strbuf_adds(sb, ",\"entity\":");
			jn_write_string(sb, id, strlen(id));
		}
		strbuf_addc(sb, '}');
	}
}

static void set_headers(struct call *call, size_t count, const struct strbuf *list)
{
	struct arena *a = &call->req->arena;

	resp_header(call->resp, "Calanque-Warnings", arena_printf(a, "%zu", count));
	resp_header(call->resp, "Calanque-Findings",
		arena_printf(
			a, "%.*s]", (int)list->len, list->len > 0 ? list->data : "["));
}

/* The first error: where, why, and how to mend it. */
static void describe(const struct findings *found, struct err *err)
{
	const struct finding *f = found->first;

	while (f != NULL && lint_level_of(f->code) != LINT_ERROR)
		f = f->next;
	if (f == NULL)
		f = found->first;
	if (found->count > 1)
		err_set(err, ERR_BAD_REQUEST_DATA,
			"%s: %s; %s (and %zu more in findings)", f->pointer, f->why,
			f->mend, found->count - 1);
	else
		err_set(err, ERR_BAD_REQUEST_DATA, "%s: %s; %s", f->pointer, f->why,
			f->mend);
}

/* A ProblemDetails with the list (5.5.3 allows further members). */
static void refuse(struct call *call, const struct findings *found)
{
	struct resp *resp = call->resp;
	struct err err = {0};

	describe(found, &err);
	resp_problem(resp, &err);
	resp->body.len--;
	strbuf_adds(&resp->body, ",\"findings\":");
	findings_write(&resp->body, found, false);
	strbuf_addc(&resp->body, '}');
}

static bool settle(struct call *call, const struct subject *s)
{
	struct findings found = {0};
	auto_strbuf list = {0};

	check(call, call->ctx, s, &found);
	if (found.count == 0)
		return false;
	note(call, s, &found);
	if (found.refuse) {
		refuse(call, &found);
		return true;
	}
	write_list(&list, "", &found);
	set_headers(call, found.count, &list);
	return false;
}

bool checks_refuse(
	struct call *call, const struct jn *doc, const char *id, unsigned flags)
{
	const struct subject s = {doc, NULL, id, flags};

	return !call->app->checks->off && settle(call, &s);
}

bool checks_refuse_attribute(
	struct call *call, const char *iri, const struct jn *instances, const char *id)
{
	const struct subject s = {instances, iri, id, 0};

	return !call->app->checks->off && settle(call, &s);
}

bool checks_refuse_element(struct call *call, struct checks_batch *batch,
	const struct context *ctx, const struct jn *doc, const char *id, unsigned flags,
	struct err *err, const char **findings)
{
	const struct subject s = {doc, NULL, id, flags};
	struct findings found = {0};
	auto_strbuf list = {0};

	if (call->app->checks->off)
		return false;
	check(call, ctx, &s, &found);
	if (found.count == 0)
		return false;
	note(call, &s, &found);
	if (found.refuse) {
		describe(&found, err);
		findings_write(&list, &found, false);
		*findings = arena_strndup(&call->req->arena, list.data, list.len);
		return true;
	}
	batch->count += found.count;
	write_list(&batch->list, id, &found);
	return false;
}

void checks_row(struct call *call, const struct context *ctx, const struct jn *doc,
	const char *id, bool write, struct findings *found)
{
	const struct subject s = {doc, NULL, id, 0};

	if (call->app->checks->off)
		return;
	check(call, ctx, &s, found);
	if (write && found->count > 0)
		note(call, &s, found);
}

void checks_batch_end(struct call *call, struct checks_batch *batch)
{
	if (batch->count > 0)
		set_headers(call, batch->count, &batch->list);
	strbuf_fini(&batch->list);
}
