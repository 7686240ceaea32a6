/* SPDX-License-Identifier: Apache-2.0 */
/* From the stored text to what matching and forwarding need. */
#include "registration_priv.h"

#include <base/err.h>
#include <base/iri.h>
#include <base/mem.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>
#include <core/scope_q.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MS     1.0
#define MAX_MS 86400000.0 /* a day; what is longer is a slip of units */

/* What registration_new() makes; the arena holds all of it. */
struct owned {
	struct registration r;
	struct arena arena;
};

static int read_id(struct registering *g, const struct jn *doc)
{
	const char *type = NULL;

	if (members_text(&g->m, doc, "", "id", &g->r->id) < 0 ||
		members_text(&g->m, doc, "", "type", &type) < 0)
		return -1;
	if (g->r->id == NULL || !iri_is_absolute(g->r->id, strlen(g->r->id)))
		return err_set(g->m.err, ERR_BAD_REQUEST_DATA,
			"/id: '%.100s' is no URI; use "
			"urn:ngsi-ld:ContextSourceRegistration:…, or leave it out",
			g->r->id != NULL ? g->r->id : "");
	if (type == NULL || strcmp(type, "ContextSourceRegistration") != 0)
		return members_bad(
			&g->m, "", "type", "expected \"ContextSourceRegistration\"");
	return 0;
}

static int read_endpoint(struct registering *g, const struct jn *doc)
{
	const char *uri = NULL;

	if (members_text(&g->m, doc, "", "endpoint", &uri) < 0)
		return -1;
	if (uri == NULL)
		return members_bad(&g->m, "", "endpoint",
			"is missing; where the source's /ngsi-ld/v1 is, "
			"https://host[/path]");
	if (!iri_is_absolute(uri, strlen(uri)) ||
		(strncasecmp(uri, "http://", 7) != 0 &&
			strncasecmp(uri, "https://", 8) != 0))
		return err_set(g->m.err, ERR_BAD_REQUEST_DATA,
			"/endpoint: '%.100s' cannot be asked; use http:// or https://",
			uri);
	return 0;
}

static int read_mode(struct registering *g, const struct jn *doc)
{
	static const char *const modes[] = {
		"inclusive", "exclusive", "redirect", "auxiliary"};
	const char *mode = "inclusive";

	if (members_text(&g->m, doc, "", "mode", &mode) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(mode, modes[i]) == 0) {
			g->r->mode = (enum registration_mode)i;
			return 0;
		}
	}
	return err_set(g->m.err, ERR_BAD_REQUEST_DATA,
		"/mode: '%.40s' is none of inclusive, exclusive, redirect, auxiliary",
		mode);
}

enum group {
	F = 1,
	A = 2,
	U = 4,
	R = 8,
	D = 16,
};

static const struct {
	const char *name;
	unsigned groups;
} operations[OPERATIONS] = {
#define OPERATION(name, groups) {#name, groups},
#include <core/operation.def>
#undef OPERATION
};

/* The bits of an operation's or a group's name; 0: it is none. */
static uint64_t operations_named(const char *name)
{
	static const struct {
		const char *name;
		unsigned group;
	} groups[] = {{"federationOps", F}, {"associationOps", A}, {"updateOps", U},
		{"retrieveOps", R}, {"redirectionOps", D}};
	uint64_t bits = 0;

	for (size_t i = 0; i < OPERATIONS; i++)
		if (strcmp(operations[i].name, name) == 0)
			return UINT64_C(1) << i;
	for (size_t k = 0; k < sizeof(groups) / sizeof(groups[0]); k++)
		for (size_t i = 0; strcmp(groups[k].name, name) == 0 && i < OPERATIONS;
			i++)
			if ((operations[i].groups & groups[k].group) != 0)
				bits |= UINT64_C(1) << i;
	return bits;
}

