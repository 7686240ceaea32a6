/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of entities that are new, and of histories that begin: what once had an id's
 * history goes on with it.  Of what is to be created they are asked for along with the rows
 * (numbers_send()), the few others once it is known that they are new (numbers_rest()).
 */
#include "lane_priv.h"

#include <assert.h>
#include <string.h>

static const struct pg_stmt numbers = {"entity_numbers",
	"SELECT nextval('entity_number'), e.hid"
	" FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS r(tenant, id, n)"
	" LEFT JOIN evolution e ON e.tenant = r.tenant AND e.id = r.id ORDER BY r.n",
	.binary = true};

struct asked {
	struct pg_array tenants, ids;
};

static void asked_init(struct asked *q)
{
	pg_array_init(&q->tenants, PG_INT4);
	pg_array_init(&q->ids, PG_TEXT);
}

static void asked_fini(struct asked *q)
{
	pg_array_fini(&q->tenants);
	pg_array_fini(&q->ids);
}

static void ask(struct asked *q, const struct slot *slot)
{
	pg_array_int(&q->tenants, slot->tenant);
	pg_array_text(&q->ids, slot->id, strlen(slot->id));
}

static void read_answers(struct group *g, const PGresult *res)
{
	int row = 0;

	for (size_t i = 0; i < g->slots_len; i++) {
		struct slot *slot = &g->slots[i];

		if (!slot->asked)
			continue;
		assert(row < PQntuples(res));
		slot->asked = false;
		slot->next = pg_get_int(res, row, 0);
		slot->past = PQgetisnull(res, row, 1) ? 0 : pg_get_int(res, row, 1);
		row++;
	}
	assert(row == PQntuples(res));
}

int numbers_send(struct group *g, bool *sent, struct err *err)
{
	struct pg_args args = {0};
	struct asked q;
	int rc = 0;

	asked_init(&q);
	for (size_t i = 0; i < g->ops_len; i++)
		if (g->ops[i]->op.kind == OP_CREATE)
			g->slot_of[i]->asked = true;
	for (size_t i = 0; i < g->slots_len; i++)
		if (g->slots[i].asked)
			ask(&q, &g->slots[i]);
	*sent = q.ids.n > 0;
	if (*sent) {
		pg_args_array(&args, &q.tenants);
		pg_args_array(&args, &q.ids);
		rc = pg_send(g->pg, &numbers, &args, err);
	}
	asked_fini(&q);
	return rc;
}

int numbers_next(struct group *g, struct err *err)
{
	auto_pgresult *res = NULL;

	if (pg_next(g->pg, &res, err) < 0)
		return -1;
	read_answers(g, res);
	return 0;
}

static bool is_new(const struct slot *slot)
{
	return slot->stored == NULL && slot->now != NULL;
}

static int ask_now(struct group *g, struct asked *q, struct err *err)
{
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_args_array(&args, &q->tenants);
	pg_args_array(&args, &q->ids);
	if (pg_query(g->pg, &numbers, &args, &res, err) < 0)
		return -1;
	read_answers(g, res);
	return 0;
}

int numbers_rest(struct group *g, struct err *err)
{
	struct asked q;
	int rc = 0;

	asked_init(&q);
	for (size_t i = 0; i < g->slots_len; i++) {
		struct slot *slot = &g->slots[i];

		slot->numbered = slot->recorded && slot->hid == 0;
		slot->asked = (slot->numbered || is_new(slot)) && slot->next == 0;
		if (slot->asked)
			ask(&q, slot);
	}
	if (q.ids.n > 0)
		rc = ask_now(g, &q, err);
	asked_fini(&q);
	for (size_t i = 0; rc == 0 && i < g->slots_len; i++) {
		struct slot *slot = &g->slots[i];

		if (is_new(slot))
			slot->eid = slot->number > 0 ? slot->number : slot->next;
		if (slot->numbered && slot->past != 0)
			slot->hid = slot->past;
		else if (slot->numbered)
			slot->hid = is_new(slot) ? slot->eid : slot->next;
	}
	return rc;
}
