/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A context source registration (5.2.9), compiled: checked, names expanded.  Immutable.
 * What it was made from, the stored text, is the JSON object that the client sent
 * (or the result of a PATCH) with names as IRIs, so that it means the same for good.
 * Members that the standard does not name are Context Source Properties, which csf asks
 * for (4.9); their names are IRIs, too.
 */
#ifndef CORE_REGISTRATION_H
#define CORE_REGISTRATION_H

#include <base/attr.h>
#include <core/selector.h>
#include <core/temporal_q.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct context;
struct err;
struct geo_q;
struct jn;
struct pattern;
struct q;
struct scope_q;
struct strbuf;
struct type_q;

enum registration_mode {
	MODE_INCLUSIVE,
	MODE_EXCLUSIVE,
	MODE_REDIRECT,
	MODE_AUXILIARY,
};

/* A bit each of registration.operations (4.20). */
enum operation {
#define OPERATION(name, groups) OPERATION_##name,
#include <core/operation.def>
#undef OPERATION
	OPERATIONS
};

/* EntityInfo (5.2.8). */
struct registration_entity {
	const char *const *types; /* IRIs */
	size_t types_len; /* 0: any; only where there is an id */
	const char *id; /* NULL: any, or id_pattern */
	const struct pattern *id_pattern; /* NULL where there is an id */
};

/* RegistrationInfo (5.2.10). */
struct registration_info {
	const struct registration_entity *entities;
	size_t entities_len; /* 0: any entity */
	const char *const *attrs; /* IRIs: propertyNames and relationshipNames */
	size_t attrs_len; /* 0: any */
};

/* TimeInterval (5.2.11), both ends included. */
struct registration_interval {
	bool given;
	int64_t start, end; /* end: INT64_MAX where it is open */
};

struct registration {
	const char *id;
	enum registration_mode mode;
	uint64_t operations; /* 1 << enum operation */
	const struct registration_info *infos;
	size_t infos_len;
	const char *const *dataset_ids; /* "@none" among them: default instances */
	size_t dataset_ids_len; /* 0: any */
	struct registration_interval observation, management;
	int64_t expires; /* microseconds; INT64_MAX: never */
	/* Its geometries, scopes and Context Source Properties in the form of an entity
	 * (core/entity.h), for geoqueries, scopeQ and csf to be asked of. */
	const struct jn *as_entity;
	const char *text; /* the stored text */
};

/* NULL with err set: BAD_REQUEST_DATA with the JSON pointer of what is
 * wrong, `/information: is missing; …`. */
struct registration *registration_new(
	const char *text, size_t len, struct err *err) must_check;
void registration_free(const struct registration *r); /* NULL is fine */
void registration_freep(const struct registration **r);
#define auto_registration cleanup_with(registration_freep) const struct registration

/* What a client sends, and what has to be known to understand it. */
struct registration_source {
	const struct jn *body;
	const struct context *ctx;
	const char *id; /* create: where the body has none; update: the one in the path */
	int64_t now;
};
/* Both make the text to store, in the arena; registration_new() checks the rest of it.
 * BAD_REQUEST_DATA, INVALID_REQUEST as subscription_read() has them. */
int registration_read(const struct registration_source *source, struct arena *a,
	const char **out, struct err *err) must_check;
/* 5.5.8: members of the first level are replaced, Nulls remove. */
int registration_patch(const char *stored, const struct registration_source *source,
	struct arena *a, const char **out, struct err *err) must_check;

/* What is looked for (5.10.2.4, 5.12): what is NULL or 0 restricts nothing. */
struct registration_query {
	const struct selector *selectors; /* any of them */
	size_t selectors_len;
	const char *const *attrs; /* IRIs, those that q and the geoquery name included */
	size_t attrs_len;
	const char *const *dataset_ids;
	size_t dataset_ids_len;
	const struct geo_q *geo;
	const struct scope_q *scope;
	const struct q *csf;
	const struct temporal_q *temporal; /* TIMEREL_NONE: those of latest information */
	int64_t now;
};
/* At least one of its RegistrationInfo elements matches, and all else does.  infos (may be
 * NULL): infos_len flags, those that do. */
bool registration_matches(const struct registration *r,
	const struct registration_query *query, bool *infos, struct arena *a);
/* The stored text with those elements alone: what is relevant (5.11.7).  In
 * the arena, texts included. */
const struct jn *registration_part(
	const struct registration *r, const bool *infos, struct arena *a);

/* Do two proxied registrations (4.3.6.3) claim an attribute of an entity in common? */
bool registration_overlaps(const struct registration *a, const struct registration *b,
	struct arena *scratch);

/* What the broker adds (5.2.9).  Instants in microseconds; 0: never. */
struct registration_output {
	int64_t created, modified; /* shown with sysAttrs */
	int64_t times_sent, times_failed;
	int64_t last_success, last_failure;
};
struct registration_view {
	const struct context *ctx;
	const char *context_text; /* of a member "@context" (ld+json), or NULL */
	bool sys_attrs;
	bool type_lists; /* types of entities as arrays, be they one (as notifications do) */
};
/* As GET shows it, with the names of view->ctx. */
void registration_render(struct strbuf *sb, const struct jn *stored,
	const struct registration_output *output, const struct registration_view *view,
	struct arena *a);

#endif
