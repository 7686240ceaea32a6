/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How leniency is noticed.  microhttpd 0.9.75 parses the head in place: it puts NULs where
 * a space, a colon, CR and LF were, and hands out pointers into its buffer.  So in a head
 * that is as it should be each part begins exactly where the one before it ends, and all
 * together are as long as the size microhttpd counted.  A bare LF, a folded line, a second
 * space or a NUL breaks the chain, which is all that is looked at: nothing but the strings
 * that were handed out is read.  Should another version lay its memory out differently,
 * every request is refused and the first test fails.
 */
#include "head.h"

#include <base/err.h>
#include <base/iri.h>

#include "exchange.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct chain {
	const char *base; /* the method: where the head begins */
	size_t size;
	size_t at; /* where the next header must begin */
	struct header *headers;
	size_t len, room;
	bool broken;
};

/* tchar, RFC 9110 5.6.2 */
static bool is_token(const char *s)
{
	static const char more[] = "!#$%&'*+-.^_`|~";

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		char c = *s | 0x20;

		if (!(c >= 'a' && c <= 'z') && !(*s >= '0' && *s <= '9') &&
			strchr(more, *s) == NULL)
			return false;
	}
	return true;
}

static bool has_control(const char *s)
{
	for (; *s != '\0'; s++) {
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return true;
	}
	return false;
}

void head_line(struct exchange *x, const char *target)
{
	x->line = target;
	x->line_len = strlen(target);
	x->req.target = arena_strndup(&x->req.arena, target, x->line_len);
}

/* Where p lies in the head; `size` and more: elsewhere. */
static size_t offset(const struct chain *ch, const char *p)
{
	return (size_t)((uintptr_t)p - (uintptr_t)ch->base);
}

static enum MHD_Result link_header(
	void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct chain *ch = cls;
	size_t colon;

	if (name == NULL || value == NULL || ch->len == ch->room ||
		offset(ch, name) != ch->at) {
		ch->broken = true;
		return MHD_NO;
	}
	colon = ch->at + strlen(name);
	if (offset(ch, value) <= colon || offset(ch, value) >= ch->size) {
		ch->broken = true;
		return MHD_NO;
	}
	ch->headers[ch->len++] = (struct header){name, value};
	ch->at = offset(ch, value) + strlen(value) + 2;
	return MHD_YES;
}

/* Checks that the parts lie as they should, and gathers the headers. */
static int follow(struct exchange *x, struct MHD_Connection *m, struct chain *ch,
	const char *version, struct err *err)
{
	size_t target = strlen(ch->base) + 1;
	int n = MHD_get_connection_values(m, MHD_HEADER_KIND, NULL, NULL);

	ch->room = n > 0 ? (size_t)n : 0;
	ch->headers = arena_array(&x->req.arena, struct header, ch->room + 1);
	ch->at = target + x->line_len + 1;
	if (x->line == NULL || offset(ch, x->line) != target ||
		offset(ch, version) != ch->at)
		return err_set(err, ERR_INVALID_REQUEST,
			"the request line is malformed; expected one space between "
			"method, "
			"target and version");
	ch->at += strlen(version) + 2;
	(void)MHD_get_connection_values(m, MHD_HEADER_KIND, link_header, ch);
	if (ch->broken || ch->len != ch->room || ch->at + 2 != ch->size)
		return err_set(err, ERR_INVALID_REQUEST,
			"the headers are malformed; each must be one line, 'Name: "
			"value', "
			"that ends with CR LF");
	return 0;
}

/* The headers over a copy of the head: microhttpd's own is gone when the exchange is
 * lent and the connection breaks. */
static int copy_headers(struct exchange *x, struct chain *ch, struct err *err)
{
	char *copy = arena_strndup(&x->req.arena, ch->base, ch->size);

	x->req.method = copy;
	if (!is_token(copy))
		return err_set(err, ERR_INVALID_REQUEST, "the method is not a token");
	for (size_t i = 0; i < ch->len; i++) {
		struct header *h = &ch->headers[i];
		char *value = copy + offset(ch, h->value), *end = strchr(value, '\0');

		h->name = copy + offset(ch, h->name);
		while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
			*--end = '\0';
		h->value = value;
		if (!is_token(h->name))
			return err_set(err, ERR_INVALID_REQUEST,
				"the header name '%.40s' is not a token", h->name);
		if (has_control(value))
			return err_set(err, ERR_INVALID_REQUEST,
				"the header %.40s holds a control character", h->name);
	}
	x->req.headers = ch->headers;
	x->req.headers_len = ch->len;
	return 0;
}

