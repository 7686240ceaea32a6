/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread around a curl multi handle (multi_loop.h).  Easy handles are kept and used again; what is kept
 * of an endpoint (connections, TLS sessions, names) is the multi handle's.
 */
#include "multi_loop.h"
#include "sender_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/mem.h>
#include <net/guard.h>

#include <assert.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SPARES      128 /* easy handles that wait for their next message */
#define CONNECTIONS 512 /* kept open */

/* One HTTP exchange. */
struct exchange {
	CURL *curl;
	struct message *message;
	struct curl_slist *headers;
	int64_t started;
	struct sender *sender;
	bool own; /* it goes to the broker's own inbox */
	bool refused; /* by the guard */
	char curl_says[CURL_ERROR_SIZE];
	struct exchange *next, **link; /* spare, or under way */
};

struct sender {
	struct sender_config config;
	struct mqtt *mqtt;
	CURLM *multi;
	struct multi_loop *loop;
	pthread_t thread;
	pthread_mutex_t lock; /* guards head, tail, stop, asleep */
	struct message *head, **tail;
	bool stop;
	bool asleep; /* the thread: it is to be woken */
	struct exchange *spare, *busy; /* the thread's */
	size_t spares;
};

bool url_is_mqtt(const char *url)
{
	return strncasecmp(url, "mqtt://", 7) == 0 ||
		strncasecmp(url, "mqtts://", 8) == 0;
}

void message_end(struct message *m, const char *error)
{
	m->ok = error == NULL;
	if (error != m->error)
		snprintf(m->error, sizeof(m->error), "%s", error != NULL ? error : "");
	m->done(m);
}

static size_t drop(char *data, size_t size, size_t n, void *cookie)
{
	return size * n;
}

static unsigned port_of(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)address)->sin_port);
	return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
}

/* Every new connection passes here, with the address that its name stands for. */
static curl_socket_t open_socket(
	void *cookie, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *x = cookie;
	const struct sender_config *config = &x->sender->config;
	int fd;

	if (!(x->own && port_of(&address->addr) == config->own_port) &&
		!guard_allows(config->guard, &address->addr)) {
		x->refused = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd >= 0)
		multi_loop_opened(x->sender->loop, fd);
	return fd;
}

/* This machine's own name, and a path of the inbox: curl resolves dots as we do here. */
static bool is_own(const struct sender_config *config, const char *url)
{
	CURLU *u;
	char *host = NULL, *path = NULL;
	bool own;

	if (config->own_path == NULL || strstr(url, config->own_path) == NULL)
		return false;
	u = curl_url();
	if (u == NULL)
		abort(); /* out of memory */
	own = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
		guard_is_loopback(host) &&
		strncmp(path, config->own_path, strlen(config->own_path)) == 0;
	curl_free(host);
	curl_free(path);
	curl_url_cleanup(u);
	return own;
}

static bool is_local(const char *url)
{
	const char *host = strstr(url, "://");

	host = host != NULL ? host + 3 : url;
	return strncasecmp(host, "localhost", 9) == 0 || strncmp(host, "127.", 4) == 0 ||
		strncmp(host, "[::1]", 5) == 0;
}

/* What holds for all that a handle sends. */
static struct exchange *exchange_new(struct sender *s)
{
	struct exchange *x = mem_alloc(sizeof(*x));
	CURL *h = curl_easy_init();

	if (h == NULL)
		abort(); /* out of memory */
	x->curl = h;
	x->sender = s;
	multi_loop_adopt(s->loop, h);
	curl_easy_setopt(h, CURLOPT_PRIVATE, x);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(h, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(h, CURLOPT_USERAGENT, s->config.user_agent);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, x->curl_says);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, x);
	if (s->config.ca != NULL)
		curl_easy_setopt(h, CURLOPT_CAINFO, s->config.ca);
	if (s->config.cert != NULL)
		curl_easy_setopt(h, CURLOPT_SSLCERT, s->config.cert);
	if (s->config.key != NULL)
		curl_easy_setopt(h, CURLOPT_SSLKEY, s->config.key);
	return x;
}

static void exchange_free(struct exchange *x)
{
	curl_easy_cleanup(x->curl);
	curl_slist_free_all(x->headers);
	free(x);
}

static void add_header(struct exchange *x, const char *header)
{
	struct curl_slist *longer = curl_slist_append(x->headers, header);

	if (longer == NULL)
		abort(); /* out of memory */
	x->headers = longer;
}

