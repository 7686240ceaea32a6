/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MQTT endpoints (7.2): a link (a thread and a connection) for each server, user and version;
 * it ends when nothing was sent for a while.
 */
#include "mqtt_priv.h"

#include <base/clock.h>
#include <base/mem.h>

#include <curl/curl.h>
#include <mosquitto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mqtt {
	const struct sender_config *config;
	pthread_mutex_t lock; /* guards links and what mqtt_priv.h says */
	struct mqtt_link *links;
};

static char *part(CURLU *u, CURLUPart which)
{
	char *text = NULL, *copy;

	if (curl_url_get(u, which, &text, CURLU_URLDECODE) != CURLUE_OK)
		return NULL;
	copy = mem_strdup(text);
	curl_free(text);
	return copy;
}

/* [::1] loses its brackets. */
static void strip(char *host)
{
	size_t len = host != NULL ? strlen(host) : 0;

	if (len > 2 && host[0] == '[') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	}
}

const char *mqtt_url_parse(const char *url, struct mqtt_url *out)
{
	CURLU *u = curl_url();
	char *path, *port;
	CURLUcode rc;

	if (u == NULL)
		abort(); /* out of memory */
	*out = (struct mqtt_url){.tls = strncasecmp(url, "mqtts:", 6) == 0};
	rc = curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
	if (rc != CURLUE_OK) {
		curl_url_cleanup(u);
		return "the endpoint is no mqtt(s) URL";
	}
	out->host = part(u, CURLUPART_HOST);
	strip(out->host);
	out->user = part(u, CURLUPART_USER);
	out->password = part(u, CURLUPART_PASSWORD);
	port = part(u, CURLUPART_PORT);
	out->port = port != NULL ? atoi(port) : out->tls ? 8883 : 1883;
	free(port);
	path = part(u, CURLUPART_PATH);
	if (path != NULL && path[0] == '/' && path[1] != '\0')
		out->topic = mem_strdup(path + 1);
	free(path);
	curl_url_cleanup(u);
	if (out->host == NULL || out->host[0] == '\0')
		return "the mqtt(s) URL names no host";
	if (out->topic == NULL ||
		mosquitto_pub_topic_check(out->topic) != MOSQ_ERR_SUCCESS)
		return "the mqtt(s) URL names no topic, or one with '#' or '+'";
	return NULL;
}

void mqtt_url_fini(struct mqtt_url *u)
{
	free(u->host);
	free(u->user);
	free(u->password);
	free(u->topic);
	*u = (struct mqtt_url){0};
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool mqtt_url_same_server(const struct mqtt_url *a, const struct mqtt_url *b)
{
	return a->tls == b->tls && a->port == b->port && same(a->host, b->host) &&
		same(a->user, b->user) && same(a->password, b->password);
}

static void link_free(struct mqtt_link *l)
{
	mqtt_url_fini(&l->url);
	close(l->wake);
	free(l);
}

/* Joins the threads that have ended by themselves; with the lock. */
static void sweep(struct mqtt *mq)
{
	struct mqtt_link **p = &mq->links, *l;

	while ((l = *p) != NULL) {
		if (!l->over) {
			p = &l->next;
			continue;
		}
		*p = l->next;
		pthread_join(l->thread, NULL);
		link_free(l);
	}
}

static void enqueue(struct mqtt_link *l, struct message *m, char *topic)
{
	struct mqtt_flight *f = mem_alloc(sizeof(*f));

	f->message = m;
	f->topic = topic;
	f->started = clock_monotonic();
	*l->tail = f;
	l->tail = &f->next;
	(void)eventfd_write(l->wake, 1);
}

static struct mqtt_link *link_new(struct mqtt *mq, struct mqtt_url *url, unsigned version)
{
	struct mqtt_link *l = mem_alloc(sizeof(*l));

	l->config = mq->config;
	l->url = *url;
	l->url.topic = NULL;
	*url = (struct mqtt_url){.topic = url->topic};
	l->version = version;
	l->lock = &mq->lock;
	l->tail = &l->head;
	l->last = &l->flights;
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake < 0)
		abort(); /* no descriptor left */
	return l;
}

/* The link for a message, which may be new; with the lock.  NULL: no thread could start. */
static struct mqtt_link *find(struct mqtt *mq, struct mqtt_url *url, unsigned version)
{
	struct mqtt_link *l = mq->links;

	while (l != NULL &&
		!(l->version == version && mqtt_url_same_server(&l->url, url)))
		l = l->next;
	if (l != NULL)
		return l;
	l = link_new(mq, url, version);
	if (pthread_create(&l->thread, NULL, mqtt_link_main, l) != 0) {
		link_free(l);
		return NULL;
	}
	l->next = mq->links;
	mq->links = l;
	return l;
}

void mqtt_submit(struct mqtt *mq, struct message *m)
{
	const char *wrong;
	struct mqtt_url url;
	struct mqtt_link *l = NULL;

	wrong = mqtt_url_parse(m->url, &url);
	if (wrong == NULL) {
		pthread_mutex_lock(&mq->lock);
		sweep(mq);
		l = find(mq, &url, m->mqtt_version);
		if (l != NULL) {
			enqueue(l, m, url.topic);
			url.topic = NULL;
		} else {
			wrong = "no thread could be started for it";
		}
		pthread_mutex_unlock(&mq->lock);
	}
	mqtt_url_fini(&url);
	if (wrong != NULL)
		message_end(m, wrong);
}

struct mqtt *mqtt_start(const struct sender_config *config)
{
	struct mqtt *mq = mem_alloc(sizeof(*mq));

	mosquitto_lib_init();
	mq->config = config;
	pthread_mutex_init(&mq->lock, NULL);
	return mq;
}

void mqtt_stop(struct mqtt *mq)
{
	struct mqtt_link *l;

	pthread_mutex_lock(&mq->lock);
	for (l = mq->links; l != NULL; l = l->next) {
		l->stop = true;
		(void)eventfd_write(l->wake, 1);
	}
	pthread_mutex_unlock(&mq->lock);
	while ((l = mq->links) != NULL) {
		mq->links = l->next;
		pthread_join(l->thread, NULL);
		link_free(l);
	}
	pthread_mutex_destroy(&mq->lock);
	free(mq);
	mosquitto_lib_cleanup();
}
