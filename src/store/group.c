/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One group of writes = one transaction: load and lock the entities, apply the operations
 * in order, store what was touched (rows.c), commit.
 */
#include "group_imports.h"
#include "lane_priv.h"
#include "shape.h"

#include <base/clock.h>
#include <base/map.h>
#include <core/entity.h>
#include <store/subscriptions.h>
#include <store/value_paths.h>

#include <assert.h>
#include <string.h>

static const struct pg_stmt begin = {"group_begin", "BEGIN", .binary = true};
/* ids in order, so that groups of several brokers cannot lock in each other's way. */
static const struct pg_stmt load = {"group_load",
	"SELECT r.n, e.eid, e.doc, e.hid, e.ctid FROM unnest($1::int4[], $2::text[])"
	" WITH ORDINALITY AS r(tenant, id, n)"
	" JOIN entity e ON e.tenant = r.tenant AND e.id = r.id"
	" ORDER BY e.tenant, e.id FOR UPDATE OF e",
	.binary = true};

/* After the rows are locked: whoever adds a path waits for those locks first.  And after
 * subscriptions_share, which says why. */
static const struct pg_stmt version = {"group_version",
	"SELECT coalesce(max(path), 0), (SELECT n FROM subscription_version) "
	"FROM value_path",
	.binary = true};

/* Gives each operation its slot; operations on one entity share one. */
static void make_slots(struct group *g)
{
	struct map seen;

	map_init(&seen);
	g->slots = arena_array(g->arena, struct slot, g->ops_len);
	g->slot_of = arena_array(g->arena, struct slot *, g->ops_len);
	/* what each operation did, and what was over before it */
	g->changes = arena_array(g->arena, struct entity_change, 2 * g->ops_len);
	for (size_t i = 0; i < g->ops_len; i++) {
		struct write_op *op = g->ops[i];
		const char *key = arena_printf(g->arena, "%d %s", op->tenant, op->op.id);
		struct slot *slot = map_get(&seen, key, strlen(key));

		if (slot == NULL) {
			slot = &g->slots[g->slots_len++];
			slot->tenant = op->tenant;
			slot->id = op->op.id;
			slot->number = op->number;
			map_put(&seen, key, strlen(key), slot);
		}
		g->slot_of[i] = slot;
	}
	map_fini(&seen);
}

static int send_load(struct group *g, struct err *err)
{
	auto_pg_array tenants = {0}, ids = {0};
	struct pg_args args = {0};

	pg_array_init(&tenants, PG_INT4);
	pg_array_init(&ids, PG_TEXT);
	for (size_t i = 0; i < g->slots_len; i++) {
		pg_array_int(&tenants, g->slots[i].tenant);
		pg_array_text(&ids, g->slots[i].id, strlen(g->slots[i].id));
	}
	pg_args_array(&args, &tenants);
	pg_args_array(&args, &ids);
	return pg_send(g->pg, &load, &args, err);
}

static int read_slots(struct group *g, const PGresult *res, struct err *err)
{
	g->now = clock_now();
	for (int row = 0; row < PQntuples(res); row++) {
		int64_t n = pg_get_int(res, row, 0);
		size_t len = (size_t)PQgetlength(res, row, 2);
		struct slot *slot;
		char *text;

		assert(n >= 1 && (size_t)n <= g->slots_len);
		slot = &g->slots[n - 1];
		text = arena_strndup(g->arena, PQgetvalue(res, row, 2), len);
		slot->eid = pg_get_int(res, row, 1);
		memcpy(slot->at, PQgetvalue(res, row, 4), PG_TID_LEN);
		slot->hid = PQgetisnull(res, row, 3) ? 0 : pg_get_int(res, row, 3);
		slot->stored = jn_parse_trusted(text, len, g->arena);
		if (slot->stored == NULL)
			return err_set(err, ERR_INTERNAL, "entity %s is stored corrupt",
				slot->id);
		if (!is_expired(slot->stored, g->now))
			slot->before = slot->now = slot->stored;
	}
	return 0;
}

static int begin_and_load(struct group *g, struct err *err)
{
	auto_pgresult *res = NULL, *versions = NULL;
	bool numbers;

	if (pg_pipeline(g->pg, err) < 0)
		return -1;
	if (pg_send(g->pg, &begin, NULL, err) < 0 || send_load(g, err) < 0 ||
		pg_send(g->pg, &subscriptions_share, NULL, err) < 0 ||
		pg_send(g->pg, &version, NULL, err) < 0 ||
		numbers_send(g, &numbers, err) < 0 || pg_sync(g->pg, err) < 0 ||
		pg_next(g->pg, NULL, err) < 0 || pg_next(g->pg, &res, err) < 0 ||
		pg_next(g->pg, NULL, err) < 0 || pg_next(g->pg, &versions, err) < 0 ||
		(numbers && numbers_next(g, err) < 0) || pg_leave(g->pg, err) < 0)
		return -1;
	if (value_paths_at(g->paths, (int)pg_get_int(versions, 0, 0), g->pg, &g->values,
		    err) < 0)
		return -1;
	if (g->listener != NULL &&
		g->listener->begin(g->listener->self, pg_get_int(versions, 0, 1), g->pg,
			&g->begun, err) < 0)
		return -1;
	return read_slots(g, res, err);
}

static bool same_member(const struct jn *a, const struct jn *b, const char *key)
{
	return jn_equal(jn_get(a, key), jn_get(b, key));
}

