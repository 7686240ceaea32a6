/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meaning of every write, once, pure:
 *	entity + operation -> entity, changes | error
 * The lane loads the entity, calls apply() and stores the result; batch operations are the
 * same operations, many at a time.  What changed (with previous values) comes out of the
 * same function: history, subscriptions and audit hang on it.
 */
#ifndef CORE_APPLY_H
#define CORE_APPLY_H

#include <base/attr.h>
#include <base/jn.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct pick_list;
struct strbuf;
struct type_q;

enum op_kind {
	OP_CREATE, /* 5.6.1: ALREADY_EXISTS */
	OP_REPLACE, /* 5.6.18: NOT_FOUND */
	OP_MERGE, /* 5.6.17 */
	OP_DELETE, /* 5.6.6 */
	OP_APPEND, /* 5.6.3: POST attrs; with no_overwrite; batch update (5.6.9) */
	OP_UPDATE, /* 5.6.2: PATCH attrs */
	OP_PARTIAL, /* 5.6.4: PATCH attrs/{a} */
	OP_REPLACE_ATTR, /* 5.6.19: PUT attrs/{a} */
	OP_DELETE_ATTR, /* 5.6.5 */
	OP_UPSERT_REPLACE, /* 5.6.8, options=replace: create or replace */
	OP_UPSERT_UPDATE, /* 5.6.8, options=update: create or update attributes */
	OP_KEEP, /* purge with keep: delete all attributes but these (5.6.21) */
	OP_DROP, /* purge with drop: delete these attributes */
	OP_EXPIRE, /* 4.22: delete what has expired, be it the entity or attributes */
	OP_IMPORT, /* create or append; what is the same already is left alone */
	OP_UNDO, /* of OP_IMPORT: `doc` is an array of undo records, newest first */
};

struct op {
	enum op_kind kind;
	const char *id; /* entity id */
	const struct jn *doc; /* expanded entity or fragment; OP_PARTIAL and
	                              * OP_REPLACE_ATTR: the expanded instance(s) */
	const char *attr; /* expanded IRI, or "scope" (OP_DELETE_ATTR) */
	const char *attr_name; /* as the client wrote it, for messages */
	const char *dataset_id; /* OP_DELETE_ATTR; NULL: default instance */
	bool delete_all; /* OP_DELETE_ATTR: every instance */
	bool no_overwrite; /* OP_APPEND */
	bool simplified; /* OP_MERGE: keep each attribute's kind (6.5.3.4) */
	const char *lang; /* OP_MERGE: lang=…, NULL: none */
	const char *observed_at; /* OP_MERGE: observedAt=…, NULL: none */
	const struct type_q *type; /* the entity must match, else NOT_FOUND; NULL: any */
	const struct pick_list *names; /* OP_KEEP, OP_DROP */
	bool drop_late; /* OP_IMPORT: what is late is left out */
	bool values_only; /* OP_IMPORT: the same value is the same, whatever else is not;
	                   * another one keeps unit and sub-attributes that came with it */
	bool keep_newer; /* an instance observed before the stored one is late: it becomes
	                  * a change, not the current value */
	int64_t now; /* becomes modifiedAt; one for a whole batch (5.5.11) */
};

enum change_kind {
	CHANGE_ENTITY_CREATED,
	CHANGE_ENTITY_DELETED,
	CHANGE_ATTRIBUTE_CREATED,
	CHANGE_ATTRIBUTE_UPDATED, /* also where the new value equals the old: see `same` */
	CHANGE_ATTRIBUTE_DELETED,
	CHANGE_ATTRIBUTE_LATE, /* op.keep_newer: `before` stays, `after` is for the history */
	CHANGE_SCOPE,
	CHANGE_TYPE,
};

/*
 * A created entity brings ENTITY_CREATED, then CHANGE_SCOPE where it has one, then one
 * ATTRIBUTE_CREATED for each instance; a deleted one ENTITY_DELETED alone; a replaced one
 * what differs by type and scope, then each instance, then what is no more.  An instance
 * that had expired is ATTRIBUTE_DELETED before anything takes its place.  An operation
 * that brings late instances only has changes, but has touched nothing.
 */
struct change {
	enum change_kind kind;
	const char *attr; /* IRI, not NUL-terminated; NULL for the entity itself */
	size_t attr_len;
	const struct jn *before; /* instance, entity, or the array of types or scopes;
	                              * NULL: was not there */
	const struct jn *after; /* the same after; NULL: is no more */
	bool same; /* nothing but createdAt, modifiedAt differs (5.8.6);
	                              * also of scopes */
	struct change *next;
};

/* An attribute (once for each instance) or the scope that an operation left alone, for the
 * 207 of 5.2.18. */
struct not_updated {
	const char *attr; /* expanded IRI, or "scope" */
	const char *reason;
	struct not_updated *next;
};

struct outcome {
	struct jn *entity; /* the new document; NULL: deleted */
	bool created; /* it did not exist before */
	bool touched; /* something is to be stored */
	struct change *changes; /* in order */
	struct not_updated *not_updated;
	const char **updated; /* attribute IRIs that were, Nulls included; for the
	                              * same 207.  Not filled by create and replace */
	size_t updated_len;
};

/*
 * What an OP_IMPORT did, for it to be undone: an object that OP_UNDO takes.  before: the
 * document it was applied to, NULL: there was none.
 *	{"now": "…", "created": true}
 *	{"now": "…", "modifiedAt": …, "attributes": [[IRI, datasetId or null, the instance
 *	 before or null], …], "type": [before, after], "scope": [before or null, after]}
 * OP_UNDO gives back what was written at `now` and by nobody since; the rest is in
 * not_updated.
 */
void apply_undo_record(struct strbuf *sb, const struct op *op, const struct jn *before,
	const struct outcome *out);

/*
 * entity: the stored document, NULL when there is none or it has expired (OP_EXPIRE takes
 * one that has); neither it nor
 * op->doc is changed (the result shares parts of both).  -1: the operation's own error,
 * nothing is to be stored.  Errors: NOT_FOUND, ALREADY_EXISTS, BAD_REQUEST_DATA.
 */
int apply(const struct op *op, const struct jn *entity, struct arena *a,
	struct outcome *out, struct err *err) must_check;

#endif
