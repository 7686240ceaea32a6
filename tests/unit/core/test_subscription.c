/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions: names, PATCH, and how GET shows them.  What is refused is tested word for
 * word over HTTP (tests/http/test_subscriptions.py). */
#include <core/subscription.h>

#include <core/q.h>
#include <core/type_q.h>

#include "subscription_case.h"

#include <suite.h>

static struct context *make_context(const char *text)
{
	struct err err = {0};
	json_t *json = json_loads(text, 0, NULL);
	struct context *ctx = context_new(json, NULL, &err);

	ck_assert_msg(ctx != NULL, "%s", err.detail);
	json_decref(json);
	return ctx;
}

static const char context[] =
	"{\"@vocab\":\"http://v/\",\"p\":\"http://x#p\",\"ex\":{\"@id\":\"http://e#\","
	"\"@prefix\":true}}";

static const char *read_one(
	const char *body, const char *stored, struct context *ctx, struct arena *a)
{
	struct subscription_source source = {.body = case_json(body, a),
		.ctx = ctx,
		.context_url = "http://h/c",
		.id = "urn:s",
		.now = NOW};
	const char *text = NULL;
	struct err err = {0};

	if (stored != NULL)
		ck_assert_msg(subscription_patch(stored, &source, a, &text, &err) == 0,
			"%s", err.detail);
	else
		ck_assert_msg(subscription_read(&source, a, &text, &err) == 0, "%s",
			err.detail);
	return text;
}

static const struct {
	const char *sent, *stored;
} names[] = {
	{"{'watchedAttributes':['p','ex:a','b','location','http://y/z']}",
		"'watchedAttributes':['http://x#p','http://e#a','http://v/b','~location',"
		"'http://y/z']"},
	{"{'entities':[{'type':'(p;b)|ex:a','id':'urn:p'},{'type':'*'}]}",
		"'entities':[{'type':'(http://x#p;http://v/b)|http://e#a','id':'urn:p'},"
		"{'type':'*'}]"},
	{"{'notification':{'pick':['id','p{ex:a,type}'],'omit':['b|scope']}}",
		"'notification':{'pick':['id','http://x#p{http://e#a,type}'],"
		"'omit':['http://v/b|scope']}"},
	{"{'geoQ':{'geoproperty':'p','x':1}}",
		"'geoQ':{'geoproperty':'http://x#p','x':1}"},
	{"{'expandValues':'p,b'}", "'expandValues':'http://x#p,http://v/b'"},
	/* q keeps its text; what its terms mean stands beside it */
	{"{'q':'p>1;ex:a'}",
		"'q':'p>1;ex:a','@q':{'@vocab':'http://v/','p':'http://x#p','ex':{'@id':"
		"'http://e#','@prefix':true}}"},
	/* what is no name is left for the check to refuse */
	{"{'watchedAttributes':5,'entities':'x'}",
		"'watchedAttributes':5,'entities':'x'"},
};

START_TEST(stores_names_as_iris)
{
	auto_arena a = {0};
	struct context *ctx = make_context(context);

	ck_assert_str_eq(read_one(names[_i].sent, NULL, ctx, &a),
		case_text(
			arena_printf(&a, "{'id':'urn:s',%s,'jsonldContext':'http://h/c'}",
				names[_i].stored),
			&a));
	context_unref(ctx);
}
END_TEST

