/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of registrations: what is taken can be compiled, shown, found, and patched with
 * itself. */
#include <core/registration.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/strbuf.h>
#include <core/context.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const struct registration *r, struct context *ctx, struct arena *a)
{
	const struct registration_output output = {.created = 1, .times_sent = 1};
	const struct registration_view view = {.ctx = ctx, .sys_attrs = true};
	const struct registration_query everything = {0};
	bool *infos = arena_array(a, bool, r->infos_len);
	auto_strbuf sb = {0};

	if (!registration_matches(r, &everything, infos, a))
		assert(r->observation.given || r->management.given || r->expires <= 0);
	registration_render(&sb, registration_part(r, infos, a), &output, &view, a);
	assert(jn_parse_trusted(sb.data, sb.len, a) != NULL);
	assert(registration_overlaps(r, r, a));
}

static void compile(const char *text, struct context *ctx, struct arena *a)
{
	struct err err = {0};
	struct registration *r = registration_new(text, strlen(text), &err);

	assert((r != NULL) == (err.kind == ERR_NONE));
	if (r != NULL) {
		assert(r->id != NULL && r->infos_len > 0);
		assert(r->operations != 0);
		show(r, ctx, a);
	}
	registration_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 64 << 20};
	struct context *ctx = context_core();
	struct registration_source source = {.ctx = ctx, .id = "urn:r", .now = 1};
	const char *text = NULL, *patched = NULL;
	struct err err = {0};
	struct jn *body;
	int rc;

	if (jn_parse((const char *)data, size, JN_LIMITS, &a, &body, &err) == 0) {
		source.body = body;
		rc = registration_read(&source, &a, &text, &err);
		assert((rc == 0) == (err.kind == ERR_NONE));
		if (rc == 0) {
			compile(text, ctx, &a);
			if (registration_patch(text, &source, &a, &patched, &err) == 0)
				compile(patched, ctx, &a);
		}
	}
	context_unref(ctx);
	return 0;
}
