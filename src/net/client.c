/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One libcurl easy handle, reset before every exchange: what is kept are connections, TLS
 * sessions and resolved names.  What curl says goes to the log; the caller hears our words.
 */
#include <net/client.h>

#include <base/err.h>
#include <base/log.h>
#include <net/guard.h>

#include <assert.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct client {
	CURL *curl;
	struct client_config config;
	enum client_failure failure;
	struct strbuf *body; /* where the exchange under way writes */
	bool too_large;
	bool forbidden;
	char curl_says[CURL_ERROR_SIZE];
};

struct client *client_new(const struct client_config *config)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->config = *config;
	if (c->config.connect_ms == 0)
		c->config.connect_ms = 1500;
	if (c->config.total_ms == 0)
		c->config.total_ms = 30000;
	if (c->config.max_body == 0)
		c->config.max_body = (size_t)64 << 20;
	if (c->config.user_agent == NULL)
		c->config.user_agent = "calanque";
	c->curl = curl_easy_init();
	if (c->curl == NULL)
		abort(); /* out of memory */
	return c;
}

void client_free(struct client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	free(c);
}

static size_t take(char *data, size_t size, size_t n, void *cookie)
{
	struct client *c = cookie;
	size_t len = size * n;

	if (len > c->config.max_body - c->body->len) {
		c->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	if (len > 0)
		strbuf_add(c->body, data, len);
	return len;
}

static int progress(void *cookie, curl_off_t total, curl_off_t now, curl_off_t up_total,
	curl_off_t up_now)
{
	const struct client *c = cookie;

	return atomic_load(c->config.stop) ? 1 : 0;
}

/* Every new connection passes here, those of redirects too, with the address that the name
 * stands for. */
static curl_socket_t open_socket(
	void *cookie, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct client *c = cookie;

	if (!guard_allows(c->config.guard, &address->addr)) {
		c->forbidden = true;
		return CURL_SOCKET_BAD;
	}
	return socket(
		address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* curl would guess what "mailto:a@b" is to be, and ask a host b. */
static bool is_web_url(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0 ||
		strncasecmp(url, "https://", 8) == 0;
}

/* A proxy that the environment names is for the world outside, never for this machine. */
static bool is_local(const char *url)
{
	CURLU *u = curl_url();
	char *host = NULL;
	bool local;

	if (u == NULL)
		abort();
	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK)
		(void)curl_url_get(u, CURLUPART_HOST, &host, 0);
	local = host != NULL &&
		(strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
			strcmp(host, "[::1]") == 0);
	curl_free(host);
	curl_url_cleanup(u);
	return local;
}

static struct curl_slist *header_list(const struct client_request *request)
{
	/* curl would wait a second for "100 Continue" with large bodies */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *longer;

	for (const char *const *h = request->headers;
		list != NULL && h != NULL && *h != NULL; h++) {
		longer = curl_slist_append(list, *h);
		if (longer == NULL)
			curl_slist_free_all(list);
		list = longer;
	}
	if (list == NULL)
		abort(); /* out of memory */
	return list;
}

static void set_up(struct client *c, const struct client_request *request,
	struct curl_slist *headers)
{
	CURL *h = c->curl;

	curl_easy_reset(h);
	curl_easy_setopt(h, CURLOPT_URL, request->url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, c->config.redirects > 0 ? 1L : 0L);
	curl_easy_setopt(h, CURLOPT_MAXREDIRS, (long)c->config.redirects);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)c->config.connect_ms);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)c->config.total_ms);
	/* do not wait for a resolver that is itself waiting for a dead name server */
	curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(h, CURLOPT_USERAGENT, c->config.user_agent);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->curl_says);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	if (c->config.stop != NULL) {
		curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, progress);
		curl_easy_setopt(h, CURLOPT_XFERINFODATA, c);
		curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	}
	if (c->config.guard != NULL) {
		curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
		curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, c);
	}
	if (is_local(request->url))
		curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
	if (strcmp(request->method, "HEAD") == 0) {
		curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
	} else if (request->body != NULL) {
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, request->body);
		curl_easy_setopt(
			h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, request->method);
	} else if (strcmp(request->method, "GET") != 0) {
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, request->method);
	}
}