/* Is there a geometry more, less or elsewhere, or for another time? */
static bool moves_geometry(const struct change *c)
{
	bool was = instance_kind(c->before) == KIND_GEO_PROPERTY;
	bool is = instance_kind(c->after) == KIND_GEO_PROPERTY;

	if (!was || !is)
		return was || is;
	return !c->same &&
		(!jn_equal(instance_value(c->before), instance_value(c->after)) ||
			!same_member(c->before, c->after, "expiresAt"));
}

/* Attributes whose change touches the tables beside the document. */
static bool changes_facets(const struct outcome *outcome)
{
	for (const struct change *c = outcome->changes; c != NULL; c = c->next) {
		if (c->kind == CHANGE_TYPE || c->kind == CHANGE_SCOPE || c->attr == NULL)
			return true;
		if (c->kind != CHANGE_ATTRIBUTE_LATE && moves_geometry(c))
			return true;
	}
	return false;
}

static bool changes_shape(const struct outcome *outcome)
{
	for (const struct change *c = outcome->changes; c != NULL; c = c->next)
		if (shape_changes(c))
			return true;
	return false;
}

/* What the 207 of 5.2.18 needs, out of the lane's arena into the request's. */
static void keep_update_result(struct write_op *op, const struct outcome *outcome)
{
	struct arena *a = op->write->arena;
	const struct not_updated **tail = &op->not_updated;

	if (outcome->not_updated == NULL || (op->write->summary && !op->op.no_overwrite))
		return;
	if (op->write->summary) {
		(void)err_set(&op->err, ERR_ALREADY_EXISTS, "%s: %s",
			outcome->not_updated->attr, outcome->not_updated->reason);
		return;
	}
	assert(op->write->len == 1);
	for (const struct not_updated *n = outcome->not_updated; n != NULL; n = n->next) {
		struct not_updated *copy = arena_new(a, struct not_updated);

		copy->attr = arena_strdup(a, n->attr);
		copy->reason = arena_strdup(a, n->reason);
		*tail = copy;
		tail = (const struct not_updated **)&copy->next;
	}
	op->updated = arena_array(a, const char *, outcome->updated_len);
	for (size_t i = 0; i < outcome->updated_len; i++)
		op->updated[i] = arena_strdup(a, outcome->updated[i]);
	op->updated_len = outcome->updated_len;
}

/* before: the document that the operation was applied to, or NULL. */
static void keep_outcome(struct group *g, struct slot *slot, const struct jn *before,
	const struct write_op *op, const struct outcome *outcome)
{
	bool moved;

	if (outcome->changes == NULL && !outcome->touched)
		return;
	g->changes[g->changes_len++] = (struct entity_change){
		.tenant = slot->tenant,
		.id = slot->id,
		.now = op->op.now,
		.before = before,
		.after = outcome->entity,
		.changes = outcome->changes,
		.slot = (size_t)(slot - g->slots),
		.import = op->op.kind == OP_IMPORT ? op->import->import : 0,
		.unrecorded = op->op.kind == OP_UNDO,
	};
	if (!outcome->touched)
		return; /* late data, for the history alone */
	slot->touched = true;
	moved = outcome->created || outcome->entity == NULL ||
		!same_member(before, outcome->entity, "expiresAt");
	slot->facets |= moved || changes_facets(outcome);
	slot->shape |= moved || changes_shape(outcome);
	slot->now = outcome->entity;
}

/* An entity whose time is over is deleted before anything else happens under its id. */
static void expire(struct group *g, struct slot *slot, int64_t now)
{
	const struct op op = {.kind = OP_EXPIRE, .id = slot->id, .now = g->now};
	const struct write_op by = {.op = {.kind = OP_EXPIRE, .now = now}};
	struct outcome outcome = {0};
	struct err err = {0};

	if (slot->stored == NULL || slot->now != NULL || slot->touched)
		return;
	if (apply(&op, slot->stored, g->arena, &outcome, &err) == 0)
		keep_outcome(g, slot, slot->stored, &by, &outcome);
}

static void apply_one(struct group *g, struct write_op *op, struct slot *slot)
{
	struct outcome outcome = {0};

	op->op.keep_newer = g->keep_newer || op->op.kind == OP_IMPORT;
	expire(g, slot, op->op.now);
	if (op->op.kind == OP_UNDO && slot->now == NULL) {
		imports_gone(op);
		return;
	}
	if (apply(&op->op, slot->now, g->arena, &outcome, &op->err) < 0)
		return;
	op->created = outcome.created;
	keep_update_result(op, &outcome);
	if (op->import != NULL)
		imports_applied(g, op, slot->now, &outcome);
	keep_outcome(g, slot, slot->now, op, &outcome);
}

/* Who is to be notified of what. */
static void match(struct group *g)
{
	if (g->begun == NULL)
		return;
	g->matched = arena_array(g->arena, struct matched, g->changes_len);
	for (size_t i = 0; i < g->changes_len; i++) {
		struct matched *m = &g->matched[g->matched_len];

		m->change = &g->changes[i];
		m->len = g->listener->match(
			g->listener->self, g->begun, m->change, g->arena, &m->sids);
		g->matched_len += m->len > 0;
	}
}

int group_run(struct group *g, struct err *err)
{
	make_slots(g);
	if (begin_and_load(g, err) < 0)
		return -1;
	for (size_t i = 0; i < g->ops_len; i++)
		apply_one(g, g->ops[i], g->slot_of[i]);
	match(g);
	if (imports_settle(g, err) < 0)
		return -1;
	return rows_store(g, err);
}
