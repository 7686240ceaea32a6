/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks: the first byte is the flags, the rest a body.  Whatever expands can be
 * checked, told and mended, and what was mended can be checked again.
 */
#include <core/lint.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/expand.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lint checks;
static struct arena lasting;

static void begin(void)
{
	json_t *value = json_string(CONTEXT_DEFAULT_URL);
	struct profiles *profiles = profiles_new();
	struct territory *territory;
	struct err err = {0};
	int rc = profiles_compile(profiles, &err);

	assert(rc == 0);
	rc = territory_parse("5,43 6,43 6,44 5,44", &lasting, &territory, &err);
	assert(rc == 0);
	checks.profiles = profiles;
	checks.territory = territory;
	checks.ctx = context_new(value, NULL, &err);
	checks.now = 1780000000 * INT64_C(1000000);
	assert(checks.ctx != NULL);
	json_decref(value);
}

static void check(const struct findings *found)
{
	size_t n = 0;
	auto_strbuf sb = {0};

	for (const struct finding *f = found->first; f != NULL; f = f->next) {
		assert(f->pointer[0] == '/' && f->why[0] != '\0' && f->mend[0] != '\0');
		assert(f->fix.kind == FIX_NONE || f->fix.node != NULL);
		n++;
	}
	assert(n == found->kept && n <= FINDINGS_MAX && n <= found->count);
	findings_write(&sb, found, true);
	for (size_t i = 0; i < sb.len; i++)
		assert(sb.data[i] >= ' ' && sb.data[i] < 127);
}

/* Whatever it was, it is an object afterwards, and can be again. */
static void reshape(const struct jn *body, struct arena *a)
{
	struct findings found = {0}, again = {0};
	bool simplified;
	struct jn *shaped;

	if (!jn_is(body, JN_OBJECT))
		return;
	shaped = lint_reshape(body, a, &simplified, &found);
	assert(jn_is(shaped, JN_OBJECT));
	check(&found);
	(void)lint_reshape(shaped, a, &simplified, &again);
	check(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 64 << 20};
	struct jn *body = NULL, *doc = NULL;
	struct findings found = {0}, again = {0};
	struct err err = {0};
	struct lint l;

	if (checks.ctx == NULL)
		begin();
	if (size == 0 || size > 2000 ||
		jn_parse((const char *)data + 1, size - 1, JN_LIMITS, &a, &body, &err) <
			0)
		return 0;
	reshape(body, &a);
	if (entity_expand(body, checks.ctx, data[0] & 127, &a, &doc, &err) < 0)
		return 0;
	l = checks;
	l.fragment = (data[0] & EXPAND_NEEDS_ID) == 0;
	l.merging = (data[0] & EXPAND_NULL_NESTED) != 0;
	l.simplified = (data[0] & EXPAND_SIMPLIFIED) != 0;
	l.hints = (data[0] & 128) != 0;
	doc = jn_copy(&a, doc);
	lint_entity(&l, doc, &a, &found);
	check(&found);
	lint_mend(doc, &found, &a);
	lint_entity(&l, doc, &a, &again);
	check(&again);
	return 0;
}
