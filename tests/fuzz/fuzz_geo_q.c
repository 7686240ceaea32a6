/* SPDX-License-Identifier: Apache-2.0 */
/* Geoqueries: four lines are georel, geometry, coordinates and geoproperty. */
#include <core/geo_q.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <core/context.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 64 << 20};
	struct context *ctx = context_core();
	char *line[4] = {NULL}, *rest;
	struct geo_q *q = NULL;
	struct err err = {0};
	int rc;

	if (utf8_valid((const char *)data, size) && memchr(data, '\0', size) == NULL) {
		rest = arena_strndup(&a, (const char *)data, size);
		for (int i = 0; i < 4 && rest != NULL; i++)
			line[i] = strsep(&rest, "\n");
		rc = geo_q_parse(line[0], line[1], line[2], line[3], ctx, &a, &q, &err);
		assert((rc == 0) == (q != NULL));
		assert((rc == 0) == (err.kind == ERR_NONE));
		if (rc == 0)
			assert(jn_parse_trusted(q->geometry, strlen(q->geometry), &a) !=
				NULL);
	}
	context_unref(ctx);
	return 0;
}