static enum client_failure timed_out(struct client *c)
{
	curl_off_t resolved = 0;

	(void)curl_easy_getinfo(c->curl, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
	return resolved == 0 ? CLIENT_UNKNOWN : CLIENT_TIMEOUT;
}

static enum client_failure bad_url(struct client *c)
{
	long redirects = 0;

	(void)curl_easy_getinfo(c->curl, CURLINFO_REDIRECT_COUNT, &redirects);
	return redirects > 0 ? CLIENT_REDIRECTS : CLIENT_BAD_URL;
}

static enum client_failure failure(struct client *c, CURLcode code)
{
	switch (code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return bad_url(c);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return CLIENT_UNKNOWN;
	case CURLE_COULDNT_CONNECT:
		return c->forbidden ? CLIENT_FORBIDDEN : CLIENT_REFUSED;
	case CURLE_OPERATION_TIMEDOUT:
		return timed_out(c);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return CLIENT_BROKEN;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return CLIENT_TLS;
	case CURLE_TOO_MANY_REDIRECTS:
		return CLIENT_REDIRECTS;
	case CURLE_WRITE_ERROR:
		return c->too_large ? CLIENT_TOO_LARGE : CLIENT_OTHER;
	default:
		return CLIENT_OTHER;
	}
}

static const char forbidden[] =
	"the address is not allowed (settings outbound-allow, outbound-deny)";

static int fail(struct client *c, const char *url, CURLcode code, struct err *err)
{
	static const char *const why[] = {
		[CLIENT_BAD_URL] = "it is no http or https URL",
		[CLIENT_UNKNOWN] = "the host name cannot be resolved",
		[CLIENT_REFUSED] = "the connection was refused",
		[CLIENT_FORBIDDEN] = forbidden,
		[CLIENT_TIMEOUT] = "no answer in time",
		[CLIENT_BROKEN] = "the connection broke before the answer was complete",
		[CLIENT_TLS] = "no trusted encrypted connection (check the certificate)",
		[CLIENT_REDIRECTS] =
			"it redirects too often, or to what is no http or https URL",
		[CLIENT_TOO_LARGE] = "the answer is too large",
		[CLIENT_OTHER] = "the exchange failed",
	};

	c->failure = failure(c, code);
	log_info("http exchange failed url=%.200s curl=%d says=%s", url, (int)code,
		c->curl_says[0] != '\0' ? c->curl_says : curl_easy_strerror(code));
	if (c->failure == CLIENT_TOO_LARGE)
		return err_set(err, ERR_UNAVAILABLE,
			"%.140s: the answer is larger than %zu bytes", url,
			c->config.max_body);
	return err_set(err,
		c->failure == CLIENT_BAD_URL ? ERR_BAD_REQUEST_DATA : ERR_UNAVAILABLE,
		"%.140s: %s", url, why[c->failure]);
}

int client_send(struct client *c, const struct client_request *request,
	struct client_reply *reply, struct err *err)
{
	struct curl_slist *headers;
	CURLcode code;
	long status = 0;

	assert(c->body == NULL);
	strbuf_reset(&reply->body);
	reply->status = 0;
	if (!is_web_url(request->url)) {
		c->failure = CLIENT_BAD_URL;
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%.140s: it is no http or https URL", request->url);
	}
	headers = header_list(request);
	c->body = &reply->body;
	c->too_large = c->forbidden = false;
	c->curl_says[0] = '\0';
	set_up(c, request, headers);
	code = curl_easy_perform(c->curl);
	c->body = NULL;
	/* the list must outlive the exchange only */
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return fail(c, request->url, code, err);
	c->failure = CLIENT_OK;
	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	reply->status = (int)status;
	return 0;
}

enum client_failure client_failure(const struct client *c)
{
	return c->failure;
}

const char *client_header(const struct client *c, const char *name)
{
	struct curl_header *h = NULL;

	if (curl_easy_header(c->curl, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	return h->value;
}

void client_reply_fini(struct client_reply *reply)
{
	strbuf_fini(&reply->body);
	reply->status = 0;
}
