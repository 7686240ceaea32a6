/* SPDX-License-Identifier: Apache-2.0 */
#include "group_imports.h"
#include "lane_priv.h"

#include <base/strbuf.h>
#include <core/history_policy.h>
#include <store/imports.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* One operation. */
struct import_note {
	struct write_op *op;
	const char *undo; /* NULL: nothing to undo */
};

struct group_imports {
	struct import_seen seen;
	struct import_note *notes;
	size_t notes_len;
	struct import_late *late;
	size_t late_len, late_room;
	struct pg_array column; /* of each row of the history: its import */
};

const struct pg_stmt import_rows_insert = {"import_rows_insert",
	"INSERT INTO import_row (import, row, line, result, id, now, undo, problems)"
	" SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int4[], "
	"$5::text[],"
	" $6::timestamptz[], $7::text[], $8::text[])",
	.binary = true};

/* What rows of the history are about to be replaced, the first time that this import does. */
#define HISTORY                                                                          \
	"hid, attr, dataset, at, dup, seq, created, modified, deleted, num, geom, doc"
#define OF_HISTORY                                                                       \
	"h.hid, h.attr, h.dataset, h.at, h.dup, h.seq, h.created, h.modified, "          \
	"h.deleted,"                                                                     \
	" h.num, h.geom, h.doc"
static const struct pg_stmt save_replaced = {"import_replaced_save",
	"INSERT INTO import_replaced (import, " HISTORY ") SELECT r.import, " OF_HISTORY
	" FROM unnest($1::int8[], $2::int8[], $3::int4[], $4::int4[], $5::timestamptz[],"
	" $6::bool[], $7::text[]) AS r(import, hid, attr, dataset, at, observed, doc)"
	" JOIN history h ON h.hid = r.hid AND h.attr = r.attr AND h.at = r.at"
	" AND h.dataset = r.dataset AND h.dup = 0"
	" WHERE r.import <> 0 AND r.observed AND (h.doc <> r.doc OR h.deleted IS NOT "
	"NULL)"
	" ON CONFLICT DO NOTHING",
	.binary = true};

/* Undoing; rows of the history that bear the instant of an import's row were written by it,
 * and by nobody since. */
#define UNDONE                                                                           \
	" unnest($1::int8[], $2::int8[], $3::int4[], $4::text[], $5::timestamptz[])"     \
	" AS u(import, row, tenant, id, now)"
/* Sums of these days are not true any more (history_days.c). */
#define AND_MARK                                                                         \
	" RETURNING h.hid, h.attr, h.at)"                                                \
	" INSERT INTO history_stale SELECT DISTINCT hid, attr,"                          \
	" (at AT TIME ZONE 'UTC')::date FROM d"
static const struct pg_stmt undo_replaced = {"import_undo_replaced",
	"WITH d AS (UPDATE history h SET created = p.created, modified = p.modified,"
	" deleted = p.deleted, num = p.num, geom = p.geom, doc = p.doc FROM" UNDONE
	" JOIN evolution e ON e.tenant = u.tenant AND e.id = u.id"
	" JOIN import_replaced p ON p.import = u.import AND p.hid = e.hid"
	" WHERE h.hid = p.hid AND h.attr = p.attr AND h.at = p.at AND h.dataset = "
	"p.dataset"
	" AND h.dup = p.dup AND h.modified = u.now" AND_MARK,
	.binary = true};
static const struct pg_stmt undo_history = {"import_undo_history",
	"WITH d AS (DELETE FROM history h USING" UNDONE
	" JOIN evolution e ON e.tenant = u.tenant AND e.id = u.id"
	" WHERE h.hid = e.hid AND h.modified = u.now" AND_MARK,
	.binary = true};
static const struct pg_stmt undo_rows = {"import_undo_mark",
	"UPDATE import_row r SET undone = true FROM" UNDONE
	" WHERE r.import = u.import AND r.row = u.row",
	.binary = true};
