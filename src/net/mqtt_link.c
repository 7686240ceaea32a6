/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread of one MQTT server: connects when there is something to send, publishes, and
 * tells each message's fate when the server has acknowledged it as its QoS wants.  A
 * connection that fails takes the messages under way with it; whoever sent them tries again.
 */
#include "mqtt_priv.h"

#include <base/clock.h>
#include <base/log.h>
#include <net/guard.h>

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define IDLE            (INT64_C(60) * 1000000)
#define CONNECTING      (INT64_C(10) * 1000000)
#define CONNECTING_TICK 10000 /* us between looks at it, meanwhile */
#define KEEPALIVE       30 /* s */

static const char not_allowed[] =
	"the address is not allowed (settings outbound-allow, outbound-deny)";

/* Takes the flight out of the list and tells its fate. */
static void land(struct mqtt_link *l, struct mqtt_flight **p, const char *error)
{
	struct mqtt_flight *f = *p;
	struct message *m = f->message;

	*p = f->next;
	if (l->last == &f->next)
		l->last = p;
	m->took = clock_monotonic() - f->started;
	free(f->topic);
	free(f);
	l->idle_since = clock_monotonic();
	message_end(m, error);
}

static void hang_up(struct mqtt_link *l, const char *why)
{
	if (l->mosq != NULL) {
		if (l->connected)
			(void)mosquitto_disconnect(l->mosq);
		mosquitto_destroy(l->mosq);
	}
	l->mosq = NULL;
	l->connected = l->checked = false;
	while (l->flights != NULL)
		land(l, &l->flights, why);
}

static void on_connect(struct mosquitto *mosq, void *self, int rc, int flags,
	const mosquitto_property *properties)
{
	struct mqtt_link *l = self;

	l->connected = rc == 0;
	if (rc == 0)
		return;
	l->refused = l->version == 5 ? mosquitto_reason_string(rc)
				     : mosquitto_connack_string(rc);
}

static void on_publish(struct mosquitto *mosq, void *self, int mid, int reason,
	const mosquitto_property *properties)
{
	struct mqtt_link *l = self;

	for (struct mqtt_flight **p = &l->flights; *p != NULL; p = &(*p)->next) {
		if ((*p)->mid != mid)
			continue;
		land(l, p, reason >= 0x80 ? mosquitto_reason_string(reason) : NULL);
		return;
	}
}

/* All addresses of the name must be allowed; NULL: they are. */
static const char *check_name(const struct mqtt_link *l)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	const char *wrong = NULL;

	if (getaddrinfo(l->url.host, NULL, &hints, &list) != 0)
		return "the host name is not known";
	for (struct addrinfo *a = list; a != NULL; a = a->ai_next)
		if (!guard_allows(l->config->guard, a->ai_addr))
			wrong = not_allowed;
	freeaddrinfo(list);
	return wrong;
}

/* The name may stand for something else by now: before anything is sent. */
static bool check_peer(struct mqtt_link *l)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	if (l->checked ||
		getpeername(mosquitto_socket(l->mosq), (struct sockaddr *)&peer, &len) <
			0)
		return true; /* no connection: the loop will find out why */
	l->checked = true;
	return guard_allows(l->config->guard, (struct sockaddr *)&peer);
}

static int set_tls(struct mqtt_link *l)
{
	const struct sender_config *c = l->config;

	return mosquitto_tls_set(l->mosq, c->ca, c->ca == NULL ? "/etc/ssl/certs" : NULL,
		c->cert, c->key, NULL);
}