static int read_operations(struct registering *g, const struct jn *doc)
{
	const char *const *names = NULL;
	size_t len = 0;

	if (members_texts(&g->m, doc, "", "operations", &names, &len) < 0)
		return -1;
	if (len == 0)
		g->r->operations = operations_named(g->r->mode == MODE_AUXILIARY
				? "retrieveOps" /* all that it may do */
				: "federationOps");
	for (size_t i = 0; i < len; i++) {
		uint64_t bits = operations_named(names[i]);

		if (bits == 0)
			return err_set(g->m.err, ERR_BAD_REQUEST_DATA,
				"/operations/%zu: '%.60s' is no operation, such as "
				"retrieveEntity, nor a group of them: federationOps, "
				"associationOps, updateOps, retrieveOps, redirectionOps",
				i, names[i]);
		g->r->operations |= bits;
	}
	return 0;
}

static int read_interval(struct registering *g, const struct jn *doc, const char *name,
	struct registration_interval *out)
{
	static const char *const known[] = {"startAt", "endAt", NULL};
	const char *where = arena_printf(g->m.scratch, "/%s", name);
	const struct jn *v = jn_get(doc, name);

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_OBJECT) || jn_get(v, "startAt") == NULL)
		return members_bad(&g->m, "", name,
			"expected {\"startAt\": …, \"endAt\": …}, of which endAt may be "
			"left out");
	out->given = true;
	out->end = INT64_MAX;
	if (members_check(&g->m, v, where, known) < 0 ||
		members_time(&g->m, v, where, "startAt", &out->start) < 0 ||
		members_time(&g->m, v, where, "endAt", &out->end) < 0)
		return -1;
	if (out->end < out->start)
		return members_bad(&g->m, where, "endAt", "is before startAt");
	return 0;
}

static int read_duration(struct registering *g, const struct jn *object,
	const char *where, const char *name)
{
	const char *text = NULL;
	struct duration duration;

	if (members_text(&g->m, object, where, name, &text) < 0)
		return -1;
	if (text != NULL && !duration_parse(text, &duration))
		return err_set(g->m.err, ERR_BAD_REQUEST_DATA,
			"%s/%s: '%.40s' is no duration, such as PT5M", where, name, text);
	return 0;
}

/* RegistrationManagementInfo, 5.2.34. */
static int read_management(struct registering *g, const struct jn *doc)
{
	static const char *const known[] = {
		"cacheDuration", "cooldown", "localOnly", "timeout", NULL};
	static const char where[] = "/management";
	const struct jn *v = jn_get(doc, "management");
	int64_t ms;
	bool local;

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_OBJECT) || v->count == 0)
		return members_bad(&g->m, "", "management",
			"expected an object with cacheDuration, cooldown, localOnly or "
			"timeout");
	if (members_check(&g->m, v, where, known) < 0 ||
		read_duration(g, v, where, "cacheDuration") < 0 ||
		members_positive(&g->m, v, where, "timeout", MS, MAX_MS, &ms) < 0 ||
		members_positive(&g->m, v, where, "cooldown", MS, MAX_MS, &ms) < 0 ||
		members_flag(&g->m, v, where, "localOnly", &local) < 0)
		return -1;
	return 0;
}

static bool is_media(const char *value)
{
	return strcmp(value, "application/json") == 0 ||
		strcmp(value, "application/ld+json") == 0;
}

static bool is_version(const char *value)
{
	size_t n = strspn(value, "0123456789");

	return n > 0 && value[n] == '.' && value[n + 1] != '\0' &&
		strspn(value + n + 1, "0123456789") == strlen(value + n + 1);
}

/* The keys that mean something, 4.3.6.6; the tenant is a member of its own (4.14). */
static int check_source_info(struct registering *g, const struct key_value *kv, size_t n)
{
	const char *wanted = NULL;

	if (strcasecmp(kv->key, "NGSILD-Tenant") == 0)
		wanted = "the tenant goes into the member \"tenant\"";
	else if ((strcmp(kv->key, "accept") == 0 ||
			 strcmp(kv->key, "contentType") == 0) &&
		!is_media(kv->value))
		wanted = "expected application/json or application/ld+json";
	else if (strcmp(kv->key, "jsonldContext") == 0 &&
		!iri_is_absolute(kv->value, strlen(kv->value)))
		wanted = "expected the URL of an @context";
	else if (strcmp(kv->key, "ngsildConformance") == 0 && !is_version(kv->value))
		wanted = "expected a version, such as 1.6";
	if (wanted == NULL)
		return 0;
	return err_set(
		g->m.err, ERR_BAD_REQUEST_DATA, "/contextSourceInfo/%zu: %s", n, wanted);
}