/* What has neither an entity nor a history any more was never there. */
static const struct pg_stmt undo_evolutions = {"import_undo_evolution",
	"WITH g AS (DELETE FROM evolution e USING (SELECT DISTINCT u.tenant, u.id "
	"FROM" UNDONE ") AS d WHERE e.tenant = d.tenant AND e.id = d.id"
	" AND NOT EXISTS (SELECT FROM history h WHERE h.hid = e.hid)"
	" AND NOT EXISTS (SELECT FROM entity n WHERE n.tenant = e.tenant AND n.id = e.id)"
	" RETURNING e.tenant, e.hid, e.types)"
	" DELETE FROM evolution_type t USING g WHERE t.tenant = g.tenant"
	" AND t.type = ANY (g.types) AND t.hid = g.hid",
	.binary = true};

static struct group_imports *opened(struct group *g)
{
	if (g->imports == NULL) {
		g->imports = arena_new(g->arena, struct group_imports);
		g->imports->notes = arena_array(g->arena, struct import_note, g->ops_len);
		pg_array_init(&g->imports->column, PG_INT8);
	}
	return g->imports;
}

void imports_group_fini(struct group *g)
{
	if (g->imports == NULL)
		return;
	import_seen_fini(&g->imports->seen);
	pg_array_fini(&g->imports->column);
}

/* ---- what became of a row */

static void keep(struct import_op *op, const char *name, size_t len)
{
	size_t used = strlen(op->kept);

	op->kept_len++;
	if (used + len + 3 > sizeof(op->kept))
		return;
	(void)snprintf(op->kept + used, sizeof(op->kept) - used, "%s%.*s",
		used > 0 ? " " : "", (int)len, name);
}

void imports_gone(struct write_op *op)
{
	op->import->kept[0] = '\0';
	op->import->kept_len = 0;
	keep(op->import, "id", 2);
}

static void note_undo(struct write_op *op, const struct outcome *out)
{
	op->import->kept[0] = '\0';
	op->import->kept_len = 0;
	for (const struct not_updated *n = out->not_updated; n != NULL; n = n->next)
		keep(op->import, n->attr, strlen(n->attr));
}

static void add_late(struct group *g, const struct import_effect *e, size_t note)
{
	struct group_imports *im = g->imports;

	if (im->late_len + e->late_len > im->late_room) {
		size_t room = (im->late_len + e->late_len) * 2;
		struct import_late *more =
			arena_array(g->arena, struct import_late, room);

		if (im->late_len > 0)
			memcpy(more, im->late, im->late_len * sizeof(*more));
		im->late = more;
		im->late_room = room;
	}
	for (size_t i = 0; i < e->late_len; i++) {
		im->late[im->late_len] = e->late[i];
		im->late[im->late_len++].op = note;
	}
}

void imports_applied(struct group *g, struct write_op *op, const struct jn *before,
	const struct outcome *out)
{
	struct group_imports *im = opened(g);
	struct import_note *note = &im->notes[im->notes_len];
	const struct jn *types = jn_getn(out->entity, "type", 4);
	struct import_effect effect;
	auto_strbuf undo = {0};
	const char *key;

	if (op->op.kind == OP_UNDO) {
		note_undo(op, out);
		return;
	}
	note->op = op;
	key = arena_printf(g->arena, "%d %s", op->tenant, op->op.id);
	import_effect(&im->seen, key, out, history_policy_find(g->policy, types)->record,
		g->arena, &effect);
	for (size_t i = 0; i < effect.late_len; i++)
		effect.late[i].id = op->op.id;
	op->import->result = effect.result;
	if (out->changes != NULL) {
		apply_undo_record(&undo, &op->op, before, out);
		note->undo = arena_strndup(g->arena, undo.data, undo.len);
	}
	add_late(g, &effect, im->notes_len++);
}

