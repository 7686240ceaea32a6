/* SPDX-License-Identifier: Apache-2.0 */
/* The gates of a subscription, one by one, and what they say (5.2.12, 5.8.6). */
#include <core/judge.h>

#include <core/changes.h>
#include <core/q.h>

#include "subscription_case.h"

#include <suite.h>

#define DOC                                                                              \
	"{'id':'urn:e','type':['$T','$U'],'scope':['/a/b'],@@,"                          \
	"'$p':{'type':'Property','value':0.79,@@},"                                      \
	"'~location':{'type':'GeoProperty','value':{'type':'Point','coordinates':"       \
	"[5,43]},@@}}"
#define P "{'$p':{'type':'Property','value':0.79}}"
#define Q "{'$p':{'type':'Property','value':0.9}}"
#define N "{'$n':{'type':'Property','value':1}}"
#define S "'entities':[{'type':'$T'}],"

static const struct {
	const char *members;
	struct op op;
	const char *doc;
	enum gate fails; /* GATES: it is notified */
	const char *why; /* of the gate that fails; NULL: not looked at */
} rows[] = {
	{S, {.kind = OP_UPDATE}, Q, GATES, NULL},
	{S "'isActive':false,", {.kind = OP_UPDATE}, Q, GATE_STATUS,
		"it is paused: isActive is false"},
	{S "'expiresAt':'2025-01-31T23:59:59Z',", {.kind = OP_UPDATE}, Q, GATE_EXPIRY,
		"expiresAt is 2025-01-31T23:59:59Z, the change was after it"},
	{S "'expiresAt':'2025-02-01T00:00:00.1Z',", {.kind = OP_UPDATE}, Q, GATES, NULL},
	/* entities */
	{"'entities':[{'type':'*','id':'urn:x'}],", {.kind = OP_UPDATE}, Q, GATE_ID,
		"the id urn:e fits no selector of entities: [{'type':'*','id':'urn:x'}]"},
	{"'entities':[{'type':'*','id':['urn:x','urn:e'],'idPattern':'x'}],",
		{.kind = OP_UPDATE}, Q, GATES, NULL},
	{"'entities':[{'type':'*','idPattern':'^urn:f'}],", {.kind = OP_UPDATE}, Q,
		GATE_ID, NULL},
	{"'entities':[{'type':'*','idPattern':'^urn:[ef]'}],", {.kind = OP_UPDATE}, Q,
		GATES, NULL},
	{"'entities':[{'type':'$V'}],", {.kind = OP_UPDATE}, Q, GATE_TYPE,
		"the type T, U fits no selector of entities: [{'type':'$V'}]"},
	{"'entities':[{'type':'($T;$V)|$U'}],", {.kind = OP_UPDATE}, Q, GATES, NULL},
	{"'entities':[{'type':'$T','id':'urn:x'},{'type':'$V','id':'urn:e'}],",
		{.kind = OP_UPDATE}, Q, GATE_TYPE, NULL},
	{"'watchedAttributes':['$p'],", {.kind = OP_UPDATE}, Q, GATES, NULL},
	/* what happened */
	{S, {.kind = OP_DELETE_ATTR, .attr = "$p"}, NULL, GATE_TRIGGER,
		"what happened: attributeDeleted p; notificationTrigger: "
		"['attributeCreated','attributeUpdated'] (the default)"},
	{S "'notificationTrigger':['attributeDeleted'],",
		{.kind = OP_DELETE_ATTR, .attr = "$p"}, NULL, GATES, NULL},
	{S "'notificationTrigger':['entityUpdated'],",
		{.kind = OP_DELETE_ATTR, .attr = "$p"}, NULL, GATES, NULL},
	{S "'notificationTrigger':['attributeCreated'],", {.kind = OP_UPDATE}, Q,
		GATE_TRIGGER, NULL},
	{S "'notificationTrigger':['attributeCreated'],", {.kind = OP_UPDATE}, N, GATES,
		NULL},
	{S, {.kind = OP_DELETE}, NULL, GATE_TRIGGER, NULL},
	{S "'notificationTrigger':['entityDeleted'],", {.kind = OP_DELETE}, NULL, GATES,
		NULL},
	{S "'notificationTrigger':['entityDeleted'],'watchedAttributes':['$n'],",
		{.kind = OP_DELETE}, NULL, GATE_WATCHED,
		"what happened: entityDeleted; watched: n"},
	{S "'notificationTrigger':['attributeDeleted'],'watchedAttributes':['$p'],",
		{.kind = OP_DELETE}, NULL, GATES, NULL},
	{S "'notificationTrigger':['entityCreated'],", {.kind = OP_UPDATE}, Q,
		GATE_TRIGGER, NULL},
	{S "'timeInterval':5,", {.kind = OP_UPDATE}, Q, GATE_TRIGGER,
		"with timeInterval it is notified every 5 s, not when something changes"},
	/* what is watched, and changed */
	{S, {.kind = OP_UPDATE}, P, GATE_WATCHED,
		"what happened: attributeUpdated p (to the value it had); watched: all "
		"attributes"},
	{S "'watchedAttributes':['$p'],", {.kind = OP_UPDATE}, N, GATE_WATCHED,
		"what happened: attributeCreated n; watched: p"},
	{S "'watchedAttributes':['$n','$p'],", {.kind = OP_UPDATE}, N, GATES, NULL},
	/* filters */
	{S "'scopeQ':'/a/#',", {.kind = OP_UPDATE}, Q, GATES, NULL},
	{S "'scopeQ':'/b',", {.kind = OP_UPDATE}, Q, GATE_SCOPE,
		"scopeQ false: ['/a/b'] does not fit /b"},
	{S "'q':'p>0.8',", {.kind = OP_UPDATE}, Q, GATES, NULL},
	/* sent as a URL would hold it */
	{S "'q':'n==\\\"a%20b\\\"',", {.kind = OP_UPDATE},
		"{'$n':{'type':'Property','value':'a b'}}", GATES, NULL},
	{S "'q':'n==\\\"a b%20c\\\"',", {.kind = OP_UPDATE},
		"{'$n':{'type':'Property','value':'a b%20c'}}", GATES, NULL},
	{S "'q':'p>0.9',", {.kind = OP_UPDATE}, Q, GATE_Q,
		"q false: p is 0.9, not > 0.9"},
	{S "'q':'p>0.8;n',", {.kind = OP_UPDATE}, Q, GATE_Q, "q false: n is not there"},
	{S "'q':'(p<0.8|n==1);p',", {.kind = OP_UPDATE}, Q, GATE_Q,
		"q false: p is 0.9, not < 0.8; n is not there, not == 1"},
	{S "'q':'p==1..2',", {.kind = OP_UPDATE}, Q, GATE_Q,
		"q false: p is 0.9, not == 1..2"},
	{S "'q':'modifiedAt<2020-01-01T00:00:00Z',", {.kind = OP_UPDATE}, Q, GATE_Q,
		"q false: modifiedAt is '2025-02-01T00:00:00Z', not < "
		"2020-01-01T00:00:00Z"},
	{S "'q':'p>0.78','notificationTrigger':['entityDeleted'],", {.kind = OP_DELETE},
		NULL, GATES, NULL},
	{S "'geoQ':{'georel':'near;maxDistance==1000','geometry':'Point','coordinates':"
	   "[5.001,43]},",
		{.kind = OP_UPDATE}, Q, GATES, NULL},
	{S "'geoQ':{'georel':'near;maxDistance==10','geometry':'Point','coordinates':"
	   "[5.001,43]},",
		{.kind = OP_UPDATE}, Q, GATE_GEO,
		"geoQ false: location is {'type':'Point','coordinates':[5,43]}; geoQ: "
		"{'georel':'near;maxDistance==10','geometry':'Point','coordinates':"
		"[5.001,43]}"},
};

