/* SPDX-License-Identifier: Apache-2.0 */
/* From what the outbox holds of a change to the message that goes out. */
#include "delivery_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/log.h>
#include <base/map.h>
#include <base/mem.h>
#include <core/notification.h>
#include <notify/event.h>
#include <store/entities.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST 512 /* bytes: there may be many thousand items */

void notification_id(
	const char *uuid, int64_t sid, int64_t event, char buf[NOTIFICATION_ID])
{
	snprintf(buf, NOTIFICATION_ID,
		"urn:ngsi-ld:Notification:%.8s-%" PRIx64 "-%" PRIx64, uuid, (uint64_t)sid,
		(uint64_t)event);
}

bool notification_id_parse(
	const char *uuid, const char *text, int64_t *sid, int64_t *event)
{
	static const char prefix[] = "urn:ngsi-ld:Notification:";
	size_t len = sizeof(prefix) - 1;
	char *end;

	if (strncmp(text, prefix, len) != 0 || strncmp(text + len, uuid, 8) != 0 ||
		text[len + 8] != '-')
		return false;
	*sid = strtoll(text + len + 9, &end, 16);
	if (*end != '-' || *sid <= 0)
		return false;
	*event = strtoll(end + 1, &end, 16);
	return *end == '\0' && *event > 0;
}

const struct jn *links_get(void *self, const char *id, size_t len)
{
	struct links *l = self;
	struct entity_key key = {l->tenant, arena_strndup(l->arena, id, len)};
	auto_entity_page page = {0};
	struct err err = {0};

	if (entities_get(l->pg, &key, 1, l->now, l->arena, &page, &err) < 0 ||
		page.docs[0].text == NULL)
		return NULL;
	return jn_parse_trusted(
		arena_strndup(l->arena, page.docs[0].text, page.docs[0].len),
		page.docs[0].len, l->arena);
}

/* Those of events that tell for the same reason. */
static const struct jn *join_sources(
	const struct event *events, size_t len, struct arena *a)
{
	struct jn *all;

	if (len == 1 || events[len - 1].sources == NULL)
		return events[len - 1].sources;
	all = jn_array(a);
	for (size_t i = 0; i < len; i++)
		jn_each (it, events[i].sources)
			jn_append(all, jn_share(a, it));
	return all;
}

/* All entities, or all sources, of all events in one list. */
static void gather(const struct outbox_event *events, size_t len, struct arena *a,
	struct notification *out)
{
	struct event *read = arena_array(a, struct event, len);
	struct notified *all;
	size_t total = 0, n = 0;

	for (size_t i = 0; i < len; i++) {
		if (events[i].body == NULL ||
			event_read(events[i].body, events[i].body_len, events[i].at, a,
				&read[i]) < 0)
			read[i] = (struct event){0};
		total += read[i].len;
	}
	all = arena_array(a, struct notified, total + 1);
	for (size_t i = 0; i < len; i++)
		for (size_t j = 0; j < read[i].len; j++)
			all[n++] = read[i].entities[j];
	out->entities = all;
	out->entities_len = total;
	out->sources = join_sources(read, len, a);
	out->trigger = read[len - 1].trigger;
}

static const char *notifier_info(const struct endpoint *e, const char *key)
{
	for (size_t i = 0; i < e->notifier_info_len; i++)
		if (strcasecmp(e->notifier_info[i].key, key) == 0)
			return e->notifier_info[i].value;
	return NULL;
}

