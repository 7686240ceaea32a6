/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to the history alone (5.6.11 to 5.6.16): evolutions and instances that clients
 * bring, correct and delete.  None of them touches the current state.  Each is one
 * transaction and blocks on the database; a connection is waited for where all are busy.
 * Any thread.
 */
#ifndef STORE_HISTORY_WRITES_H
#define STORE_HISTORY_WRITES_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct dict;
struct err;
struct history_writers;
struct jn;
struct pg_config;

/* `n` connections, each made at its first use. */
struct history_writers *history_writers_new(
	const struct pg_config *config, struct dict *names, size_t n) must_check;
void history_writers_free(struct history_writers *hw); /* NULL is fine */

/* What a write is about; unused members are zero. */
struct history_target {
	int tenant;
	const char *id; /* of the entity */
	const char *attr; /* expanded IRI */
	const char *attr_name; /* as the client wrote it */
	const char *dataset_id; /* NULL, "@none": the default instances */
	bool all; /* of whatever datasetId */
	const char *instance_id; /* a URI */
};

/*
 * Adds the instances of `doc` (EXPAND_TEMPORAL); one with the observedAt and datasetId of
 * another takes its place.  Its types are added to those that are known.  create: makes
 * the evolution where there is none (BAD_REQUEST_DATA without type), else NOT_FOUND.
 * *created (may be NULL) says whether it did.
 */
int history_put(struct history_writers *hw, const struct history_target *t,
	const struct jn *doc, int64_t now, bool create, struct arena *a, bool *created,
	struct err *err) must_check;
/* The rest: NOT_FOUND says what of the target there is not. */
int history_delete(struct history_writers *hw, const struct history_target *t,
	struct err *err) must_check;
int history_delete_attribute(struct history_writers *hw, const struct history_target *t,
	struct err *err) must_check;
int history_delete_instance(struct history_writers *hw, const struct history_target *t,
	struct err *err) must_check;
/* The instance keeps its id and createdAt.  ALREADY_EXISTS where another one has its new
 * observedAt and datasetId. */
int history_replace_instance(struct history_writers *hw, const struct history_target *t,
	const struct jn *instance, int64_t now, struct arena *a,
	struct err *err) must_check;

/* instanceIds: this prefix and the number of the row. */
#define HISTORY_INSTANCE "urn:ngsi-ld:Instance:"

#endif
