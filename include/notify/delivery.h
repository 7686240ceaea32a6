/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications: what lanes tell of changes (the listener), and the delivery of what is in
 * the outbox, by a thread of its own and the sender's (net/sender.h).
 *
 * Every subscription has a queue.  What is in it goes out in the order of the changes of
 * each entity, several entities at a time; a failure holds its own queue only, for a time
 * that doubles, and an endpoint that cannot be reached holds the queues that go there.
 */
#ifndef NOTIFY_DELIVERY_H
#define NOTIFY_DELIVERY_H

#include <base/attr.h>
#include <net/sender.h>
#include <store/outbox.h>

#include <stdbool.h>
#include <stdint.h>

struct book;
struct delivery; /* opaque */
struct entity_index;
struct err;
struct change_listener;
struct pg_config;
struct recent;

struct delivery_config {
	const struct pg_config *pg;
	struct book *book; /* the subscriptions */
	struct sender_config sender;
	const struct entity_index *index; /* periodic subscriptions query with it */
	unsigned page; /* entities of a periodic notification, at most */
	struct recent *recent; /* told of every change while somebody subscribes; NULL */
	unsigned timeout_ms; /* of endpoints that name none */
	unsigned parallel; /* notifications of a subscription under way at once */
	unsigned retry_ms,
		retry_max_ms; /* the first and the longest pause after failures */
	struct outbox_limits limits;
};

/* NULL with err set. */
struct delivery *delivery_start(
	const struct delivery_config *config, struct err *err) must_check;
/* Tells the outbox what was delivered, and ends.  After the lanes.  NULL is fine. */
void delivery_stop(struct delivery *d);
/* For lanes_config; lives as long as the delivery. */
const struct change_listener *delivery_listener(struct delivery *d);
/* Something was made due beside the lanes (a resend), or a subscription changed: look. */
void delivery_wake(struct delivery *d, int64_t sid);

/* What is known of the queue of one subscription. */
struct delivery_state {
	unsigned failures; /* in a row */
	bool open; /* its endpoint does not answer: one notification tries whether it is back */
	int64_t next_try; /* wall clock; 0: at once, or nothing waits */
};
/* false: it has no queue here; another process delivers for it, or nothing was due. */
bool delivery_peek(
	struct delivery *d, int64_t sid, struct delivery_state *out) must_check;
/* Waits until the attempts that ended are counted in the database, at most for `ms`; false:
 * there was nothing to wait for. */
bool delivery_settle(struct delivery *d, int64_t sid, unsigned ms);

/* The id of the notification of one change to one subscription: always the same. */
#define NOTIFICATION_ID 96
void notification_id(
	const char *uuid, int64_t sid, int64_t event, char buf[NOTIFICATION_ID]);
/* The numbers in such an id; false: it is none of this database. */
bool notification_id_parse(
	const char *uuid, const char *text, int64_t *sid, int64_t *event);

#endif
