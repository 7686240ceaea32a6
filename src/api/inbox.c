/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /calanque/v1/inbox/{name}: a receiver inside the broker.  Whoever subscribes for the first
 * time names it as the endpoint, and looks at what arrives.
 */
#include "call.h"

#include <base/arena.h>
#include <base/clock.h>
#include <store/inbox.h>
#include <store/readers.h>

#include <inttypes.h>
#include <string.h>

/* As in URLs: letters, digits, '-', '.', '_', '~'. */
static int check_name(const char *name, struct err *err)
{
	size_t len = strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~");

	if (len > 0 && len <= 64 && name[len] == '\0')
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"'%.64s' is no name of an inbox: up to 64 letters, digits, '-', '.', '_' "
		"and '~'",
		name);
}

static const char *headers_text(const struct req *req, struct arena *a)
{
	struct jn *object = jn_object(a);

	for (size_t i = 0; i < req->headers_len; i++)
		jn_set(object, req->headers[i].name,
			jn_string_ref(a, req->headers[i].value));
	return jn_text(object, a);
}

static enum handled post_inbox(void *cookie, struct req *req, struct resp *resp)
{
	struct app *app = cookie;
	struct inbox_message m = {.at = req->now};
	struct jn_limits limits = JN_LIMITS;
	struct jn *body;
	struct pg *pg;
	int rc;

	if (check_name(req->param[0], &req->err) < 0)
		return HANDLED_ERROR;
	if (req->body_len > INBOX_BODY)
		return err_set(&req->err, ERR_TOO_LARGE,
			"an inbox takes %d bytes at most; this are %zu", INBOX_BODY,
			req->body_len);
	if (jn_parse(req->body, req->body_len, limits, &req->arena, &body, &req->err) < 0)
		return err_wrap(&req->err, "body");
	m.headers = headers_text(req, &req->arena);
	m.body = req->body;
	if (strncmp(m.body, "\xef\xbb\xbf", 3) ==
		0) /* inside of an answer it is no JSON */
		m.body += 3;
	pg = readers_take(app->readers);
	rc = inbox_put(pg, req->param[0], &m, &req->err);
	readers_put(app->readers, pg);
	resp->status = 204;
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

/* The broker reaches itself there, whatever name its clients know it by. */
static void tell_endpoint(const struct app *app, struct req *req, struct resp *resp)
{
	if (app->config.port != 0)
		resp_header(resp, "Calanque-Endpoint",
			arena_printf(&req->arena, "http://localhost:%u" INBOX_PATH "%s",
				app->config.port, req->param[0]));
}

static void write_message(struct strbuf *sb, const struct inbox_message *m)
{
	char at[CLOCK_TEXT];

	strbuf_addf(sb,
		"{\"number\":%" PRId64 ",\"at\":\"%s\",\"headers\":%s,\"body\":%s}", m->n,
		clock_format(m->at, at), m->headers, m->body);
}

static enum handled get_inbox(void *cookie, struct req *req, struct resp *resp)
{
	struct app *app = cookie;
	struct inbox_message *list;
	struct pg *pg;
	size_t len;
	int rc;

	if (check_name(req->param[0], &req->err) < 0)
		return HANDLED_ERROR;
	pg = readers_take(app->readers);
	rc = inbox_get(pg, req->param[0], req->now, &req->arena, &list, &len, &req->err);
	readers_put(app->readers, pg);
	if (rc < 0)
		return HANDLED_ERROR;
	resp->status = 200;
	resp->content_type = "application/json";
	tell_endpoint(app, req, resp);
	strbuf_addc(&resp->body, '[');
	for (size_t i = 0; i < len; i++) {
		if (i > 0)
			strbuf_addc(&resp->body, ',');
		write_message(&resp->body, &list[i]);
	}
	strbuf_addc(&resp->body, ']');
	return HANDLED;
}

static enum handled delete_inbox(void *cookie, struct req *req, struct resp *resp)
{
	struct app *app = cookie;
	struct pg *pg;
	int rc;

	if (check_name(req->param[0], &req->err) < 0)
		return HANDLED_ERROR;
	pg = readers_take(app->readers);
	rc = inbox_empty(pg, req->param[0], &req->err);
	readers_put(app->readers, pg);
	resp->status = 204;
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

static const char *const no_names[] = {NULL};

const struct route inbox_routes[] = {
	{"POST", "/calanque/v1/inbox/{name}", post_inbox, NULL, ROUTE_PLAIN, no_names},
	{"GET", "/calanque/v1/inbox/{name}", get_inbox, NULL, ROUTE_PLAIN, no_names},
	{"DELETE", "/calanque/v1/inbox/{name}", delete_inbox, NULL, ROUTE_PLAIN,
		no_names},
	{0},
};