/* A pseudonym (RFC 7230, 5.7.1): it goes into Via. */
static int read_alias(struct registering *g, const struct jn *doc)
{
	const char *alias = NULL;

	if (members_text(&g->m, doc, "", "contextSourceAlias", &alias) < 0)
		return -1;
	if (alias != NULL && !members_is_token(alias))
		return members_bad(&g->m, "", "contextSourceAlias",
			"is no pseudonym for Via: letters, digits, - . _ and the like, "
			"no blanks, no colon");
	return 0;
}

static int read_source(struct registering *g, const struct jn *doc)
{
	const struct key_value *info = NULL;
	const char *tenant;
	size_t len = 0;

	if (members_pairs(&g->m, doc, "", "contextSourceInfo", &info, &len) < 0 ||
		members_text(&g->m, doc, "", "tenant", &tenant) < 0)
		return -1;
	for (size_t i = 0; i < len; i++)
		if (check_source_info(g, &info[i], i) < 0)
			return -1;
	return read_alias(g, doc);
}

/* The texts that only people read. */
static int read_words(struct registering *g, const struct jn *doc)
{
	const char *text;

	return members_text(&g->m, doc, "", "registrationName", &text) < 0 ||
			members_text(&g->m, doc, "", "description", &text) < 0
		? -1
		: read_duration(g, doc, "", "refreshRate");
}

/* GeoProperties of an entity, and the members that they are of a registration. */
static const struct place {
	const char *member, *iri;
} places[] = {
	{"location", NGSILD_VOCAB "location"},
	{"observationSpace", NGSILD_VOCAB "observationSpace"},
	{"operationSpace", NGSILD_VOCAB "operationSpace"},
};

static struct jn *instance(
	struct arena *a, const char *kind, const char *member, const struct jn *value)
{
	struct jn *out = jn_object(a);

	jn_add(out, "type", jn_string_ref(a, kind));
	jn_add(out, member, jn_share(a, value));
	return out;
}

static int add_places(struct registering *g, const struct jn *doc, struct jn *entity)
{
	for (size_t i = 0; i < 3; i++) {
		const struct place *p = &places[i];
		const char *where = arena_printf(g->m.scratch, "/%s", p->member);
		const struct jn *v = jn_get(doc, p->member);

		if (v == NULL)
			continue;
		if (!jn_is(v, JN_OBJECT) || !geometry_type_is_known(jn_get(v, "type")))
			return members_bad(&g->m, "", p->member,
				"expected a GeoJSON geometry, {\"type\": \"Polygon\", "
				"\"coordinates\": …}");
		if (geometry_check(v, where, g->m.err) < 0)
			return -1;
		jn_add(entity, p->iri, instance(g->m.a, "GeoProperty", "value", v));
	}
	return 0;
}

static int add_scopes(struct registering *g, const struct jn *doc, struct jn *entity)
{
	const struct jn *v = jn_get(doc, "scope");
	struct jn *scopes = jn_array(g->m.a);
	bool one = jn_is(v, JN_STRING);

	if (v == NULL)
		return 0;
	if (!one && (!jn_is(v, JN_ARRAY) || v->count == 0))
		return members_bad(&g->m, "", "scope",
			"expected a scope such as /Marseille, or an array of them");
	for (const struct jn *it = one ? v : v->child; it != NULL;
		it = one ? NULL : it->next) {
		const char *text = jn_str(it, g->m.a);
		const char *scope =
			text != NULL ? scope_normalize(text, strlen(text), g->m.a) : NULL;

		if (scope == NULL)
			return members_bad(&g->m, "", "scope",
				"must be a scope such as /Marseille/Vieux_Port");
		jn_append(scopes, jn_string_ref(g->m.a, scope));
	}
	jn_add(entity, "scope", scopes);
	return 0;
}