START_TEST(judges)
{
	auto_arena a = {.cap = 1 << 20};
	const struct jn *before = case_json(DOC, &a);
	struct outcome out = case_apply(rows[_i].op, before, rows[_i].doc, &a);
	struct subscription *s = case_subscription(rows[_i].members, "", "");
	struct judged j = {.id = "urn:e",
		.before = before,
		.after = out.entity,
		.changes = out.changes,
		.now = NOW};
	struct gate_result trace[GATES];
	enum gate fails = subscription_judge(s, &j, NULL, &a);

	ck_assert_msg(
		fails == rows[_i].fails, "%s: %s", rows[_i].members, gate_name(fails));
	ck_assert_int_eq(subscription_judge(s, &j, trace, &a), fails);
	for (enum gate g = GATE_STATUS; g < GATES; g++) {
		ck_assert_msg(trace[g].passed || g >= fails, "%s", gate_name(g));
		ck_assert_ptr_nonnull(trace[g].why);
	}
	if (rows[_i].why != NULL)
		ck_assert_str_eq(trace[fails].why, case_text(rows[_i].why, &a));
	/* what is told by the documents alone is judged alike */
	j.changes = changes_between(before, out.entity, &a);
	ck_assert_int_eq(subscription_judge(s, &j, NULL, &a), fails);
	subscription_unref(s);
}
END_TEST

