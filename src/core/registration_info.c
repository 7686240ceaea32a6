/* SPDX-License-Identifier: Apache-2.0 */
/* RegistrationInfo (5.2.10), EntityInfo (5.2.8), and what the modes ask of them. */
#include "registration_priv.h"

#include <base/err.h>
#include <base/iri.h>
#include <core/pattern.h>

#include <string.h>

/* A name, or an array of them.  A selector by id alone is taken, too: some registries make
 * such, and it says what it says. */
static int read_types(struct registering *g, const struct jn *v, const char *where,
	struct registration_entity *out)
{
	const struct jn *type = jn_get(v, "type");
	const char **one;

	if (type == NULL && jn_get(v, "id") != NULL)
		return 0;
	if (type == NULL)
		return members_bad(&g->m, where, "type",
			"is missing; the name of an entity type, or an array of them");
	if (jn_is(type, JN_ARRAY))
		return members_texts(
			&g->m, v, where, "type", &out->types, &out->types_len);
	one = arena_array(g->m.a, const char *, 1);
	if (members_text(&g->m, v, where, "type", one) < 0)
		return -1;
	out->types = one;
	out->types_len = 1;
	return 0;
}

static int read_entity(struct registering *g, const struct jn *v, const char *where,
	struct registration_entity *out)
{
	static const char *const known[] = {"type", "id", "idPattern", NULL};
	const char *pattern = NULL;
	struct pattern *compiled = NULL;

	if (!jn_is(v, JN_OBJECT))
		return err_set(g->m.err, ERR_BAD_REQUEST_DATA,
			"%s: expected an object, {\"type\": …}", where);
	if (members_check(&g->m, v, where, known) < 0 ||
		read_types(g, v, where, out) < 0 ||
		members_text(&g->m, v, where, "id", &out->id) < 0 ||
		members_text(&g->m, v, where, "idPattern", &pattern) < 0)
		return -1;
	if (out->id != NULL && !iri_is_absolute(out->id, strlen(out->id)))
		return members_bad(&g->m, where, "id", "is no URI");
	if (pattern != NULL &&
		pattern_parse(pattern, strlen(pattern), "idPattern", 0, g->m.a, &compiled,
			g->m.err) < 0)
		return err_wrap(g->m.err, "%s", where);
	out->id_pattern = out->id == NULL ? compiled : NULL; /* id wins */
	return 0;
}

static int read_entities(struct registering *g, const struct jn *info, const char *where,
	struct registration_info *out)
{
	const struct jn *v = jn_get(info, "entities");
	struct registration_entity *list;

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_ARRAY) || v->count == 0)
		return members_bad(&g->m, where, "entities",
			"expected an array that is not empty, [{\"type\": …}]");
	list = arena_array(g->m.a, struct registration_entity, v->count);
	out->entities = list;
	jn_each (it, v) {
		const char *place = arena_printf(
			g->m.scratch, "%s/entities/%zu", where, out->entities_len);

		if (read_entity(g, it, place, list++) < 0)
			return -1;
		out->entities_len++;
	}
	return 0;
}

/* Properties and relationships are told apart nowhere (5.12). */
static int read_attrs(struct registering *g, const struct jn *info, const char *where,
	struct registration_info *out)
{
	static const char *const names[] = {"propertyNames", "relationshipNames"};
	const char *const *lists[2] = {NULL, NULL};
	size_t lens[2] = {0, 0};
	const char **all;

	for (size_t i = 0; i < 2; i++)
		if (members_texts(&g->m, info, where, names[i], &lists[i], &lens[i]) < 0)
			return -1;
	all = arena_array(g->m.a, const char *, lens[0] + lens[1] + 1);
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < lens[i]; k++)
			all[out->attrs_len++] = lists[i][k];
	for (size_t i = 0; i < out->attrs_len; i++)
		if (!iri_is_absolute(all[i], strlen(all[i])))
			return err_set(g->m.err, ERR_BAD_REQUEST_DATA,
				"%s: '%.100s' is no attribute name", where, all[i]);
	out->attrs = all;
	return 0;
}

static int read_info(struct registering *g, const struct jn *v, const char *where,
	struct registration_info *out)
{
	static const char *const known[] = {
		"entities", "propertyNames", "relationshipNames", NULL};

	if (!jn_is(v, JN_OBJECT) || v->count == 0)
		return err_set(g->m.err, ERR_BAD_REQUEST_DATA,
			"%s: expected an object with entities, propertyNames or "
			"relationshipNames",
			where);
	if (members_check(&g->m, v, where, known) < 0 ||
		read_entities(g, v, where, out) < 0)
		return -1;
	return read_attrs(g, v, where, out);
}

int read_information(struct registering *g, const struct jn *doc)
{
	const struct jn *v = jn_get(doc, "information");
	struct registration_info *list;

	if (!jn_is(v, JN_ARRAY) || v->count == 0)
		return members_bad(&g->m, "", "information",
			"expected an array that is not empty, [{\"entities\": "
			"[{\"type\": "
			"…}]}]");
	list = arena_array(g->m.a, struct registration_info, v->count);
	g->r->infos = list;
	jn_each (it, v) {
		const char *where =
			arena_printf(g->m.scratch, "/information/%zu", g->r->infos_len);

		if (read_info(g, it, where, list++) < 0)
			return -1;
		g->r->infos_len++;
	}
	return 0;
}

static int check_exclusive(
	struct registering *g, const struct registration_info *info, size_t n)
{
	bool by_id = info->entities_len > 0;

	for (size_t i = 0; i < info->entities_len; i++)
		by_id &= info->entities[i].id != NULL;
	if (by_id && info->attrs_len > 0)
		return 0;
	return err_set(g->m.err, ERR_BAD_REQUEST_DATA,
		"/information/%zu: mode exclusive needs the id of an entity (no "
		"idPattern, "
		"no type alone) and propertyNames or relationshipNames; redirect takes "
		"the others",
		n);
}

int check_mode(struct registering *g)
{
	const uint64_t reads = UINT64_C(1) << OPERATION_retrieveEntity |
		UINT64_C(1) << OPERATION_queryEntity;
	const struct registration *r = g->r;

	for (size_t i = 0; r->mode == MODE_EXCLUSIVE && i < r->infos_len; i++)
		if (check_exclusive(g, &r->infos[i], i) < 0)
			return -1;
	if (r->mode == MODE_AUXILIARY && (r->operations & ~reads) != 0)
		return members_bad(&g->m, "", "operations",
			"mode auxiliary goes with retrieveOps, retrieveEntity and "
			"queryEntity only; say which");
	return 0;
}