static const char *dial(struct mqtt_link *l)
{
	const char *wrong = check_name(l);
	int rc;

	if (wrong != NULL)
		return wrong;
	l->mosq = mosquitto_new(NULL, true, l);
	if (l->mosq == NULL)
		abort(); /* out of memory */
	l->refused = NULL;
	l->connect_by = clock_monotonic() + CONNECTING;
	mosquitto_int_option(l->mosq, MOSQ_OPT_PROTOCOL_VERSION,
		l->version == 5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
	mosquitto_int_option(l->mosq, MOSQ_OPT_TCP_NODELAY, 1);
	mosquitto_connect_v5_callback_set(l->mosq, on_connect);
	mosquitto_publish_v5_callback_set(l->mosq, on_publish);
	if (l->url.user != NULL &&
		mosquitto_username_pw_set(l->mosq, l->url.user, l->url.password) != 0)
		return "the user name or password is not UTF-8";
	if (l->url.tls && set_tls(l) != MOSQ_ERR_SUCCESS)
		return "the certificates cannot be used (settings notify-ca, "
		       "notify-cert, "
		       "notify-key)";
	rc = mosquitto_connect_async(l->mosq, l->url.host, l->url.port, KEEPALIVE);
	if (rc == MOSQ_ERR_SUCCESS)
		return NULL;
	return rc == MOSQ_ERR_TLS ? "no encrypted connection could be agreed on"
				  : "nobody listens there";
}

static void publish(struct mqtt_link *l)
{
	struct mqtt_flight **p = &l->flights;

	while (*p != NULL) {
		struct mqtt_flight *f = *p;
		const struct message *m = f->message;
		int rc = MOSQ_ERR_SUCCESS;

		if (f->mid == 0)
			rc = mosquitto_publish_v5(l->mosq, &f->mid, f->topic,
				(int)m->body_len, m->body, (int)m->mqtt_qos, false, NULL);
		if (*p != f)
			continue; /* of QoS 0: has landed */
		if (rc != MOSQ_ERR_SUCCESS)
			land(l, p, mosquitto_strerror(rc));
		else
			p = &f->next;
	}
}

/* With the lock. */
static void take(struct mqtt_link *l)
{
	if (l->head == NULL)
		return;
	*l->last = l->head;
	l->last = l->tail;
	l->head = NULL;
	l->tail = &l->head;
}

/* The moment the oldest message, or the connection, is given up. */
static int64_t next_deadline(const struct mqtt_link *l, int64_t now)
{
	int64_t first = now + 1000000;

	for (const struct mqtt_flight *f = l->flights; f != NULL; f = f->next) {
		int64_t at = f->started + f->message->timeout_ms * INT64_C(1000);

		if (at < first)
			first = at;
	}
	return first;
}

/* What is late takes the connection with it: an acknowledgement that comes after all would
 * be taken for another message's. */
static void expire(struct mqtt_link *l)
{
	int64_t now = clock_monotonic();

	if (l->mosq != NULL && !l->connected && now > l->connect_by)
		hang_up(l, "no connection in time");
	else if (l->flights != NULL && next_deadline(l, now) <= now)
		hang_up(l, "no answer in time");
}

static void wait_for_work(struct mqtt_link *l)
{
	struct pollfd fd[2] = {{.fd = l->wake, .events = POLLIN}, {.fd = -1}};
	int64_t now = clock_monotonic(), left = next_deadline(l, now) - now;
	eventfd_t woken;

	/* libmosquitto does not tell that the connection is still to be made: what follows
	 * when it is there must not wait for something to read */
	if (l->mosq != NULL && !l->connected && left > CONNECTING_TICK)
		left = CONNECTING_TICK;
	if (l->mosq != NULL) {
		fd[1].fd = mosquitto_socket(l->mosq);
		fd[1].events = POLLIN;
		if (mosquitto_want_write(l->mosq))
			fd[1].events |= POLLOUT;
	}
	(void)poll(fd, 2, left > 0 ? (int)(left / 1000) + 1 : 0);
	(void)eventfd_read(l->wake, &woken);
}

/* One turn of the connection. */
static void turn(struct mqtt_link *l)
{
	const char *wrong = NULL;
	int rc;

	if (l->mosq == NULL && l->flights != NULL)
		wrong = dial(l);
	if (l->mosq == NULL || wrong != NULL) {
		if (wrong != NULL)
			hang_up(l, wrong);
		return;
	}
	if (!check_peer(l)) {
		hang_up(l, not_allowed);
		return;
	}
	rc = mosquitto_loop(l->mosq, 0, 1);
	if (rc == MOSQ_ERR_SUCCESS && l->connected)
		publish(l); /* what cannot be written at once makes the socket wanted */
	if (l->refused != NULL)
		hang_up(l, l->refused);
	else if (rc == MOSQ_ERR_TLS)
		hang_up(l,
			"no encrypted connection: its certificate is not trusted, or "
			"it speaks no TLS");
	else if (rc != MOSQ_ERR_SUCCESS)
		hang_up(l,
			l->connected ? "the connection broke" : "nobody listens there");
}

/* Takes what is new.  Once it is over the lock is not taken any more: whoever joins the
 * thread may hold it. */
static bool take_or_end(struct mqtt_link *l)
{
	bool idle = clock_monotonic() - l->idle_since > IDLE, over;

	pthread_mutex_lock(l->lock);
	take(l);
	over = l->stop || (idle && l->flights == NULL);
	l->over = over;
	pthread_mutex_unlock(l->lock);
	return !over;
}

void *mqtt_link_main(void *arg)
{
	struct mqtt_link *l = arg;

	l->idle_since = clock_monotonic();
	while (take_or_end(l)) {
		turn(l);
		expire(l);
		wait_for_work(l);
	}
	for (struct mqtt_flight *f = l->flights; f != NULL; f = f->next)
		f->message->stopped = true;
	hang_up(l, "the broker is stopping");
	return NULL;
}