START_TEST(throttles)
{
	auto_arena a = {.cap = 1 << 20};
	const struct jn *before = case_json(DOC, &a);
	struct outcome out = case_apply((struct op){.kind = OP_UPDATE}, before, Q, &a);
	struct subscription *s = case_subscription(S "'throttling':0.5,", "", "");
	struct judged j = {.id = "urn:e",
		.before = before,
		.after = out.entity,
		.changes = out.changes,
		.now = NOW};
	struct gate_result trace[GATES];

	ck_assert_int_eq(subscription_judge(s, &j, NULL, &a), GATES);
	j.last = NOW - 500000;
	ck_assert_int_eq(subscription_judge(s, &j, NULL, &a), GATES);
	j.last = NOW - 499000;
	ck_assert_int_eq(subscription_judge(s, &j, trace, &a), GATE_THROTTLING);
	ck_assert_str_eq(trace[GATE_THROTTLING].why,
		"0.499 s after the last notification; throttling: 0.5 s");
	subscription_unref(s);
}
END_TEST

/* Entity creation: entityCreated, and attributeCreated of each (5.8.6). */
START_TEST(creation)
{
	static const struct {
		const char *members;
		enum gate fails;
	} cases[] = {
		{S, GATES},
		{S "'notificationTrigger':['entityCreated'],", GATES},
		{S "'notificationTrigger':['attributeUpdated'],", GATE_TRIGGER},
		{S "'notificationTrigger':['entityCreated'],'watchedAttributes':['$p'],",
			GATES},
		{S "'notificationTrigger':['entityCreated'],'watchedAttributes':['$n'],",
			GATE_WATCHED},
	};
	auto_arena a = {.cap = 1 << 20};
	struct outcome out = case_apply((struct op){.kind = OP_CREATE}, NULL,
		"{'id':'urn:e','type':['$T'],'$p':{'type':'Property','value':1}}", &a);
	const struct judged j = {
		.id = "urn:e", .after = out.entity, .changes = out.changes, .now = NOW};

	for (int i = 0; i < ROWS(cases); i++) {
		struct subscription *s = case_subscription(cases[i].members, "", "");

		ck_assert_msg(subscription_judge(s, &j, NULL, &a) == cases[i].fails, "%s",
			cases[i].members);
		subscription_unref(s);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("judge");

	tcase_add_loop_test(tc, judges, 0, ROWS(rows));
	tcase_add_test(tc, throttles);
	tcase_add_test(tc, creation);
	return suite_run("judge", tc);
}
