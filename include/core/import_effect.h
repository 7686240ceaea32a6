/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of a row of an import: the lane that writes it and the dry run that does not
 * ask the same code.  What is late is new to the history unless it has the same already;
 * that is known here of what this import brought before, and else asked of the store.
 */
#ifndef CORE_IMPORT_EFFECT_H
#define CORE_IMPORT_EFFECT_H

#include <base/attr.h>
#include <core/apply.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct strbuf;

enum import_result {
	IMPORT_CREATED,
	IMPORT_UPDATED,
	IMPORT_UNCHANGED,
	IMPORT_HISTORIZED, /* older than the current value: for the history alone */
	IMPORT_REJECTED,
	IMPORT_RESULTS
};
extern const char *const import_result_names[IMPORT_RESULTS];

/* The instances that an import has brought: 16 bytes each.  Zero-initialise. */
struct import_seen {
	struct import_seen_slot {
		uint64_t key, doc;
	} * slots;
	size_t len, room;
};
void import_seen_fini(struct import_seen *s);
#define auto_import_seen cleanup_with(import_seen_fini) struct import_seen

/* A late instance that may be in the history already. */
struct import_late {
	size_t op; /* the caller's */
	const char *id;
	const struct change *change;
	int64_t at;
};

struct import_effect {
	enum import_result
		result; /* without what is in `late`: CREATED, UPDATED, UNCHANGED,
	                            * or HISTORIZED where something is new for certain */
	struct import_late *late; /* in the arena */
	size_t late_len;
};

/* Of what an OP_IMPORT did to entity `id`.  recorded: its history is kept. */
void import_effect(struct import_seen *seen, const char *id, const struct outcome *out,
	bool recorded, struct arena *a, struct import_effect *effect);
/* An instance as the history keeps it: without createdAt, modifiedAt and deletedAt of its
 * own. */
void import_instance_text(struct strbuf *sb, const struct jn *instance);

#endif
