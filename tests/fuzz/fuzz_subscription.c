/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of subscriptions: what is taken can be compiled, shown, and patched with itself. */
#include <core/subscription.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/strbuf.h>
#include <core/context.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct context *get(
	void *self, const struct jn *value, struct arena *a, struct err *err)
{
	struct context *ctx;
	json_t *json;

	if (jn_is(value, JN_STRING))
		return context_core();
	json = json_loads(jn_text(value, a), 0, NULL);
	ctx = context_new(json, NULL, err);
	json_decref(json);
	return ctx;
}

static void show(const char *text, struct context *ctx, struct arena *a)
{
	const struct subscription_output output = {.created = 1, .times_sent = 1};
	const struct subscription_view view = {.ctx = ctx, .sys_attrs = true, .now = 1};
	auto_strbuf sb = {0};

	subscription_render(&sb, text, &output, &view, a);
	assert(jn_parse_trusted(sb.data, sb.len, a) != NULL);
}

static void compile(const char *text, struct context *ctx, struct arena *a)
{
	const struct subscription_contexts contexts = {.get = get};
	struct err err = {0};
	struct subscription *s = subscription_new(text, strlen(text), &contexts, &err);

	assert((s != NULL) == (err.kind == ERR_NONE));
	if (s != NULL) {
		assert(s->id != NULL && s->context != NULL && s->endpoint.uri != NULL);
		show(text, ctx, a);
	}
	subscription_unref(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 64 << 20};
	struct context *ctx = context_core();
	struct subscription_source source = {.ctx = ctx,
		.context_url = CORE_CONTEXT_URL,
		.id = "urn:ngsi-ld:Subscription:1",
		.now = 1};
	const char *text = NULL, *patched = NULL;
	struct err err = {0};
	struct jn *body;
	int rc;

	if (jn_parse((const char *)data, size, JN_LIMITS, &a, &body, &err) == 0) {
		source.body = body;
		rc = subscription_read(&source, &a, &text, &err);
		assert((rc == 0) == (text != NULL));
		assert((rc == 0) == (err.kind == ERR_NONE));
		if (rc == 0) {
			compile(text, ctx, &a);
			rc = subscription_patch(text, &source, &a, &patched, &err);
			if (rc == 0)
				compile(patched, ctx, &a);
		}
	}
	context_unref(ctx);
	return 0;
}