/* A Context Source Property as it was sent: an attribute, which is one by all rules since
 * queries rely on them, or its bare value. */
static int add_property(struct registering *g, const struct jn *it, struct jn *entity)
{
	const char *iri = arena_strndup(g->m.a, it->key, it->key_len);
	struct context *core = context_core();
	struct jn *out = NULL;
	int rc = 0;

	if (jn_is(it, JN_OBJECT) && kind_from_type(jn_get(it, "type")) != KINDS)
		rc = attribute_expand(it, iri, core, 0, g->m.a, &out, g->m.err);
	else
		out = instance(g->m.a, "Property", "value", it);
	context_unref(core);
	if (rc < 0)
		return err_wrap(g->m.err, "%.150s", iri);
	jn_add(entity, iri, jn_share(g->m.a, out));
	return 0;
}

/* What Table 5.2.9-1 names describes a source as its own properties do (4.9). */
static void add_described(struct registering *g, const struct jn *doc, struct jn *entity)
{
	static const char *const members[] = {"registrationName", "description",
		"endpoint", "mode", "tenant", "refreshRate", "contextSourceAlias"};
	struct context *core = context_core();

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct jn *v = jn_get(doc, members[i]);

		if (v == NULL && strcmp(members[i], "mode") == 0)
			v = jn_string_ref(g->m.a, "inclusive");
		if (jn_is(v, JN_STRING))
			jn_add(entity,
				context_expand(
					core, members[i], strlen(members[i]), g->m.a),
				instance(g->m.a, "Property", "value", v));
	}
	context_unref(core);
}

static int read_as_entity(struct registering *g, const struct jn *doc)
{
	struct jn *entity = jn_object(g->m.a);

	if (add_scopes(g, doc, entity) < 0 || add_places(g, doc, entity) < 0)
		return -1;
	add_described(g, doc, entity);
	jn_each (it, doc)
		if (is_attribute(it) && add_property(g, it, entity) < 0)
			return -1;
	g->r->as_entity = entity;
	return 0;
}

static int compile(struct registering *g, const struct jn *doc)
{
	struct registration *r = g->r;

	r->expires = INT64_MAX;
	if (read_id(g, doc) < 0 || read_endpoint(g, doc) < 0 || read_mode(g, doc) < 0 ||
		read_operations(g, doc) < 0 || read_information(g, doc) < 0 ||
		read_interval(g, doc, "observationInterval", &r->observation) < 0 ||
		read_interval(g, doc, "managementInterval", &r->management) < 0 ||
		read_management(g, doc) < 0 || read_source(g, doc) < 0 ||
		members_datasets(&g->m, doc, &r->dataset_ids, &r->dataset_ids_len) < 0 ||
		members_time(&g->m, doc, "", "expiresAt", &r->expires) < 0 ||
		read_words(g, doc) < 0 || read_as_entity(g, doc) < 0)
		return -1;
	return check_mode(g);
}

struct registration *registration_new(const char *text, size_t len, struct err *err)
{
	struct owned *o = mem_alloc(sizeof(*o));
	auto_arena scratch = {0};
	struct registering g = {&o->r, {&o->arena, &scratch, err}};
	struct jn *doc;

	o->r.text = arena_strndup(&o->arena, text, len);
	/* In its own arena: as_entity shares its nodes. */
	doc = jn_parse_trusted(o->r.text, len, &o->arena);
	if (!jn_is(doc, JN_OBJECT))
		err_set(err, ERR_INTERNAL, "a registration is stored corrupt");
	else if (compile(&g, doc) == 0)
		return &o->r;
	registration_free(&o->r);
	return NULL;
}

void registration_free(const struct registration *r)
{
	struct owned *o = (struct owned *)r;

	if (o == NULL)
		return;
	arena_reset(&o->arena);
	free(o);
}

void registration_freep(const struct registration **r)
{
	registration_free(*r);
}