/* A header that could end the line would be more than a header. */
static bool is_clean(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static void set_headers(struct item *it, const struct key_value *pairs, size_t len)
{
	struct arena *a = &it->arena;
	const char **headers = arena_array(a, const char *, len + 2);
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (is_clean(pairs[i].key) && is_clean(pairs[i].value))
			headers[n++] =
				arena_printf(a, "%s: %s", pairs[i].key, pairs[i].value);
	headers[n++] = arena_printf(a, "Calanque-Sequence: %" PRId64, it->number);
	it->message.headers = headers;
}

static void add_member(struct strbuf *sb, const char *key, const char *value)
{
	strbuf_addc(sb, sb->data[sb->len - 1] == '{' ? ' ' : ',');
	jn_write_string(sb, key, strlen(key));
	strbuf_addc(sb, ':');
	jn_write_string(sb, value, strlen(value));
}

/* 7.2: {"metadata": {…}, "body": …} */
static void begin_mqtt(struct item *it, struct strbuf *body,
	const struct subscription *sub, const struct key_value *pairs, size_t len)
{
	const char *version = notifier_info(&sub->endpoint, "MQTT-Version");
	const char *qos = notifier_info(&sub->endpoint, "MQTT-QoS");

	it->message.mqtt_version =
		version != NULL && strcmp(version, "mqtt3.1.1") == 0 ? 4 : 5;
	it->message.mqtt_qos = qos != NULL ? (unsigned)atoi(qos) % 3 : 0;
	strbuf_adds(body, "{\"metadata\":{");
	for (size_t i = 0; i < len; i++)
		add_member(body, pairs[i].key, pairs[i].value);
	add_member(body, "Calanque-Sequence",
		arena_printf(&it->arena, "%" PRId64, it->number));
	strbuf_adds(body, "},\"body\":");
}

static void write_message(struct item *it, struct delivery *d,
	const struct subscription *sub, const struct outbox_event *events, size_t len,
	struct arena *a)
{
	const struct outbox_event *last = &events[len - 1];
	struct links links = {d->pg, a, sub->tenant, clock_now()};
	struct q_linked linked = {links_get, &links};
	const struct key_value *pairs;
	char id[NOTIFICATION_ID];
	struct notification n = {.subscription = sub, .id = id, .at = links.now};
	struct err err = {0};
	size_t pairs_len;
	bool mqtt = url_is_mqtt(sub->endpoint.uri);

	strbuf_reset(&d->text);
	notification_id(d->uuid, sub->sid, last->event, id);
	if (delivery_tenant(d, sub->tenant, &n.tenant, &err) < 0)
		log_warn("a notification names no tenant: %s", err.detail);
	gather(events, len, a, &n);
	n.linked = notification_joins(sub) ? &linked : NULL;
	pairs_len = notification_headers(&n, a, &pairs);
	if (mqtt)
		begin_mqtt(it, &d->text, sub, pairs, pairs_len);
	else
		set_headers(it, pairs, pairs_len);
	notification_body(&d->text, &n, a);
	if (mqtt)
		strbuf_addc(&d->text, '}');
	it->message.body = arena_strndup(&it->arena, d->text.data, d->text.len);
	it->message.body_len = d->text.len;
}

/* A certificate in PEM: its base64 text stands in one line, without the lines around it. */
static const char *pem(const char *base64, struct arena *a)
{
	auto_strbuf sb = {0};
	size_t len = base64 != NULL ? strlen(base64) : 0;

	if (len == 0)
		return NULL;
	strbuf_adds(&sb, "-----BEGIN CERTIFICATE-----\n");
	for (size_t i = 0; i < len; i += 64)
		strbuf_addf(&sb, "%.64s\n", base64 + i);
	strbuf_adds(&sb, "-----END CERTIFICATE-----\n");
	return arena_strndup(a, sb.data, sb.len);
}

/* Several entities: they wait for all before them. */
static uint64_t entity_of(const struct outbox_event *events, size_t len)
{
	uint64_t hash;

	if (len != 1 || events[0].id == NULL || events[0].id[0] == '\0')
		return 0;
	hash = map_hash(events[0].id, strlen(events[0].id));
	return hash != 0 ? hash : 1;
}

struct item *item_new(struct delivery *d, const struct subscription *sub,
	const struct outbox_event *events, size_t len, int64_t number)
{
	struct item *it = mem_alloc(sizeof(*it));
	auto_arena a = {0};

	it->arena.first = FIRST;
	it->delivery = d;
	it->event = events[len - 1].event;
	it->number = number;
	it->entity = entity_of(events, len);
	it->merged_len = len - 1;
	it->merged = arena_array(&it->arena, int64_t, len);
	for (size_t i = 0; i + 1 < len; i++)
		it->merged[i] = events[i].event;
	if (events[len - 1].body == NULL) {
		it->state = ITEM_DEAD;
		it->reason = "what it tells of is not stored any more";
		return it;
	}
	write_message(it, d, sub, events, len, &a);
	it->message.url = arena_strdup(&it->arena, sub->endpoint.uri);
	it->message.timeout_ms = sub->endpoint.timeout_ms > 0 ? sub->endpoint.timeout_ms
							      : d->config.timeout_ms;
	it->message.ca = pem(notifier_info(&sub->endpoint, "TLS-CA"), &it->arena);
	it->message.done = item_done;
	it->message.cookie = it;
	return it;
}

void item_free(struct item *it)
{
	arena_reset(&it->arena);
	free(it);
}
