/* SPDX-License-Identifier: Apache-2.0 */
/* From what a client sends to the text that is stored; its types are registration.c's. */
#include "names.h"
#include "registration_priv.h"

#include <base/err.h>
#include <core/context.h>
#include <core/expand.h>

#include <string.h>

/* All others are Context Source Properties. */
static const char *const members[] = {"id", "type", "registrationName", "description",
	"endpoint", "information", "mode", "operations", "management",
	"observationInterval", "managementInterval", "location", "observationSpace",
	"operationSpace", "scope", "datasetId", "tenant", "refreshRate",
	"contextSourceAlias", "contextSourceInfo", "expiresAt", NULL};
/* 5.2.9: the broker's own, ignored. */
static const char *const read_only[] = {"status", "timesSent", "timesFailed",
	"lastSuccess", "lastFailure", "createdAt", "modifiedAt", "deletedAt", "@context",
	NULL};
static const struct members_of registration = {"a registration", NULL, read_only};

static bool is_known(const char *name)
{
	for (const char *const *m = members; *m != NULL; m++)
		if (strcmp(*m, name) == 0)
			return true;
	return false;
}

static struct jn *expand_entity(
	const struct jn *v, const struct context *ctx, struct arena *a)
{
	struct jn *out = jn_object(a);

	jn_each (it, v) {
		const char *name = members_name(it, a);

		jn_set(out, name,
			strcmp(name, "type") == 0
				? names_in(it, "", ctx, name_expanded, a)
				: jn_share(a, it));
	}
	return out;
}

static struct jn *expand_entities(
	const struct jn *v, const struct context *ctx, struct arena *a)
{
	struct jn *out = jn_array(a);

	jn_each (it, v)
		jn_append(out,
			jn_is(it, JN_OBJECT) ? expand_entity(it, ctx, a)
					     : jn_share(a, it));
	return out;
}

static struct jn *expand_info(
	const struct jn *info, const struct context *ctx, struct arena *a)
{
	struct jn *out = jn_object(a), *v;

	jn_each (it, info) {
		if (jn_key_is(it, "entities") && jn_is(it, JN_ARRAY))
			v = expand_entities(it, ctx, a);
		else if (jn_key_is(it, "propertyNames") ||
			jn_key_is(it, "relationshipNames"))
			v = names_in(it, "", ctx, name_expanded, a);
		else
			v = jn_share(a, it);
		jn_addn(out, it->key, it->key_len, v);
	}
	return out;
}

/* What is no array of objects stays, for the check to refuse. */
static struct jn *expand_information(
	const struct jn *v, const struct context *ctx, struct arena *a)
{
	struct jn *out = jn_array(a);

	if (!jn_is(v, JN_ARRAY))
		return jn_share(a, v);
	jn_each (it, v)
		jn_append(out,
			jn_is(it, JN_OBJECT) ? expand_info(it, ctx, a) : jn_share(a, it));
	return out;
}

/* The members that the client may set, their names as IRIs. */
static int take(const struct registration_source *source, bool nulls, struct arena *a,
	struct jn **out, struct err *err)
{
	struct jn *sent, *doc = jn_object(a);

	if (members_take(&registration, source->body, nulls, a, &sent, err) < 0 ||
		members_expiry(&registration, sent, source->now, a, err) < 0)
		return -1;
	jn_each (it, sent) {
		const char *name = arena_strndup(a, it->key, it->key_len);

		if (!is_known(name) && !name_is_legal(name, it->key_len))
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"/%.100s: is no name of a property", name);
		if (!is_known(name))
			name = context_expand(source->ctx, name, it->key_len, a);
		jn_set(doc, name,
			strcmp(name, "information") == 0
				? expand_information(it, source->ctx, a)
				: jn_share(a, it));
	}
	*out = doc;
	return 0;
}

int registration_read(const struct registration_source *source, struct arena *a,
	const char **out, struct err *err)
{
	struct jn *sent;

	if (take(source, false, a, &sent, err) < 0)
		return -1;
	*out = jn_text(members_identified(sent, source->id, a), a);
	return 0;
}

int registration_patch(const char *stored, const struct registration_source *source,
	struct arena *a, const char **out, struct err *err)
{
	struct jn *doc = members_stored(&registration, stored, a, err), *sent;

	if (doc == NULL || take(source, true, a, &sent, err) < 0 ||
		members_keep_id(&registration, sent, source->id, err) < 0)
		return -1;
	jn_each (it, sent) {
		if (members_is_null(it))
			jn_removen(doc, it->key, it->key_len);
		else
			jn_setn(doc, it->key, it->key_len, jn_share(a, it));
	}
	*out = jn_text(doc, a);
	return 0;
}
