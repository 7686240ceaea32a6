/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <base/err.h>
#include <base/strbuf.h>

#include <jansson.h>
#include <stdio.h>

/* -1 where no answer was had.  body: NULL, or JSON. */
int session_send(struct session *s, const char *method, const char *path,
	const struct strbuf *body)
{
	const char *headers[4] = {"Accept: application/json"};
	size_t n = 1;
	char url[384];
	struct client_request request = {
		.method = method,
		.url = url,
		.headers = headers,
		.body = body != NULL ? body->data : NULL,
		.body_len = body != NULL ? body->len : 0,
	};

	if (body != NULL)
		headers[n++] = "Content-Type: application/json";
	if (s->tenant[0] != '\0')
		headers[n++] = s->tenant;
	(void)snprintf(url, sizeof(url), "%s/ngsi-ld/v1/%s", s->base, path);
	err_clear(&s->err);
	return client_send(s->client, &request, &s->reply, &s->err);
}

/* POST to an operation on batches. */
int session_post(struct session *s, const char *operation, const struct strbuf *body)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "entityOperations/%s", operation);
	return session_send(s, "POST", path, body);
}

int session_unreachable(const struct session *s)
{
	(void)fprintf(stderr,
		"calanque demo: no broker answers at %s\n  (%s)\n"
		"Start one first, in another terminal: calanque serve\n"
		"or let scripts/run do everything; --base URL names another address.\n",
		s->base, s->err.detail);
	return -1;
}

/* Says what the broker did not like: its ProblemDetails, or the first element's. */
int session_refused(const struct session *s, const char *what)
{
	json_t *json = json_loadb(s->reply.body.data != NULL ? s->reply.body.data : "",
		s->reply.body.len, 0, NULL);
	json_t *first = json_array_get(json_object_get(json, "errors"), 0);
	json_t *error = first != NULL ? json_object_get(first, "error") : json;
	const char *id = json_string_value(json_object_get(first, "entityId"));
	const char *title = json_string_value(json_object_get(error, "title"));
	const char *detail = json_string_value(json_object_get(error, "detail"));

	(void)fprintf(stderr,
		"calanque demo: the broker at %s would not %s: status %d%s%s%s%s%s%s\n",
		s->base, what, s->reply.status, title != NULL ? ", " : "",
		title != NULL ? title : "", detail != NULL ? ": " : "",
		detail != NULL ? detail : "", id != NULL ? ", entity " : "",
		id != NULL ? id : "");
	if (title == NULL)
		(void)fprintf(stderr, "  Is that an NGSI-LD broker?\n");
	json_decref(json);
	return -1;
}

/* How many of a batch were not there to be deleted; -1 where something else was wrong. */
int session_missing(const struct session *s)
{
	json_t *json, *errors, *e;
	size_t i;
	int n = 0;

	if (s->reply.status == 204)
		return 0;
	json = json_loadb(s->reply.body.data != NULL ? s->reply.body.data : "",
		s->reply.body.len, 0, NULL);
	errors = json_object_get(json, "errors");
	if (s->reply.status != 207 || !json_is_array(errors))
		n = -1;
	json_array_foreach(errors, i, e)
	{
		json_t *status = json_object_get(json_object_get(e, "error"), "status");

		if (n >= 0)
			n = json_integer_value(status) == 404 ? n + 1 : -1;
	}
	json_decref(json);
	return n;
}
