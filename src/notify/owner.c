/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which shards are ours: as many as our part among the processes that deliver.  A shard is
 * given up only when nothing of it is flying; with the session all are lost.
 */
#include "delivery_priv.h"

#include <base/err.h>
#include <base/log.h>

#include <string.h>

static void set_owned(struct delivery *d, unsigned shard, bool owned)
{
	struct queue *q, *tmp;

	d->owned[shard] = owned;
	HASH_ITER (hh, d->queues, q, tmp) {
		if (outbox_shard(q->sid) != shard)
			continue;
		q->owned = owned;
		queue_unload(d, q, true);
		if (owned)
			queue_list(d, q);
	}
}

void owner_lose(struct delivery *d)
{
	pthread_mutex_lock(&d->lock);
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (d->owned[i])
			set_owned(d, i, false);
	pthread_mutex_unlock(&d->lock);
	d->session = 0;
}

static int join(struct delivery *d, struct err *err)
{
	if (d->session != 0)
		return 0;
	if (outbox_join(d->pg, err) < 0)
		return -1;
	d->session = outbox_session(d->pg);
	if (d->uuid[0] == '\0')
		return identity_read(d->pg, d->uuid, err);
	return 0;
}

static unsigned count_owned(const struct delivery *d)
{
	unsigned n = 0;

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		n += d->owned[i];
	return n;
}

/* Nothing under way, nothing to be told. */
static bool is_quiet(struct delivery *d, unsigned shard)
{
	struct queue *q, *tmp;

	HASH_ITER (hh, d->queues, q, tmp)
		if (outbox_shard(q->sid) == shard &&
			(q->flying > 0 || q->finished > 0 || q->sent.sent > 0))
			return false;
	return true;
}

/* Stops sending for a shard; it goes when it is quiet. */
static int release(struct delivery *d, unsigned most, struct err *err)
{
	unsigned n = count_owned(d);

	for (unsigned i = OUTBOX_SHARDS; i > 0 && n > most; i--) {
		bool quiet;

		if (!d->owned[i - 1])
			continue;
		pthread_mutex_lock(&d->lock);
		quiet = is_quiet(d, i - 1);
		if (quiet)
			set_owned(d, i - 1, false);
		pthread_mutex_unlock(&d->lock);
		if (!quiet)
			continue;
		if (outbox_release(d->pg, i - 1, err) < 0)
			return -1;
		n--;
	}
	return 0;
}

int owner_tick(struct delivery *d, struct err *err)
{
	bool owned[OUTBOX_SHARDS];
	unsigned members = 1, most, before;

	if (join(d, err) < 0 || outbox_members(d->pg, &members, err) < 0)
		return -1;
	if (outbox_session(d->pg) != d->session)
		return err_set(err, ERR_UNAVAILABLE,
			"the connection to the database is another");
	most = (OUTBOX_SHARDS + members - 1) / (members > 0 ? members : 1);
	before = count_owned(d);
	if (before > most)
		return release(d, most, err);
	memcpy(owned, d->owned, sizeof(owned));
	if (before < most && outbox_take(d->pg, owned, most, err) < 0)
		return -1;
	pthread_mutex_lock(&d->lock);
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++) {
		if (!owned[i] || d->owned[i])
			continue;
		set_owned(d, i, true);
		d->rescan = true;
	}
	pthread_mutex_unlock(&d->lock);
	if (count_owned(d) != before)
		log_info("notifications: shards=%u of %d, processes=%u", count_owned(d),
			OUTBOX_SHARDS, members);
	return 0;
}
