/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions and changes for tests; JSON as render_case.h has it. */
#ifndef SUBSCRIPTION_CASE_H
#define SUBSCRIPTION_CASE_H

#include "render_case.h"

#include <core/apply.h>
#include <core/subscription.h>

/* Any URL means the core; the terms of q are compiled. */
static inline struct context *case_get(
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

/* members: of the subscription; notification: of its notification. */
static inline struct subscription *case_subscription(
	const char *members, const char *notification, const char *endpoint)
{
	const struct subscription_contexts contexts = {.get = case_get};
	auto_arena a = {0};
	struct err err = {0};
	struct subscription *s;
	char *text = case_text(
		arena_printf(&a,
			"{'id':'urn:s','type':'Subscription','jsonldContext':'http://h/"
			"c',"
			"%s'notification':{%s'endpoint':{'uri':'http://h/n'%s}}}",
			members, notification, endpoint),
		&a);

	s = subscription_new(text, strlen(text), &contexts, &err);
	ck_assert_msg(s != NULL, "%s: %s", text, err.detail);
	return s;
}

static inline struct outcome case_apply(
	struct op op, const struct jn *entity, const char *doc, struct arena *a)
{
	struct outcome out = {0};
	struct err err = {0};

	op.id = "urn:e";
	op.now = NOW;
	if (op.attr != NULL)
		op.attr = case_text(op.attr, a);
	op.attr_name = op.attr;
	op.doc = doc != NULL ? case_json(doc, a) : NULL;
	ck_assert_msg(apply(&op, entity, a, &out, &err) == 0, "%s", err.detail);
	return out;
}

#endif
