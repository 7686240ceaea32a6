/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sensor has said in the week before: one EntityTemporal (5.2.20), an observation an
 * hour.  Made of what city_measures() says at each of them.
 */
#include <demo/city.h>

#include <base/arena.h>
#include <base/clock.h>
#include <base/jn.h>
#include <base/strbuf.h>

#include <assert.h>
#include <string.h>

#define HOUR       INT64_C(3600000000)
#define WEEK_HOURS (7 * 24)
#define ATTRIBUTES 16

/* The instances of one attribute, as they are collected. */
struct series {
	char name[32];
	struct strbuf instances;
};

static struct strbuf *series_of(struct series *list, const struct jn *member)
{
	size_t i = 0;

	while (list[i].name[0] != '\0' && !jn_key_is(member, list[i].name))
		i++;
	assert(i < ATTRIBUTES && member->key_len < sizeof(list[i].name));
	memcpy(list[i].name, member->key, member->key_len);
	return &list[i].instances;
}

/* What was observed, and nothing else: the rest of an entity is not of a moment. */
static void add_moment(struct series *list, const struct strbuf *entity)
{
	auto_arena arena = {0};
	struct jn *json = jn_parse_trusted(entity->data, entity->len, &arena);

	assert(json != NULL);
	jn_each (member, json) {
		struct strbuf *sb;

		if (!jn_is(member, JN_OBJECT) || jn_get(member, "observedAt") == NULL)
			continue;
		sb = series_of(list, member);
		strbuf_addc(sb, sb->len == 0 ? '[' : ',');
		jn_write(sb, member);
	}
}

void city_week(struct strbuf *sb, uint64_t seed, size_t index, int64_t now)
{
	struct series list[ATTRIBUTES + 1] = {0};
	int64_t last = 0, current = city_last_report(seed, index, now);
	auto_strbuf entity = {0};
	char id[CITY_ID];
	const char *type;

	for (int hour = WEEK_HOURS; hour > 0; hour--) {
		int64_t at = city_last_report(seed, index, now - hour * HOUR);

		if (at <= last || at >= current)
			continue;
		last = at;
		strbuf_reset(&entity);
		city_measures(&entity, seed, index, at);
		add_moment(list, &entity);
	}
	city_id(index, id);
	type = id + strlen("urn:ngsi-ld:");
	strbuf_addf(sb, "{\"id\":\"%s\",\"type\":\"%.*s\"", id, (int)strcspn(type, ":"),
		type);
	for (struct series *s = list; s->name[0] != '\0'; s++) {
		strbuf_addf(sb, ",\"%s\":%s]", s->name, s->instances.data);
		strbuf_fini(&s->instances);
	}
	strbuf_addc(sb, '}');
}
