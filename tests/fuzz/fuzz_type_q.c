/* SPDX-License-Identifier: Apache-2.0 */
/* The type selection language: never an empty alternative. */
#include <core/type_q.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <core/context.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 16 << 20};
	struct context *ctx = context_core();
	struct type_q *q = NULL;
	struct err err = {0};
	const char *text;
	int rc;

	if (utf8_valid((const char *)data, size) && memchr(data, '\0', size) == NULL) {
		text = arena_strndup(&a, (const char *)data, size);
		rc = type_q_parse(text, ctx, &a, &q, &err);
		assert((rc == 0) == (q != NULL || strcmp(text, "*") == 0));
		assert((rc == 0) == (err.kind == ERR_NONE));
		assert(q == NULL || q->len > 0);
		for (size_t i = 0; q != NULL && i < q->len; i++)
			assert(q->any[i].len > 0 && q->any[i].iris[0] != NULL);
		(void)type_q_matches(q, jn_object(&a));
	}
	context_unref(ctx);
	return 0;
}
