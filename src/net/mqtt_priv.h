/* SPDX-License-Identifier: Apache-2.0 */
/* Between mqtt.c, which finds a server for a message, and mqtt_link.c, which speaks to it. */
#ifndef NET_MQTT_PRIV_H
#define NET_MQTT_PRIV_H

#include "sender_priv.h"

#include <pthread.h>

struct mosquitto;

/* What stands in the URL of an endpoint (7.2). */
struct mqtt_url {
	char *host, *user, *password,
		*topic; /* user, password: NULL where there is none */
	int port;
	bool tls;
};

/* NULL on success, else words about what is wrong. */
const char *mqtt_url_parse(const char *url, struct mqtt_url *out);
void mqtt_url_fini(struct mqtt_url *u);
/* The same server, user and password: one connection will do. */
bool mqtt_url_same_server(const struct mqtt_url *a, const struct mqtt_url *b);

/* A message on its way. */
struct mqtt_flight {
	struct message *message;
	char *topic;
	int64_t started;
	int mid; /* 0: not published yet */
	struct mqtt_flight *next;
};

/* One server, its connection and its thread. */
struct mqtt_link {
	const struct sender_config *config;
	struct mqtt_url url;
	unsigned version;
	pthread_t thread;
	int wake; /* eventfd */
	pthread_mutex_t *lock; /* guards head, tail, stop, over */
	struct mqtt_flight *head, **tail;
	bool stop;
	bool over; /* the thread has ended, or is about to */
	struct mqtt_link *next;

	/* the thread's own */
	struct mosquitto *mosq;
	bool connected, checked;
	const char *refused; /* why the server does not want us */
	int64_t connect_by, idle_since;
	struct mqtt_flight *flights, **last;
};

void *mqtt_link_main(void *link);

#endif
