/* SPDX-License-Identifier: Apache-2.0 */
#include "shape.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/jn.h>
#include <base/strbuf.h>
#include <core/apply.h>
#include <core/entity.h>

#include <stdlib.h>
#include <string.h>

struct span {
	const char *text;
	size_t len;
};

static int compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static void write_types(struct strbuf *sb, const struct jn *types, struct arena *a)
{
	size_t n = 0, room = types != NULL ? types->count : 0;
	struct span *list = arena_array(a, struct span, room + 1);

	jn_each (it, types) {
		list[n].text = jn_span(it, a, &list[n].len);
		n++;
	}
	qsort(list, n, sizeof(*list), compare);
	for (size_t i = 0; i < n; i++) {
		strbuf_adds(sb, i > 0 ? "," : "");
		jn_write_string(sb, list[i].text, list[i].len);
	}
}

static void write_kinds(struct strbuf *sb, const struct jn *attribute)
{
	unsigned count[KINDS + 1] = {0};
	const char *comma = "";

	each_instance(it, attribute) count[instance_kind(it)]++;
	for (size_t kind = 0; kind < KINDS; kind++) {
		if (count[kind] == 0)
			continue;
		strbuf_addf(sb, "%s\"%s\":%u", comma, kind_type[kind], count[kind]);
		comma = ",";
	}
}

void shape_write(struct strbuf *sb, const struct jn *doc, struct arena *a)
{
	const char *comma = "";

	strbuf_adds(sb, "{\"types\":[");
	write_types(sb, jn_get(doc, "type"), a);
	strbuf_adds(sb, "],\"attrs\":{");
	jn_each (member, doc) {
		if (!is_attribute(member))
			continue;
		strbuf_adds(sb, comma);
		jn_write_string(sb, member->key, member->key_len);
		strbuf_adds(sb, ":{");
		write_kinds(sb, member);
		strbuf_addc(sb, '}');
		comma = ",";
	}
	strbuf_adds(sb, "}}");
}

static int64_t expires(const struct jn *object, struct arena *a)
{
	size_t len = 0;
	const char *text = jn_span(jn_get(object, "expiresAt"), a, &len);
	int64_t at;

	return text != NULL && clock_parse(text, len, &at) ? at : INT64_MAX;
}

int64_t shape_expires(const struct jn *doc, struct arena *a)
{
	int64_t first = expires(doc, a);

	jn_each (member, doc) {
		if (!is_attribute(member))
			continue;
		each_instance(it, member)
		{
			int64_t at = expires(it, a);

			if (at < first)
				first = at;
		}
	}
	return first;
}

bool shape_changes(const struct change *c)
{
	if (c->kind == CHANGE_SCOPE || c->kind == CHANGE_ATTRIBUTE_LATE)
		return false;
	if (c->kind != CHANGE_ATTRIBUTE_UPDATED)
		return true;
	return instance_kind(c->before) != instance_kind(c->after) ||
		!jn_equal(jn_get(c->before, "expiresAt"), jn_get(c->after, "expiresAt"));
}