int head_target(struct exchange *x, struct err *err)
{
	struct req *req = &x->req;
	const char *path = req->target, *query;

	for (const char *p = path; *p != '\0'; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return err_set(err, ERR_INVALID_REQUEST,
				"the request target holds a space or control character; "
				"percent-encode it");
		if (*p == '#')
			return err_set(err, ERR_INVALID_REQUEST,
				"the request target holds a '#'; percent-encode it");
	}
	/* RFC 9112 3.2.2: the absolute form must be understood. */
	if (strncasecmp(path, "http://", 7) == 0 ||
		strncasecmp(path, "https://", 8) == 0) {
		path = strchr(path, ':') + 3;
		path += strcspn(path, "/?");
	}
	query = strchr(path, '?');
	req->query = query != NULL ? query + 1 : "";
	req->path = query == NULL
		? path
		: arena_strndup(&req->arena, path, (size_t)(query - path));
	if (req->path[0] == '\0' && path != req->target)
		req->path = "/";
	if (req->path[0] != '/' && strcmp(req->path, "*") != 0)
		return err_set(err, ERR_INVALID_REQUEST,
			"the request target must begin with '/'");
	return 0;
}

struct framing {
	unsigned hosts, lengths, codings;
	const char *host, *length, *coding;
};

static struct framing find_framing(const struct req *req)
{
	struct framing f = {0};

	for (size_t i = 0; i < req->headers_len; i++) {
		const struct header *h = &req->headers[i];

		if (strcasecmp(h->name, "Host") == 0) {
			f.hosts++;
			f.host = h->value;
		} else if (strcasecmp(h->name, "Content-Length") == 0) {
			f.lengths++;
			f.length = h->value;
		} else if (strcasecmp(h->name, "Transfer-Encoding") == 0) {
			f.codings++;
			f.coding = h->value;
		}
	}
	return f;
}

/* RFC 9112 3.2, 6.1, 6.3: what decides where a request ends must be said once, and so that
 * every server on the way understands the same. */
static int check_framing(
	struct exchange *x, bool http11, size_t max_body, struct err *err)
{
	struct framing f = find_framing(&x->req);

	if (f.hosts > 1 || (f.hosts == 0 && http11))
		return err_set(err, ERR_INVALID_REQUEST, "%s Host header",
			f.hosts == 0 ? "HTTP/1.1 needs a" : "there is more than one");
	if (f.hosts == 1 && !iri_is_authority(f.host, strlen(f.host)))
		return err_set(err, ERR_INVALID_REQUEST, "Host: '%.60s' is no host name",
			f.host);
	if (f.lengths > 1)
		return err_set(err, ERR_INVALID_REQUEST,
			"there is more than one Content-Length");
	if (f.codings > 0 && f.lengths > 0)
		return err_set(err, ERR_INVALID_REQUEST,
			"Content-Length and Transfer-Encoding exclude each other");
	if (f.codings > 0 &&
		(!http11 || f.codings > 1 || strcasecmp(f.coding, "chunked") != 0))
		return err_set(err, ERR_INVALID_REQUEST,
			"Transfer-Encoding: only 'chunked' is understood, in HTTP/1.1");
	if (f.lengths > 0 && f.length[strspn(f.length, "0123456789")] != '\0')
		return err_set(
			err, ERR_INVALID_REQUEST, "Content-Length is not a number");
	x->framed = f.lengths > 0 || f.codings > 0;
	if (f.lengths > 0 && strtoumax(f.length, NULL, 10) > max_body)
		return err_set(err, ERR_TOO_LARGE,
			"the body has %.20s bytes; at most %zu are taken", f.length,
			max_body);
	return 0;
}

int head_read(struct exchange *x, struct MHD_Connection *m, const char *method,
	const char *version, const struct head_limits *limits, struct err *err)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(m, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct chain ch = {.base = method};

	ch.size = info != NULL ? info->header_size : 0;
	if (x->line_len > limits->head)
		return err_set(err, ERR_URI_TOO_LONG,
			"the request target has %zu bytes; at most %zu are taken",
			x->line_len, limits->head);
	if (ch.size > limits->head)
		return err_set(err, ERR_HEADERS_TOO_LARGE,
			"request line and headers have %zu bytes; at most %zu are taken",
			ch.size, limits->head);
	if (follow(x, m, &ch, version, err) < 0 || copy_headers(x, &ch, err) < 0 ||
		head_target(x, err) < 0)
		return -1;
	return check_framing(x, strcmp(version, "HTTP/1.0") != 0, limits->body, err);
}
