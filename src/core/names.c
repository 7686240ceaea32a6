/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <base/arena.h>
#include <base/jn.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/expand.h>

#include <string.h>

/* Where the name at p ends; parentheses and such within a URI belong to it. */
static const char *name_end(const char *p, const char *breaks)
{
	bool uri = false;
	unsigned open = 0;

	for (; *p != '\0'; p++) {
		if (*p == ':')
			uri = true;
		if (uri && *p == '(')
			open++;
		else if (uri && *p == ')' && open > 0)
			open--;
		else if (strchr(breaks, *p) != NULL)
			break;
	}
	return p;
}

const char *names_replace(const char *text, const char *breaks, const struct context *ctx,
	name_fn fn, struct arena *a)
{
	auto_strbuf sb = {0};

	strbuf_grow(&sb, strlen(text));
	while (*text != '\0') {
		const char *end = name_end(text, breaks);

		if (end > text)
			strbuf_adds(&sb, fn(ctx, text, (size_t)(end - text), a));
		else
			strbuf_addc(&sb, *end++);
		text = end;
	}
	return arena_strndup(a, sb.data != NULL ? sb.data : "", sb.len);
}

static bool is_member(const char *name, size_t len)
{
	static const char *const members[] = {"*", "id", "type", "scope", "@id", "@type",
		"createdAt", "modifiedAt", "deletedAt", "expiresAt"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strlen(members[i]) == len && memcmp(members[i], name, len) == 0)
			return true;
	return false;
}

/* What is no name stays as it is, for the check to refuse. */
const char *name_expanded(
	const struct context *ctx, const char *name, size_t len, struct arena *a)
{
	return is_member(name, len) || !name_is_legal(name, len)
		? arena_strndup(a, name, len)
		: context_expand(ctx, name, len, a);
}

const char *name_compacted(
	const struct context *ctx, const char *name, size_t len, struct arena *a)
{
	return is_member(name, len) ? arena_strndup(a, name, len)
				    : context_compact(ctx, name, len, a);
}

struct jn *names_in(const struct jn *v, const char *breaks, const struct context *ctx,
	name_fn fn, struct arena *a)
{
	struct jn *list;

	if (jn_is(v, JN_STRING))
		return jn_string(a, names_replace(jn_str(v, a), breaks, ctx, fn, a));
	if (!jn_is(v, JN_ARRAY))
		return jn_share(a, v);
	list = jn_array(a);
	jn_each (it, v)
		jn_append(list,
			jn_is(it, JN_STRING) ? names_in(it, breaks, ctx, fn, a)
					     : jn_share(a, it));
	return list;
}
