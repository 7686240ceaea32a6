/* SPDX-License-Identifier: Apache-2.0 */
/* From what a client sends to the text that is stored; its types are subscription.c's. */
#include "subscription_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <core/context.h>
#include <core/entity.h>

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

static bool is_one_of(const char *const *list, const struct jn *member)
{
	while (*list != NULL && !jn_key_is(member, *list))
		list++;
	return *list != NULL;
}

/* The member's name, "@id" and "@type" being aliases. */
static const char *name_of(const struct jn *member, struct arena *a)
{
	if (jn_key_is(member, "@id"))
		return "id";
	if (jn_key_is(member, "@type"))
		return "type";
	return arena_strndup(a, member->key, member->key_len);
}

static struct jn *without(
	const struct jn *object, const char *const *names, struct arena *a)
{
	struct jn *out = jn_object(a);

	jn_each (it, object)
		if (!is_one_of(names, it))
			jn_addn(out, it->key, it->key_len, jn_share(a, it));
	return out;
}

static bool is_null(const struct jn *v)
{
	return jn_is(v, JN_NULL) || text_is_null(v);
}

/* Nulls below the first level cannot remove anything (5.5.8). */
static int refuse_nulls(
	const struct jn *v, const char *where, struct arena *a, struct err *err)
{
	size_t n = 0;

	if (is_null(v))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%s: null is no value; leave the member out, or send null for a "
			"member of the subscription in a PATCH to remove it",
			where);
	if (!jn_is(v, JN_OBJECT) && !jn_is(v, JN_ARRAY))
		return 0;
	jn_each (it, v) {
		const char *inner = it->key != NULL
			? arena_printf(a, "%s/%.*s", where, (int)it->key_len, it->key)
			: arena_printf(a, "%s/%zu", where, n);

		n++;
		if (refuse_nulls(it, inner, a, err) < 0)
			return -1;
	}
	return 0;
}

static int check_member(const struct jn *it, struct arena *a, struct err *err)
{
	const char *name = name_of(it, a);

	for (const char *const *m = members; *m != NULL; m++)
		if (strcmp(*m, name) == 0)
			return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"/%.100s: a subscription has no such member; leave it out", name);
}

/* Those members that are the client's to set; null ones only where they can remove. */
static int take_members(const struct subscription_source *source, bool nulls,
	struct arena *a, struct jn **out, struct err *err)
{
	struct jn *doc = jn_object(a);

	if (!jn_is(source->body, JN_OBJECT))
		return err_set(
			err, ERR_INVALID_REQUEST, "the body must be a JSON object");
	jn_each (it, source->body) {
		const char *name = name_of(it, a);

		if (is_one_of(read_only, it))
			continue;
		if (check_member(it, a, err) < 0)
			return -1;
		if (!(nulls && is_null(it)) &&
			refuse_nulls(it, arena_printf(a, "/%s", name), a, err) < 0)
			return -1;
		jn_set(doc, name,
			strcmp(name, "notification") == 0 && jn_is(it, JN_OBJECT)
				? without(it, notification_read_only, a)
				: jn_share(a, it));
	}
	*out = doc;
	return 0;
}

/* 5.8.1.4 */
static int check_expiry(
	const struct jn *doc, int64_t now, struct arena *a, struct err *err)
{
	const char *text = jn_str(jn_get(doc, "expiresAt"), a);
	int64_t at;

	if (text == NULL || is_null(jn_get(doc, "expiresAt")))
		return 0;
	if (!clock_is_date_time(text, strlen(text)) ||
		!clock_parse(text, strlen(text), &at))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/expiresAt: '%.60s' is no DateTime; write 2030-12-31T23:59:59Z",
			text);
	if (at > now)
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"/expiresAt: %.40s is in the past; leave it out for a subscription "
		"without end",
		text);
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

/* Names become IRIs; "@q" is what those of q mean. */
static struct jn *resolve(
	const struct jn *doc, const struct context *ctx, struct arena *a)
{
	struct jn *out = names_map(doc, ctx, name_expanded, a), *terms;
	const char *q = jn_str(jn_get(doc, "q"), a);

	terms = q != NULL ? names_terms(q, ctx, a) : NULL;
	if (terms != NULL)
		jn_add(out, Q_TERMS, terms);
	return out;
}

int subscription_read(const struct subscription_source *source, struct arena *a,
	const char **out, struct err *err)
{
	struct jn *sent, *doc, *resolved;

	if (take_members(source, false, a, &sent, err) < 0 ||
		check_expiry(sent, source->now, a, err) < 0 ||
		check_context(sent, a, err) < 0)
		return -1;
	resolved = resolve(sent, source->ctx, a);
	doc = jn_object(a);
	jn_add(doc, "id",
		jn_get(sent, "id") != NULL ? jn_share(a, jn_get(sent, "id"))
					   : jn_string(a, source->id));
	jn_each (it, resolved)
		if (!jn_key_is(it, "id"))
			jn_addn(doc, it->key, it->key_len, jn_share(a, it));
	if (jn_get(doc, "jsonldContext") == NULL)
		jn_add(doc, "jsonldContext", jn_string(a, source->context_url));
	*out = jn_text(doc, a);
	return 0;
}

/* q and what its names mean go together. */
static void set_member(
	struct jn *doc, const char *name, const struct jn *v, struct arena *a)
{
	if (strcmp(name, "q") == 0)
		jn_remove(doc, Q_TERMS);
	if (is_null(v))
		jn_remove(doc, name);
	else
		jn_set(doc, name, jn_share(a, v));
}

int subscription_patch(const char *stored, const struct subscription_source *source,
	struct arena *a, const char **out, struct err *err)
{
	const char *text = arena_strdup(a, stored);
	struct jn *doc = jn_parse_trusted(text, strlen(text), a), *sent, *resolved;
	const struct jn *id;

	if (doc == NULL)
		return err_set(err, ERR_INTERNAL, "a subscription is stored corrupt");
	if (take_members(source, true, a, &sent, err) < 0 ||
		check_expiry(sent, source->now, a, err) < 0 ||
		check_context(sent, a, err) < 0)
		return -1;
	id = jn_get(sent, "id");
	if (id != NULL && !jn_str_is(id, source->id))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/id: a subscription keeps its id, %.100s; leave it out",
			source->id);
	resolved = resolve(sent, source->ctx, a);
	jn_each (it, resolved)
		set_member(doc, arena_strndup(a, it->key, it->key_len), it, a);
	if (jn_get(doc, "jsonldContext") == NULL)
		jn_add(doc, "jsonldContext", jn_string(a, source->context_url));
	*out = jn_text(doc, a);
	return 0;
}

const char *subscription_text_id(const char *text, struct arena *a)
{
	return jn_str(jn_get(jn_parse_trusted(text, strlen(text), a), "id"), a);
}
