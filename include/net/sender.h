/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends messages (notifications) to http, https, mqtt and mqtts endpoints: many at once, none
 * waits for another.  One thread has all of HTTP, over connections that are kept open; one
 * thread each server that is spoken to in MQTT.  Redirects are not followed.
 */
#ifndef NET_SENDER_H
#define NET_SENDER_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct guard;
struct sender; /* opaque */

#define MESSAGE_ERROR 160

/* One message under way.  The caller owns it, and all that it points to, until done(). */
struct message {
	const char *url;
	const char *const *headers; /* "Name: value" each, ended by NULL; of HTTP */
	const char *body;
	size_t body_len;
	unsigned timeout_ms; /* from the first byte of the name's resolution on */
	const char *ca; /* PEM: trusted instead of sender_config.ca; NULL; of HTTP */
	unsigned mqtt_version; /* 4 (3.1.1) or 5 */
	unsigned mqtt_qos;

	/* What became of it. */
	bool ok; /* an HTTP status of 2xx; MQTT: as acknowledged as its QoS wants */
	bool stopped; /* the sender is to end: nothing is known */
	int status; /* of HTTP; 0: none came */
	bool no_such_host; /* its name is not known: that does not change in a second */
	char error[MESSAGE_ERROR]; /* "" where ok */
	int64_t took; /* us */
	/* Called once, on a thread of the sender's.  Must not block. */
	void (*done)(struct message *m);
	void *cookie;
	struct message *next; /* the sender's */
};

struct sender_config {
	const struct guard *guard; /* borrowed */
	unsigned own_port; /* the broker's, whose inbox may always be called */
	const char *own_path; /* "/calanque/v1/inbox/" */
	const char *ca, *cert, *key; /* files (PEM); NULL: the system's, none */
	const char *user_agent;
};

/* Strings are borrowed.  NULL with err set. */
struct sender *sender_start(
	const struct sender_config *config, struct err *err) must_check;
/* Gives up what is under way: `stopped`. NULL is fine. */
void sender_stop(struct sender *s);
/* Any thread.  Takes a chain of messages, linked by `next`. */
void sender_submit(struct sender *s, struct message *chain);

/* "mqtt://…" or "mqtts://…"? */
bool url_is_mqtt(const char *url);

#endif