static void set_ca(struct exchange *x, const struct message *m)
{
	struct curl_blob blob = {
		.data = (void *)m->ca,
		.len = m->ca != NULL ? strlen(m->ca) : 0,
		.flags = CURL_BLOB_COPY,
	};

	curl_easy_setopt(x->curl, CURLOPT_CAINFO_BLOB, m->ca != NULL ? &blob : NULL);
}

static void begin(struct sender *s, struct message *m)
{
	struct exchange *x = s->spare;

	if (x != NULL) {
		s->spare = x->next;
		s->spares--;
	} else {
		x = exchange_new(s);
	}
	x->message = m;
	x->own = is_own(&s->config, m->url);
	x->refused = false;
	x->curl_says[0] = '\0';
	x->started = clock_monotonic();
	add_header(x, "Expect:"); /* curl would wait for "100 Continue" */
	for (const char *const *h = m->headers; h != NULL && *h != NULL; h++)
		add_header(x, *h);
	/* or others would find it open, and not be asked whether they may */
	curl_easy_setopt(x->curl, CURLOPT_FORBID_REUSE, x->own ? 1L : 0L);
	curl_easy_setopt(x->curl, CURLOPT_URL, m->url);
	curl_easy_setopt(x->curl, CURLOPT_NOPROXY, is_local(m->url) ? "*" : NULL);
	curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)m->body_len);
	curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, m->body);
	curl_easy_setopt(x->curl, CURLOPT_TIMEOUT_MS, (long)m->timeout_ms);
	curl_easy_setopt(x->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)m->timeout_ms);
	set_ca(x, m);
	x->next = s->busy;
	x->link = &s->busy;
	if (x->next != NULL)
		x->next->link = &x->next;
	s->busy = x;
	if (curl_multi_add_handle(s->multi, x->curl) != CURLM_OK)
		abort(); /* out of memory */
}

/* In TLS 1.3 that comes when all seemed agreed on, in place of the first answer; what the
 * endpoint said of it may be lost with the connection. */
static bool is_about_certificate(const struct exchange *x, CURLcode code)
{
	long made = 0, head = 0;

	if (strncasecmp(x->message->url, "https:", 6) != 0)
		return false;
	if (strstr(x->curl_says, "alert") != NULL &&
		(strstr(x->curl_says, "certificate") != NULL ||
			strstr(x->curl_says, "unknown ca") != NULL))
		return true;
	(void)curl_easy_getinfo(x->curl, CURLINFO_NUM_CONNECTS, &made);
	(void)curl_easy_getinfo(x->curl, CURLINFO_HEADER_SIZE, &head);
	return made > 0 && head == 0 &&
		(code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR);
}

/* Our words; what curl says is for the log of the delivery, too, but may name paths. */
static const char *words(struct exchange *x, CURLcode code)
{
	if (x->refused)
		return "the address is not allowed (settings outbound-allow, "
		       "outbound-deny)";
	if (is_about_certificate(x, code))
		return "it ended the encrypted connection: perhaps it wants a "
		       "certificate, or "
		       "refuses ours (settings notify-cert, notify-key)";
	switch (code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return "the endpoint is no http(s) URL";
	case CURLE_COULDNT_RESOLVE_HOST:
		return "the host name is not known";
	case CURLE_COULDNT_RESOLVE_PROXY:
		return "the host name of the proxy is not known";
	case CURLE_COULDNT_CONNECT:
		return "nobody listens there";
	case CURLE_OPERATION_TIMEDOUT:
		return "no answer in time";
	case CURLE_GOT_NOTHING:
		return "the connection was closed without an answer";
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
		return "the connection broke before the answer was complete";
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_BAD_CONTENT_ENCODING:
		return "what answered does not speak HTTP";
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		return "its certificate is not trusted, expired, or another host's";
	case CURLE_SSL_CACERT_BADFILE:
		return "the CA certificates cannot be read (setting notify-ca, or "
		       "TLS-CA)";
	case CURLE_SSL_CERTPROBLEM:
		return "our certificate cannot be used (settings notify-cert, "
		       "notify-key)";
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		return "no encrypted connection could be agreed on";
	default:
		return curl_easy_strerror(code);
	}
}

static void release(struct sender *s, struct exchange *x)
{
	curl_multi_remove_handle(s->multi, x->curl);
	*x->link = x->next;
	if (x->next != NULL)
		x->next->link = x->link;
	curl_slist_free_all(x->headers);
	x->headers = NULL;
	x->message = NULL;
	if (s->spares == SPARES) {
		exchange_free(x);
		return;
	}
	x->next = s->spare;
	s->spare = x;
	s->spares++;
}

