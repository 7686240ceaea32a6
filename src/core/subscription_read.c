/* SPDX-License-Identifier: Apache-2.0 */
/* From what a client sends to the text that is stored; its types are subscription.c's. */
#include "subscription_priv.h"

#include <base/err.h>
#include <core/context.h>

#include <string.h>
#include <strings.h>

static const char *const members[] = {"id", "type", "subscriptionName", "description",
	"entities", "watchedAttributes", "notificationTrigger", "timeInterval", "q",
	"geoQ", "scopeQ", "temporalQ", "csf", "datasetId", "expandValues", "jsonKeys",
	"expiresAt", "isActive", "jsonldContext", "lang", "localOnly", "splitEntities",
	"ngsildConformance", "throttling", "notification", NULL};
/* 5.2.12, 5.2.14.2: the broker's own, ignored. */
static const char *const read_only[] = {
	"status", "createdAt", "modifiedAt", "deletedAt", "@context", NULL};
static const char *const notification_read_only[] = {"status", "timesSent", "timesFailed",
	"lastNotification", "lastSuccess", "lastFailure", NULL};

static const struct members_of subscription = {"a subscription", members, read_only};

/* Those members that are the client's to set; null ones only where they can remove. */
static int take_members(const struct subscription_source *source, bool nulls,
	struct arena *a, struct jn **out, struct err *err)
{
	const struct jn *notification;

	if (members_take(&subscription, source->body, nulls, a, out, err) < 0)
		return -1;
	notification = jn_get(*out, "notification");
	if (jn_is(notification, JN_OBJECT))
		jn_set(*out, "notification",
			members_without(notification, notification_read_only, a));
	return members_expiry(&subscription, *out, source->now, a, err);
}

/* Who is notified looks there: no name that only this broker knows. */
static int check_context(const struct jn *doc, struct arena *a, struct err *err)
{
	const char *url = jn_str(jn_get(doc, "jsonldContext"), a);

	if (url == NULL || strncasecmp(url, "http://", 7) == 0 ||
		strncasecmp(url, "https://", 8) == 0)
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"/jsonldContext: expected the URL of an @context, http://…");
}

/* Names become IRIs; what those of q and csf mean stands beside these. */
static struct jn *resolve(
	const struct jn *doc, const struct context *ctx, struct arena *a)
{
	static const char *const queries[][2] = {{"q", Q_TERMS}, {"csf", CSF_TERMS}};
	struct jn *out = names_map(doc, ctx, name_expanded, a);

	for (size_t i = 0; i < 2; i++) {
		const char *text = jn_str(jn_get(doc, queries[i][0]), a);
		struct jn *terms = text != NULL ? names_terms(text, ctx, a) : NULL;

		if (terms != NULL)
			jn_add(out, queries[i][1], terms);
	}
	return out;
}

/* What notifications are written with, where the client did not say; of sources this is
 * shown nowhere (as the conformance suite has it). */
static void set_context(
	struct jn *doc, const struct subscription_source *source, struct arena *a)
{
	const char *name = source->of_sources ? OWN_CONTEXT : "jsonldContext";

	if (jn_get(doc, "jsonldContext") == NULL && jn_get(doc, name) == NULL)
		jn_add(doc, name, jn_string(a, source->context_url));
}

int subscription_read(const struct subscription_source *source, struct arena *a,
	const char **out, struct err *err)
{
	struct jn *sent, *doc;

	if (take_members(source, false, a, &sent, err) < 0 ||
		check_context(sent, a, err) < 0)
		return -1;
	doc = members_identified(resolve(sent, source->ctx, a), source->id, a);
	set_context(doc, source, a);
	*out = jn_text(doc, a);
	return 0;
}

/* q and csf, and what their names mean, go together. */
static void set_member(
	struct jn *doc, const char *name, const struct jn *v, struct arena *a)
{
	if (strcmp(name, "q") == 0)
		jn_remove(doc, Q_TERMS);
	else if (strcmp(name, "csf") == 0)
		jn_remove(doc, CSF_TERMS);
	if (members_is_null(v))
		jn_remove(doc, name);
	else
		jn_set(doc, name, jn_share(a, v));
}

int subscription_patch(const char *stored, const struct subscription_source *source,
	struct arena *a, const char **out, struct err *err)
{
	struct jn *doc = members_stored(&subscription, stored, a, err), *sent, *resolved;

	if (doc == NULL || take_members(source, true, a, &sent, err) < 0 ||
		check_context(sent, a, err) < 0 ||
		members_keep_id(&subscription, sent, source->id, err) < 0)
		return -1;
	resolved = resolve(sent, source->ctx, a);
	jn_each (it, resolved)
		set_member(doc, arena_strndup(a, it->key, it->key_len), it, a);
	set_context(doc, source, a);
	*out = jn_text(doc, a);
	return 0;
}