/* q means what it meant, whatever the names are of whoever changes the rest. */
START_TEST(keeps_the_meaning_of_q)
{
	const struct subscription_contexts contexts = {.get = case_get};
	auto_arena a = {0};
	struct context *ctx = make_context(context), *core = context_core();
	const char *text = read_one(
		"{'type':'Subscription','q':'p>1;ex:a','entities':[{'type':'b'}],"
		"'notification':{'endpoint':{'uri':'http://h/n'}}}",
		NULL, ctx, &a);
	struct subscription *s;
	struct err err = {0};

	text = read_one("{'watchedAttributes':['p']}", text, core, &a);
	s = subscription_new(text, strlen(text), &contexts, &err);
	ck_assert_msg(s != NULL, "%s", err.detail);
	ck_assert_str_eq(s->q->left->path.names[0], "http://x#p");
	ck_assert_str_eq(s->q->right->path.names[0], "http://e#a");
	ck_assert_str_eq(s->selectors->type->any->iris[0], "http://v/b");
	ck_assert_str_eq(s->watched[0], DEFAULT_CONTEXT_VOCAB "p");
	subscription_unref(s);
	text = read_one("{'q':'p'}", text, core, &a);
	s = subscription_new(text, strlen(text), &contexts, &err);
	ck_assert_str_eq(s->q->path.names[0], DEFAULT_CONTEXT_VOCAB "p");
	subscription_unref(s);
	ck_assert_ptr_null(strstr(read_one("{'q':null}", text, core, &a), "\"@q\""));
	context_unref(ctx);
	context_unref(core);
}
END_TEST

START_TEST(shows_them)
{
	auto_arena a = {0};
	auto_strbuf sb = {0};
	struct context *ctx = make_context(context);
	const struct subscription_output output = {.created = NOW,
		.modified = NOW,
		.times_sent = 3,
		.times_failed = 1,
		.last_notification = NOW,
		.last_success = NOW - 1000000,
		.last_failure = NOW};
	const struct subscription_view view = {.ctx = ctx,
		.context_text = "\"http://h/c\"",
		.sys_attrs = true,
		.now = NOW};

	subscription_render(&sb,
		case_text(
			"{'id':'urn:s','entities':[{'type':'http://x#p|http://e#a'}],"
			"'watchedAttributes':['http://v/b'],'q':'p','@q':{},"
			"'expiresAt':'2025-01-01T00:00:00Z','notification':{'pick':['id',"
			"'http://x#p'],'endpoint':{'uri':'http://h/'}}}",
			&a),
		&output, &view, &a);
	ck_assert_str_eq(sb.data,
		case_text(
			"{'id':'urn:s','entities':[{'type':'p|ex:a'}],"
			"'watchedAttributes':['b'],'q':'p',"
			"'expiresAt':'2025-01-01T00:00:00Z','notification':{'pick':['id',"
			"'p'],'endpoint':{'uri':'http://h/'},'status':'failed',"
			"'timesSent':3,'timesFailed':1,"
			"'lastNotification':'2025-02-01T00:00:00Z',"
			"'lastSuccess':'2025-01-31T23:59:59Z',"
			"'lastFailure':'2025-02-01T00:00:00Z'},"
			"'notificationTrigger':['attributeCreated',"
			"'attributeUpdated'],'status':'expired',"
			"'createdAt':'2025-02-01T00:00:00Z',"
			"'modifiedAt':'2025-02-01T00:00:00Z','@context':'http://h/c'}",
			&a));
	context_unref(ctx);
}
END_TEST

START_TEST(has_a_status)
{
	struct subscription *s = case_subscription(
		"'entities':[{'type':'*'}],'expiresAt':'2025-02-01T00:00:01Z',"
		"'isActive':false,",
		"", "");

	ck_assert_int_eq(subscription_status(s, NOW), SUBSCRIPTION_PAUSED);
	ck_assert_int_eq(subscription_status(s, NOW + 1000000), SUBSCRIPTION_EXPIRED);
	ck_assert_ptr_eq(subscription_ref(s), s);
	subscription_unref(s);
	subscription_unref(s);
	subscription_unref(NULL);
	s = case_subscription("'localOnly':true,'timeInterval':1.5,", "", "");
	ck_assert_int_eq(subscription_status(s, NOW), SUBSCRIPTION_ACTIVE);
	ck_assert_int_eq(s->time_interval, 1500000);
	ck_assert_int_eq(s->expires, INT64_MAX);
	subscription_unref(s);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("subscription");

	tcase_add_loop_test(tc, stores_names_as_iris, 0, ROWS(names));
	tcase_add_test(tc, keeps_the_meaning_of_q);
	tcase_add_test(tc, shows_them);
	tcase_add_test(tc, has_a_status);
	return suite_run("subscription", tc);
}
