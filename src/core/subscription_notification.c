/* SPDX-License-Identifier: Apache-2.0 */
/* NotificationParams and Endpoint, 5.2.14, 5.2.15. */
#include "subscription_priv.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <base/strbuf.h>
#include <core/context.h>

#include <string.h>
#include <strings.h>

#define WHERE    "/notification"
#define ENDPOINT WHERE "/endpoint"

/* A day; what is longer is a slip of units. */
#define MAX_MS 86400000.0

static bool has_scheme(const char *uri, const char *scheme)
{
	size_t len = strlen(scheme);

	return strncasecmp(uri, scheme, len) == 0 && strncmp(uri + len, "://", 3) == 0;
}

static int check_uri(struct reader *r, const char *uri)
{
	bool mqtt = has_scheme(uri, "mqtt") || has_scheme(uri, "mqtts");
	const char *host;

	if (!iri_is_absolute(uri, strlen(uri)))
		return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
			ENDPOINT "/uri: '%.100s' is no URI", uri);
	if (!mqtt && !has_scheme(uri, "http") && !has_scheme(uri, "https"))
		return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
			ENDPOINT "/uri: '%.100s' cannot be notified; use http, https, "
				 "mqtt or mqtts",
			uri);
	host = strstr(uri, "://") + 3;
	if (*host == '\0' || *host == '/' || *host == ':')
		return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
			ENDPOINT "/uri: '%.100s' names no host", uri);
	host = strchr(host, '/');
	if (mqtt && (host == NULL || host[1] == '\0'))
		return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
			ENDPOINT "/uri: an MQTT endpoint ends with the topic, "
				 "mqtt://host/topic");
	return 0;
}

static int check_notifier(struct reader *r, const struct endpoint *e)
{
	if (!has_scheme(e->uri, "mqtt") && !has_scheme(e->uri, "mqtts"))
		return 0;
	for (size_t i = 0; i < e->notifier_info_len; i++) {
		const struct key_value *kv = &e->notifier_info[i];

		if (strcasecmp(kv->key, "MQTT-Version") == 0 &&
			strcasecmp(kv->value, "mqtt3.1.1") != 0 &&
			strcasecmp(kv->value, "mqtt5.0") != 0)
			return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
				ENDPOINT "/notifierInfo: MQTT-Version '%.40s' is neither "
					 "mqtt3.1.1 nor mqtt5.0",
				kv->value);
		if (strcasecmp(kv->key, "MQTT-QoS") == 0 &&
			(strlen(kv->value) != 1 || *kv->value < '0' || *kv->value > '2'))
			return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
				ENDPOINT
				"/notifierInfo: MQTT-QoS '%.40s' is none of 0, 1 "
				"and 2",
				kv->value);
	}
	return 0;
}

static int read_accept(struct reader *r, const struct jn *v, struct endpoint *e)
{
	static const char *const types[] = {
		"application/json", "application/ld+json", "application/geo+json"};
	const char *accept = types[0];

	if (members_text(&r->m, v, ENDPOINT, "accept", &accept) < 0)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (strcasecmp(accept, types[i]) == 0) {
			e->accept = types[i];
			return 0;
		}
	}
	return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
		ENDPOINT "/accept: '%.60s' is none of application/json, "
			 "application/ld+json and application/geo+json",
		accept);
}

static int read_endpoint(struct reader *r, const struct jn *v, struct endpoint *e)
{
	static const char *const known[] = {"uri", "accept", "timeout", "cooldown",
		"receiverInfo", "notifierInfo", NULL};
	int64_t timeout = 0, cooldown = 0;

	if (!jn_is(v, JN_OBJECT))
		return members_bad(&r->m, WHERE, "endpoint",
			"a subscription needs an endpoint, {\"uri\": \"http://…\"}");
	if (members_check(&r->m, v, ENDPOINT, known) < 0 ||
		members_text(&r->m, v, ENDPOINT, "uri", &e->uri) < 0)
		return -1;
	if (e->uri == NULL)
		return members_bad(&r->m, ENDPOINT, "uri",
			"is missing; name where notifications are sent");
	if (check_uri(r, e->uri) < 0 || read_accept(r, v, e) < 0 ||
		members_positive(&r->m, v, ENDPOINT, "timeout", 1, MAX_MS, &timeout) <
			0 ||
		members_positive(&r->m, v, ENDPOINT, "cooldown", 1, MAX_MS, &cooldown) <
			0 ||
		members_pairs(&r->m, v, ENDPOINT, "receiverInfo", &e->receiver_info,
			&e->receiver_info_len) < 0 ||
		members_pairs(&r->m, v, ENDPOINT, "notifierInfo", &e->notifier_info,
			&e->notifier_info_len) < 0)
		return -1;
	e->timeout_ms = (unsigned)timeout;
	e->cooldown_ms = (unsigned)cooldown;
	return check_notifier(r, e);
}

