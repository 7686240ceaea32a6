/* SPDX-License-Identifier: Apache-2.0 */
/* scopeQ, and scopes: a scope that is accepted is matched by itself. */
#include <core/scope_q.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct jn *entity_in(const char *scope, struct arena *a)
{
	struct jn *entity = jn_object(a), *scopes = jn_array(a);

	jn_append(scopes, jn_string(a, scope));
	jn_add(entity, "scope", scopes);
	return entity;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 16 << 20};
	const char *scope, *text;
	struct err err = {0};
	struct scope_q *q = NULL;
	int rc;

	if (!utf8_valid((const char *)data, size) || memchr(data, '\0', size) != NULL)
		return 0;
	text = arena_strndup(&a, (const char *)data, size);
	rc = scope_q_parse(text, &a, &q, &err);
	assert((rc == 0) == (q != NULL));
	assert((rc == 0) == (err.kind == ERR_NONE));
	if (rc == 0)
		(void)scope_q_matches(q, entity_in("/a/b/c", &a));
	scope = scope_normalize(text, size, &a);
	if (scope != NULL) {
		assert(rc == 0);
		assert(scope_q_matches(q, entity_in(scope, &a)));
	}
	return 0;
}
