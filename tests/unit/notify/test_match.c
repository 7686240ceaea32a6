/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The matcher against its meaning: whatever the index finds is what judging each
 * subscription finds, for random subscriptions and changes, through updates.
 */
#include <notify/match.h>

#include <base/map.h>
#include <core/changes.h>
#include <store/lane.h>

#include "../core/subscription_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <suite.h>

#define COUNT 400

static uint64_t state = 88172645463325252u;

static unsigned pick(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % n;
}

static const char *const types[] = {"$A", "$B", "*", "($A;$B)", "$A|$C", "$C"};
static const char *const ids[] = {"", ",'id':'urn:thing:zone-1:7'",
	",'id':['urn:thing:zone-2:8','urn:thing:zone-1:9']",
	",'idPattern':'^urn:thing:zone-1:.*'", ",'idPattern':'zone-[23]:7'",
	",'idPattern':'(thing|zone)-1'", ",'idPattern':'[^8]:7'",
	",'idPattern':'zone-2:?8'", ",'idPattern':'[[:alpha:]]+:zone-1'",
	",'idPattern':'urn:thingy?:zone'"};
static const char *const watched[] = {"", "'watchedAttributes':['$p'],",
	"'watchedAttributes':['$q','$l'],", "'watchedAttributes':['~location'],"};
static const char *const filters[] = {"", "", "'q':'p>2',", "'q':'p<=2;q',",
	"'q':'p==3|q',", "'q':'p==3,4',", "'q':'q==\\\"x\\\"',", "'q':'r==urn:o',",
	"'q':'p==2..3;r',", "'q':'p!=3',", "'q':'l[en]==\\\"hi\\\"',", "'scopeQ':'/a/#',",
	"'geoQ':{'georel':'near;maxDistance==2000','geometry':'Point','coordinates':"
	"[5,43]},",
	"'geoQ':{'georel':'within','geometry':'Polygon','coordinates':[[[4.9,42.9],"
	"[5.1,42.9],[5.1,43.1],[4.9,43.1],[4.9,42.9]]]},",
	"'geoQ':{'georel':'disjoint','geometry':'Point','coordinates':[5,43]},",
	"'geoQ':{'georel':'intersects','geometry':'Point','coordinates':'[5.02,43]',"
	"'geoproperty':'~place'},"};
static const char *const triggers[] = {"", "", "'notificationTrigger':['entityCreated'],",
	"'notificationTrigger':['entityDeleted','attributeDeleted'],",
	"'notificationTrigger':['entityUpdated'],", "'isActive':false,",
	"'timeInterval':5,"};
#define ANY(list) list[pick(sizeof(list) / sizeof((list)[0]))]

static const struct subscription *random_subscription(int64_t sid)
{
	auto_arena a = {0};
	const char *w = ANY(watched), *t = ANY(triggers);
	struct subscription *s;

	if (strstr(t, "timeInterval") != NULL)
		w = "";
	s = case_subscription(arena_printf(&a,
				      "'entities':[{'type':'%s'%s},{'type':'$D'}],"
				      "%s%s%s",
				      ANY(types), ANY(ids), w, ANY(filters), t),
		"", "");
	s->sid = sid;
	s->tenant = 1 + (int)pick(2);
	return s;
}

static const char *random_entity(const char *id, struct arena *a)
{
	static const char *const kinds[] = {"'$A'", "'$B'", "'$A','$B'", "'$C'", "'$E'"};
	static const char *const p[] = {"", ",'$p':{'type':'Property','value':2,@@}",
		",'$p':{'type':'Property','value':3,@@}",
		",'$p':{'type':'Property','value':[3,9],@@}",
		",'$p':{'type':'Property','value':'2',@@}",
		(",'$p':[{'type':'Property','value':1,@@},{'type':'Property','value':4,"
		 "'datasetId':'urn:d',@@}]")};
	static const char *const q[] = {"", ",'$q':{'type':'Property','value':'x',@@}",
		",'$q':{'type':'VocabProperty','vocab':'$x',@@}"};
	static const char *const r[] = {"",
		",'$r':{'type':'Relationship','object':['urn:o','urn:p'],@@}",
		",'$r':{'type':'Relationship','object':'URN:o',@@}"};
	static const char *const l[] = {"",
		",'$l':{'type':'LanguageProperty','languageMap':{'en':'hi','fr':'yo'},@@"
		"}"};
	static const char *const g[] = {"",
		",'~location':{'type':'GeoProperty','value':{'type':'Point','coordinates'"
		":"
		"[5.01,43]},@@}",
		",'~location':{'type':'GeoProperty','value':{'type':'LineString',"
		"'coordinates':[[1,43],[9,43]]},@@}",
		",'~place':{'type':'GeoProperty','value':{'type':'Point','coordinates':"
		"[5.02,43]},@@}"};
	static const char *const scope[] = {"", "'scope':['/a/b'],"};

	return arena_printf(a, "{'id':'%s','type':[%s],%s@@%s%s%s%s%s}", id, ANY(kinds),
		ANY(scope), ANY(p), ANY(q), ANY(r), ANY(l), ANY(g));
}