static int read_format(struct reader *r, const struct jn *v)
{
	static const struct {
		const char *word;
		enum format format;
	} formats[] = {
		{"normalized", FORMAT_NORMALIZED},
		{"concise", FORMAT_CONCISE},
		{"simplified", FORMAT_SIMPLIFIED},
		{"keyValues", FORMAT_SIMPLIFIED},
	};
	const char *word = NULL;

	if (members_text(&r->m, v, WHERE, "format", &word) < 0)
		return -1;
	if (word == NULL)
		return 0;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(word, formats[i].word) == 0) {
			r->s->format = formats[i].format;
			return 0;
		}
	}
	return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
		WHERE "/format: '%.40s' is none of normalized, concise and simplified",
		word);
}

static int read_join(struct reader *r, const struct jn *v)
{
	const struct jn *level = jn_get(v, "joinLevel");
	const char *join = "@none";
	double n = jn_number(level);

	if (members_text(&r->m, v, WHERE, "join", &join) < 0)
		return -1;
	r->s->join_inline = strcmp(join, "inline") == 0;
	r->s->join_flat = strcmp(join, "flat") == 0;
	if (!r->s->join_inline && !r->s->join_flat && strcmp(join, "@none") != 0)
		return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
			WHERE "/join: '%.40s' is none of flat, inline and @none", join);
	if (level != NULL &&
		(!jn_is(level, JN_NUMBER) || n < 1 || n > 16 || n != (unsigned)n))
		return members_bad(&r->m, WHERE, "joinLevel",
			"expected a whole number from 1 to 16");
	r->s->join_level = level != NULL ? (unsigned)n : 1;
	return 0;
}

/* The items of an array as one list of names. */
static int read_names(struct reader *r, const struct jn *v, const char *name,
	const struct context *core, const struct pick_list **out)
{
	unsigned levels = r->s->join_inline || r->s->join_flat ? r->s->join_level : 0;
	const char *const *items = NULL;
	const char *text = NULL;
	size_t len = 0;

	if (members_texts(&r->m, v, WHERE, name, &items, &len) < 0)
		return -1;
	for (size_t i = 0; i < len; i++)
		text = text == NULL ? items[i]
				    : arena_printf(r->m.scratch, "%s,%s", text, items[i]);
	if (text != NULL &&
		pick_parse(text, name, core, levels, r->m.a, out, r->m.err) < 0)
		return err_wrap(r->m.err, WHERE "/%s", name);
	return 0;
}

/* What is deprecated does not go with what replaces it; nothing is wanted and unwanted. */
static int check_projection(struct reader *r)
{
	const struct projection *p = &r->s->projection;

	if (p->attrs != NULL && (p->pick != NULL || p->omit != NULL))
		return members_bad(&r->m, WHERE, "attributes",
			"does not go with pick or omit; use pick instead");
	for (size_t i = 0; p->attrs != NULL && i < p->attrs->len; i++)
		if (memchr(p->attrs->items[i].name, ':', p->attrs->items[i].len) == NULL)
			return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
				WHERE "/attributes: %s is no attribute; use pick",
				p->attrs->items[i].name);
	for (size_t i = 0; p->pick != NULL && i < p->pick->len; i++) {
		const struct pick_item *item = &p->pick->items[i];

		if (item->nested == NULL && pick_find(p->omit, item->name, item->len))
			return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
				WHERE "/pick and " WHERE "/omit both name %s",
				item->name);
	}
	return 0;
}

static int read_projection(struct reader *r, const struct jn *v)
{
	struct projection *p = &r->s->projection;
	struct context *core = context_core();
	const struct jn *attributes = jn_get(v, "attributes");
	bool none = jn_is(attributes, JN_ARRAY) && attributes->count == 0; /* T15 */
	int rc = 0;

	if (!none)
		rc = read_names(r, v, "attributes", core, &p->attrs);
	if (rc == 0)
		rc = read_names(r, v, "pick", core, &p->pick);
	if (rc == 0)
		rc = read_names(r, v, "omit", core, &p->omit);
	context_unref(core);
	return rc < 0 ? -1 : check_projection(r);
}

int read_notification(struct reader *r, const struct jn *doc)
{
	static const char *const known[] = {"attributes", "pick", "omit", "format",
		"endpoint", "join", "joinLevel", "sysAttrs", "showChanges", NULL};
	const struct jn *v = jn_get(doc, "notification");

	if (!jn_is(v, JN_OBJECT))
		return members_bad(&r->m, "", "notification",
			"a subscription needs a notification with an endpoint, "
			"{\"endpoint\": {\"uri\": \"http://…\"}}");
	if (members_check(&r->m, v, WHERE, known) < 0 || read_format(r, v) < 0 ||
		read_join(r, v) < 0 || read_projection(r, v) < 0 ||
		members_flag(&r->m, v, WHERE, "sysAttrs", &r->s->sys_attrs) < 0 ||
		members_flag(&r->m, v, WHERE, "showChanges", &r->s->show_changes) < 0)
		return -1;
	if (r->s->show_changes && r->s->format == FORMAT_SIMPLIFIED)
		return members_bad(&r->m, WHERE, "showChanges",
			"the simplified format has no room for previous values; use "
			"normalized or concise");
	return read_endpoint(r, jn_get(v, "endpoint"), &r->s->endpoint);
}
