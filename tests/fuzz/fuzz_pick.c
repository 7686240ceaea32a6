/* SPDX-License-Identifier: Apache-2.0 */
/* Projections: refused with a reason, or a list that finds each of its names. */
#include <core/project.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <core/context.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct pick_list *list)
{
	assert(list->len > 0);
	for (size_t i = 0; i < list->len; i++) {
		const struct pick_item *item = &list->items[i];
		struct projection pick = {.pick = list};

		assert(item->len > 0 && item->len == strlen(item->name));
		assert(pick_find(list, item->name, item->len) != NULL);
		assert(projection_keeps(&pick, item->name, item->len));
		if (item->nested != NULL)
			use(item->nested);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 16 << 20};
	struct context *ctx = context_core();
	const struct pick_list *list = NULL;
	struct err err = {0};
	int rc;

	if (!utf8_valid((const char *)data,
		    size)) { /* what URLs and bodies are checked for */
		context_unref(ctx);
		return 0;
	}
	rc = pick_parse(arena_strndup(&a, (const char *)data, size), "pick", ctx, 3, &a,
		&list, &err);
	assert((rc == 0) == (list != NULL));
	assert((rc == 0) == (err.kind == ERR_NONE));
	if (list != NULL)
		use(list);
	context_unref(ctx);
	return 0;
}