static struct entity_change random_change(struct arena *a)
{
	static const char *const all[] = {"urn:thing:zone-1:7", "urn:thing:zone-2:8",
		"urn:thing:zone-3:7", "urn:thing:zone-1:9", "urn:thin", "urn:x:zone-1"};
	const char *id = ANY(all);
	unsigned what = pick(6);
	struct entity_change c = {.tenant = 1 + (int)pick(2), .id = id, .now = NOW};

	if (what != 0)
		c.before = case_json(random_entity(id, a), a);
	if (what != 1)
		c.after = case_json(random_entity(id, a), a);
	c.changes = changes_between(c.before, c.after, a);
	return c;
}

struct world {
	const struct subscription *list[COUNT + 1]; /* by sid; NULL: there is none */
};

static void count(void *cookie, const struct subscription *s)
{
	++*(size_t *)cookie;
}

static unsigned compare(
	const struct world *w, const struct matcher *m, const struct entity_change *c)
{
	const struct match_options options = {0};
	const struct subscription *const *found;
	auto_arena a = {0};
	size_t n = match_find(m, c, &options, &a, &found), at = 0;

	for (int64_t sid = 1; sid <= COUNT; sid++) {
		const struct subscription *s = w->list[sid];
		const struct judged j = {.id = c->id,
			.before = c->before,
			.after = c->after,
			.changes = c->changes,
			.now = c->now};

		if (s == NULL || s->tenant != c->tenant ||
			subscription_judge(s, &j, NULL, &a) != GATES)
			continue;
		ck_assert_msg(at < n && found[at] == s, "missed %s\nfor %s", s->text,
			jn_text(c->after != NULL ? c->after : c->before, &a));
		at++;
	}
	ck_assert_uint_eq(at, n);
	return (unsigned)n;
}

static struct matcher *change_some(struct world *w, struct matcher *m)
{
	const struct subscription *list[8];
	int64_t gone[4];
	size_t n = 0, gone_n = 0;
	struct matcher *newer;

	for (size_t k = pick(8); k > 0; k--) {
		int64_t sid = 8 * (1 + pick(COUNT / 8 - 1)) + (int64_t)k;

		list[n] = random_subscription(sid);
		subscription_unref(w->list[sid]);
		w->list[sid] = subscription_ref(list[n++]);
	}
	for (size_t k = pick(4); k > 0; k--) {
		int64_t sid = 1 + pick(COUNT);
		bool listed = false;

		for (size_t i = 0; i < n; i++)
			listed |= list[i]->sid == sid;
		if (listed) /* an update has a sid once */
			continue;
		gone[gone_n++] = sid;
		subscription_unref(w->list[sid]);
		w->list[sid] = NULL;
	}
	newer = match_update(m, list, n, gone, gone_n);
	for (size_t i = 0; i < n; i++)
		subscription_unref(list[i]);
	match_unref(m);
	return newer;
}

START_TEST(finds_what_judging_finds)
{
	struct world w = {{0}};
	const struct subscription *first[COUNT / 2];
	struct matcher *m;
	unsigned found = 0;

	for (int64_t i = 0; i < COUNT / 2; i++)
		w.list[i + 1] = first[i] = random_subscription(i + 1);
	m = match_build(first, COUNT / 2);
	for (int round = 0; round < 200; round++) {
		size_t len = 0, alive = 0;

		for (int k = 0; k < 20; k++) {
			auto_arena a = {0};
			struct entity_change c = random_change(&a);

			found += compare(&w, m, &c);
		}
		m = change_some(&w, m);
		for (int64_t sid = 1; sid <= COUNT; sid++) {
			ck_assert_ptr_eq(match_get(m, sid), w.list[sid]);
			len += w.list[sid] != NULL;
		}
		match_each(m, count, &alive);
		ck_assert_uint_eq(match_len(m), len);
		ck_assert_uint_eq(alive, len);
	}
	ck_assert_msg(found > 2000, "only %u matches were tried", found);
	match_unref(m);
	for (int64_t sid = 1; sid <= COUNT; sid++)
		subscription_unref(w.list[sid]);
}
END_TEST

START_TEST(nothing_in_it)
{
	auto_arena a = {0};
	struct matcher *m = match_build(NULL, 0);
	struct world w = {{0}};
	struct entity_change c = random_change(&a);

	ck_assert_uint_eq(match_len(m), 0);
	ck_assert_uint_eq(compare(&w, m, &c), 0);
	match_unref(m);
	match_unref(NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("match");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, finds_what_judging_finds);
	tcase_add_test(tc, nothing_in_it);
	return suite_run("match", tc);
}