static void finish(struct sender *s, struct exchange *x, CURLcode code)
{
	struct message *m = x->message;
	const char *error = NULL;
	long status = 0;

	(void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	m->took = clock_monotonic() - x->started;
	m->status = (int)status;
	m->no_such_host = code == CURLE_COULDNT_RESOLVE_HOST;
	if (code != CURLE_OK) {
		error = words(x, code);
	} else if (status / 100 == 3) {
		snprintf(m->error, sizeof(m->error),
			"answered %ld: redirects are not followed", status);
		error = m->error;
	} else if (status / 100 != 2) {
		snprintf(m->error, sizeof(m->error), "answered %ld", status);
		error = m->error;
	}
	release(s, x);
	message_end(m, error);
}

static void give_up(struct message *m)
{
	m->stopped = true;
	message_end(m, "the broker is stopping");
}

/* Takes what was submitted; false: it is over. */
static bool take(struct sender *s, struct message **out)
{
	bool stop;

	pthread_mutex_lock(&s->lock);
	*out = s->head;
	s->head = NULL;
	s->tail = &s->head;
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return !stop;
}

/* Waits until something happens to a connection, or is submitted. */
static void rest(struct sender *s)
{
	bool asleep;

	pthread_mutex_lock(&s->lock);
	asleep = s->asleep = s->head == NULL && !s->stop;
	pthread_mutex_unlock(&s->lock);
	if (!asleep)
		return;
	multi_loop_wait(s->loop);
	pthread_mutex_lock(&s->lock);
	s->asleep = false;
	pthread_mutex_unlock(&s->lock);
}

static void begin_all(struct sender *s, struct message *m)
{
	struct message *next;

	for (; m != NULL; m = next) {
		next = m->next;
		m->next = NULL; /* it may come again, alone */
		if (url_is_mqtt(m->url))
			mqtt_submit(s->mqtt, m);
		else
			begin(s, m);
	}
}

static void finish_all(struct sender *s)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(s->multi, &left)) != NULL) {
		CURLcode code = msg->data.result;
		struct exchange *x = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &x);
		finish(s, x, code);
	}
}

static void *sender_main(void *arg)
{
	struct sender *s = arg;
	struct message *chain, *next;

	while (take(s, &chain)) {
		begin_all(s, chain);
		multi_loop_turn(s->loop);
		finish_all(s);
		rest(s);
		finish_all(s);
	}
	for (; chain != NULL; chain = next) {
		next = chain->next;
		give_up(chain);
	}
	while (s->busy != NULL) {
		chain = s->busy->message;
		release(s, s->busy);
		give_up(chain);
	}
	return NULL;
}

void sender_submit(struct sender *s, struct message *chain)
{
	struct message **last = &chain;
	bool asleep;

	for (; *last != NULL; last = &(*last)->next) {
		(*last)->ok = (*last)->stopped = false;
		(*last)->status = 0;
		(*last)->no_such_host = false;
		(*last)->error[0] = '\0';
	}
	if (chain == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	*s->tail = chain;
	s->tail = last;
	asleep = s->asleep;
	s->asleep = false;
	pthread_mutex_unlock(&s->lock);
	if (asleep)
		multi_loop_wake(s->loop);
}

struct sender *sender_start(const struct sender_config *config, struct err *err)
{
	struct sender *s = mem_alloc(sizeof(*s));

	assert(config->guard != NULL);
	s->config = *config;
	s->tail = &s->head;
	pthread_mutex_init(&s->lock, NULL);
	s->multi = curl_multi_init();
	if (s->multi == NULL)
		abort(); /* out of memory */
	s->loop = multi_loop_new(s->multi);
	curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS);
	s->mqtt = mqtt_start(&s->config);
	if (pthread_create(&s->thread, NULL, sender_main, s) == 0) {
		(void)pthread_setname_np(s->thread, "sender");
		return s;
	}
	s->thread = 0;
	sender_stop(s);
	(void)err_set(err, ERR_INTERNAL, "cannot start the thread that sends");
	return NULL;
}

void sender_stop(struct sender *s)
{
	struct exchange *x;

	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	multi_loop_wake(s->loop);
	if (s->thread != 0)
		pthread_join(s->thread, NULL);
	mqtt_stop(s->mqtt);
	while ((x = s->spare) != NULL) {
		s->spare = x->next;
		exchange_free(x);
	}
	curl_multi_cleanup(s->multi);
	multi_loop_free(s->loop);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
