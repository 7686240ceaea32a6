/* SPDX-License-Identifier: Apache-2.0 */
/* Who delivers for which subscriptions, and how sessions wake each other. */
#include "pg_priv.h"

#include <base/arena.h>
#include <store/outbox.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Classes of advisory locks: any numbers, but always the same. */
#define MEMBERS "1128352848"
#define SHARDS  "1128352849"
#define CHANNEL "calanque_outbox"

/* A host that vanishes is noticed within seconds, and its locks are free. */
static const char join[] = "SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 2;"
			   " SET tcp_keepalives_count = 3; LISTEN " CHANNEL ";"
			   " SELECT pg_advisory_unlock_all();"
			   " SELECT pg_advisory_lock_shared(" MEMBERS ", 0)";

static const struct pg_stmt members = {"outbox_members",
	"SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
	" AND classid = " MEMBERS " AND database ="
	" (SELECT oid FROM pg_database WHERE datname = current_database())",
	.binary = true};
static const struct pg_stmt try_lock = {
	"outbox_take", "SELECT pg_try_advisory_lock(" SHARDS ", $1)", .binary = true};
static const struct pg_stmt unlock = {
	"outbox_release", "SELECT pg_advisory_unlock(" SHARDS ", $1)", .binary = true};
static const struct pg_stmt notify = {
	"outbox_notify", "SELECT pg_notify('" CHANNEL "', $1)", .binary = true};

int outbox_join(struct pg *pg, struct err *err)
{
	return pg_script(pg, join, err);
}

unsigned outbox_session(const struct pg *pg)
{
	return pg->session;
}

int outbox_members(struct pg *pg, unsigned *out, struct err *err)
{
	auto_pgresult *res = NULL;

	if (pg_query(pg, &members, NULL, &res, err) < 0)
		return -1;
	*out = (unsigned)pg_get_int(res, 0, 0);
	return 0;
}

int outbox_take(struct pg *pg, bool owned[OUTBOX_SHARDS], unsigned most, struct err *err)
{
	unsigned n = 0;

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		n += owned[i];
	for (unsigned i = 0; i < OUTBOX_SHARDS && n < most; i++) {
		struct pg_args args = {0};
		auto_pgresult *res = NULL;

		if (owned[i])
			continue;
		pg_int4(&args, (int32_t)i);
		if (pg_query(pg, &try_lock, &args, &res, err) < 0)
			return -1;
		owned[i] = pg_get_int(res, 0, 0) != 0;
		n += owned[i];
	}
	return 0;
}

int outbox_release(struct pg *pg, unsigned shard, struct err *err)
{
	struct pg_args args = {0};

	pg_int4(&args, (int32_t)shard);
	return pg_exec(pg, &unlock, &args, NULL, err);
}

/* A payload has less than 8000 bytes; "*" stands for more. */
int outbox_notify(struct pg *pg, const int64_t *sids, size_t len, struct err *err)
{
	struct pg_args args = {0};
	auto_strbuf text = {0};

	for (size_t i = 0; i < len && text.len < 7900; i++)
		strbuf_addf(&text, "%s%jd", i > 0 ? "," : "", (intmax_t)sids[i]);
	pg_text(&args, text.len < 7900 ? text.data : "*");
	return pg_exec(pg, &notify, &args, NULL, err);
}

struct told {
	int64_t *sids;
	size_t len, room;
	bool all;
};

static void take_word(struct told *t, const char *text, struct arena *a)
{
	char *end;

	if (strcmp(text, "*") == 0)
		t->all = true;
	for (; *text >= '0' && *text <= '9'; text = *end == ',' ? end + 1 : end) {
		if (t->len == t->room) {
			int64_t *more;

			t->room = t->room > 0 ? t->room * 2 : 16;
			more = arena_array(a, int64_t, t->room);
			if (t->len > 0)
				memcpy(more, t->sids, t->len * sizeof(*more));
			t->sids = more;
		}
		t->sids[t->len++] = strtoll(text, &end, 10);
	}
}

/* Our own words come back, too. */
static void take_words(struct pg *pg, struct told *t, struct arena *a)
{
	PGnotify *n;

	while ((n = PQnotifies(pg->conn)) != NULL) {
		if (n->be_pid != PQbackendPID(pg->conn))
			take_word(t, n->extra, a);
		PQfreemem(n);
	}
}

int outbox_wait(struct pg *pg, int fd, int timeout_ms, struct arena *a, int64_t **sids,
	size_t *len, bool *all, struct err *err)
{
	struct pollfd fds[2] = {
		{.fd = fd, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	struct told told = {0};
	int rc = 0;

	if (pg->conn != NULL && !pg->drop) {
		fds[1].fd = PQsocket(pg->conn);
		take_words(pg, &told, a); /* came along with an answer */
	}
	(void)poll(fds, 2, told.len > 0 || told.all ? 0 : timeout_ms);
	if (fds[1].revents != 0) {
		if (PQconsumeInput(pg->conn) == 0)
			rc = pg_fail(pg, NULL, "waiting", err);
		else
			take_words(pg, &told, a);
	}
	*sids = told.sids;
	*len = told.len;
	*all = told.all;
	return rc;
}
