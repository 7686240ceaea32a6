/* SPDX-License-Identifier: Apache-2.0 */
/* The operations, by name: who must be there, and which file knows the rest. */
#include "apply_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <core/type_q.h>

#include <assert.h>

static bool creates(enum op_kind kind)
{
	return kind == OP_CREATE || kind == OP_UPSERT_REPLACE ||
		kind == OP_UPSERT_UPDATE || kind == OP_IMPORT;
}

static int dispatch(struct apply *ap, const struct jn *entity)
{
	switch (ap->op->kind) {
	case OP_CREATE:
		return err_set(ap->err, ERR_ALREADY_EXISTS, "entity %s already exists",
			ap->op->id);
	case OP_REPLACE:
	case OP_UPSERT_REPLACE:
		return apply_replace(ap, entity);
	case OP_MERGE:
	case OP_APPEND:
	case OP_UPDATE:
	case OP_UPSERT_UPDATE:
		return apply_members(ap, entity);
	case OP_PARTIAL:
	case OP_REPLACE_ATTR:
		return apply_instances(ap, entity);
	case OP_DELETE_ATTR:
		return apply_delete_attribute(ap, entity);
	case OP_DELETE:
		apply_delete(ap, entity);
		return 0;
	case OP_KEEP:
	case OP_DROP:
		apply_purge(ap, entity);
		return 0;
	case OP_EXPIRE:
		apply_expire(ap, entity);
		return 0;
	case OP_IMPORT:
		return apply_import(ap, entity);
	case OP_UNDO:
		apply_undo(ap, entity);
		return 0;
	}
	return err_set(ap->err, ERR_INTERNAL, "unknown operation");
}

/* What there is to apply to (5.6.x.4: id and, where given, type). */
static int check_target(const struct op *op, const struct jn *entity, struct err *err)
{
	if (entity == NULL)
		return err_set(err, ERR_NOT_FOUND, "entity %s does not exist", op->id);
	if (!creates(op->kind) && !type_q_matches(op->type, entity))
		return err_set(err, ERR_NOT_FOUND,
			"entity %s exists, but not with the type asked for", op->id);
	return 0;
}

int apply(const struct op *op, const struct jn *entity, struct arena *a,
	struct outcome *out, struct err *err)
{
	struct apply ap = {.op = op, .arena = a, .err = err};
	int rc;

	assert(op->id != NULL);
	ap.now = clock_format(op->now, arena_raw(a, CLOCK_TEXT));
	ap.changes_end = &ap.out.changes;
	ap.not_updated_end = &ap.out.not_updated;
	if (entity == NULL && creates(op->kind))
		rc = apply_create(&ap);
	else if (check_target(op, entity, err) < 0)
		rc = -1;
	else
		rc = dispatch(&ap, entity);
	if (rc < 0)
		return -1;
	*out = ap.out;
	return 0;
}