int imports_settle(struct group *g, struct err *err)
{
	struct group_imports *im = g->imports;
	bool *known;

	if (im == NULL || im->late_len == 0)
		return 0;
	known = arena_array(g->arena, bool, im->late_len);
	/* An import is of one tenant; a group may have several imports. */
	for (size_t i = 0, n; i < im->late_len; i += n) {
		int tenant = im->notes[im->late[i].op].op->tenant;

		for (n = 1; i + n < im->late_len; n++)
			if (im->notes[im->late[i + n].op].op->tenant != tenant)
				break;
		if (imports_known(g->pg, g->names, tenant, im->late + i, n, g->arena,
			    known + i, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < im->late_len; i++)
		if (!known[i])
			im->notes[im->late[i].op].op->import->result = IMPORT_HISTORIZED;
	return 0;
}

/* ---- the record */

struct pg_array *imports_column(struct group *g)
{
	return g->imports != NULL ? &g->imports->column : NULL;
}

void imports_fill(struct group *g, struct pg_array *column)
{
	for (size_t i = 0; g->imports != NULL && i < g->imports->notes_len; i++) {
		const struct import_note *note = &g->imports->notes[i];
		const struct write_op *op = note->op;
		const struct import_op *import = op->import;
		bool undo = note->undo != NULL && import->result != IMPORT_UNCHANGED;

		pg_array_int(&column[0], import->import);
		pg_array_int(&column[1], import->row);
		pg_array_int(&column[2], import->line);
		pg_array_int(&column[3], import->result);
		pg_array_text(&column[4], op->op.id, strlen(op->op.id));
		pg_array_time(&column[5], op->op.now);
		if (undo)
			pg_array_text(&column[6], note->undo, strlen(note->undo));
		else
			pg_array_null(&column[6]);
		if (import->problems != NULL)
			pg_array_text(
				&column[7], import->problems, strlen(import->problems));
		else
			pg_array_null(&column[7]);
	}
}

int imports_send_replaced(
	struct group *g, struct pg_array *history, int *sent, struct err *err)
{
	static const size_t columns[] = {0, 1, 2, 3, 4, 9};
	struct pg_args args = {0};

	if (g->imports == NULL || g->imports->notes_len == 0)
		return 0;
	pg_args_array(&args, &g->imports->column);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		pg_args_array(&args, &history[columns[i]]);
	++*sent;
	return pg_send(g->pg, &save_replaced, &args, err);
}

enum undone_column {
	UNDONE_IMPORT,
	UNDONE_ROW,
	UNDONE_TENANT,
	UNDONE_ID,
	UNDONE_NOW,
	UNDONE_COLUMNS
};

static void add_undone(const struct group *g, struct pg_array *column)
{
	for (size_t i = 0; i < g->ops_len; i++) {
		const struct write_op *op = g->ops[i];

		if (op->op.kind != OP_UNDO || op->err.kind != ERR_NONE)
			continue;
		for (size_t j = 0; j < op->import->undone_len; j++) {
			pg_array_int(&column[UNDONE_IMPORT], op->import->import);
			pg_array_int(&column[UNDONE_ROW], op->import->undone[j].row);
			pg_array_int(&column[UNDONE_TENANT], op->tenant);
			pg_array_text(&column[UNDONE_ID], op->op.id, strlen(op->op.id));
			pg_array_time(&column[UNDONE_NOW], op->import->undone[j].now);
		}
	}
}

static int send_undone(
	struct group *g, struct pg_array *column, int *sent, struct err *err)
{
	static const struct pg_stmt *const stmts[] = {
		&undo_replaced, &undo_history, &undo_rows, &undo_evolutions};

	for (size_t i = 0; i < sizeof(stmts) / sizeof(stmts[0]); i++) {
		struct pg_args args = {0};

		for (size_t j = 0; j < UNDONE_COLUMNS; j++)
			pg_args_array(&args, &column[j]);
		if (pg_send(g->pg, stmts[i], &args, err) < 0)
			return -1;
		++*sent;
	}
	return 0;
}

int imports_send_undone(struct group *g, int *sent, struct err *err)
{
	static const enum pg_type types[UNDONE_COLUMNS] = {
		PG_INT8, PG_INT8, PG_INT4, PG_TEXT, PG_TIMESTAMPTZ};
	struct pg_array column[UNDONE_COLUMNS];
	int rc = 0;

	for (size_t i = 0; i < UNDONE_COLUMNS; i++)
		pg_array_init(&column[i], types[i]);
	add_undone(g, column);
	if (column[UNDONE_ROW].n > 0)
		rc = send_undone(g, column, sent, err);
	for (size_t i = 0; i < UNDONE_COLUMNS; i++)
		pg_array_fini(&column[i]);
	return rc;
}
