/* SPDX-License-Identifier: Apache-2.0 */
/* /calanque/v1/check, /calanque/v1/checks and /calanque/v1/profiles. */
#include "call.h"
#include "checks_priv.h"
#include "params.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>
#include <core/render.h>

#include <stdlib.h>
#include <string.h>

#define ENTITIES_MAX 1000 /* of one POST …/check */
#define LIST_DEFAULT 100
#define LIST_MAX     1000

/* One entity under examination. */
struct exam {
	struct call *call;
	const struct context *ctx;
	const struct jn *body;
	struct findings found;
	struct jn *mended; /* NULL: nothing was repaired for certain */
};

/* `/at/this: what and why` becomes a finding. */
static void add_error(struct exam *x, const struct err *err)
{
	struct arena *a = &x->call->req->arena;
	struct finding *f = arena_new(a, struct finding);
	const char *colon = strstr(err->detail, ": ");
	bool placed = err->detail[0] == '/' && colon != NULL;

	f->code = LINT_NOT_NGSI_LD;
	f->pointer = placed ? arena_strndup(a, err->detail, (size_t)(colon - err->detail))
			    : "/";
	f->attribute = f->type = f->seen = "";
	f->why = arena_strdup(a, placed ? colon + 2 : err->detail);
	f->mend = "correct it; the broker refuses the entity as it is";
	x->found.count++;
	x->found.worst = LINT_ERROR;
	if (x->found.kept++ == 0)
		x->found.first = f;
	else
		x->found.last->next = f;
	x->found.last = f;
}

/* As a write would; bare values that it would not take are read as what they are. */
static int expand(struct exam *x, const struct jn *body, bool simplified, struct jn **doc,
	struct err *err)
{
	struct err ignored = {0};

	if (call_expand(x->call, body, x->ctx, EXPAND_CREATE, doc, err) == 0)
		return 0;
	if (!simplified ||
		call_expand(x->call, body, x->ctx, EXPAND_CREATE | EXPAND_SIMPLIFIED, doc,
			&ignored) < 0)
		return -1;
	add_error(x, err);
	x->found.last->mend =
		"bare values are not enough here: send the normalized form, "
		"as in \"mended\"";
	return 0;
}

static void examine(struct exam *x)
{
	struct call *call = x->call;
	struct arena *a = &call->req->arena;
	struct lint l = checks_lint(call->app->checks, x->ctx, call->req->now);
	struct findings again = {0};
	struct err err = {0};
	bool simplified;
	struct jn *body = lint_reshape(x->body, a, &simplified, &x->found), *doc;
	size_t shaped;

	l.hints = l.all = true;
	if (expand(x, body, simplified, &doc, &err) < 0) {
		add_error(x, &err);
		return;
	}
	shaped = x->found.count;
	doc = jn_copy(a, doc);
	lint_entity(&l, doc, a, &x->found);
	/* A repair may show what it had hidden; that is repaired too, but not told. */
	if (lint_mend(doc, &x->found, a) + shaped > 0) {
		lint_entity(&l, doc, a, &again);
		lint_mend(doc, &again, a);
		x->mended = doc;
	}
}

static void write_mended(struct exam *x, struct strbuf *sb, const char *context)
{
	struct render render = {
		.ctx = x->ctx,
		.format = FORMAT_NORMALIZED,
		.context_member = context != NULL,
		.context_text = context,
		.now = x->call->req->now,
	};

	strbuf_adds(sb, ",\"mended\":");
	render_entity(sb, x->mended, &render, &x->call->req->arena);
}

static void write_exam(struct exam *x, struct strbuf *sb, const char *context)
{
	struct arena *a = &x->call->req->arena;
	const char *id = jn_str(jn_get(x->body, "id"), a);

	strbuf_adds(sb, "{\"entity\":");
	if (id != NULL)
		jn_write_string(sb, id, strlen(id));
	else
		strbuf_adds(sb, "null");
	strbuf_addf(sb, ",\"valid\":%s,\"findings\":",
		x->found.worst < LINT_ERROR ? "true" : "false");
	findings_write(sb, &x->found, false);
	if (x->mended != NULL)
		write_mended(x, sb, context);
	strbuf_addc(sb, '}');
}

static int run_exam(struct call *call, const struct jn *body, const char *context)
{
	struct exam x = {.call = call, .body = body};
	struct context *ctx;
	struct err err = {0};

	if (!jn_is(body, JN_OBJECT))
		return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
			"an entity is a JSON object");
	ctx = jn_is(call->body, JN_ARRAY) ? call_element_context(call, body, &err)
					  : context_ref(call->ctx);
	if (ctx == NULL) {
		add_error(&x, &err);
	} else {
		x.ctx = ctx;
		examine(&x);
	}
	write_exam(&x, &call->resp->body, context);
	context_unref(ctx);
	return 0;
}

static int run_exams(struct call *call, const char *context)
{
	struct strbuf *sb = &call->resp->body;
	size_t n = 0;

	if (call->body->count > ENTITIES_MAX)
		return err_set(&call->req->err, ERR_BAD_REQUEST_DATA,
			"%u entities; at most %d are checked at once", call->body->count,
			ENTITIES_MAX);
	strbuf_addc(sb, '[');
	jn_each (it, call->body) {
		strbuf_adds(sb, n++ > 0 ? "," : "");
		if (run_exam(call, it, context) < 0)
			return err_wrap(&call->req->err, "/%zu", n - 1);
	}
	strbuf_addc(sb, ']');
	return 0;
}

/* POST /calanque/v1/check: what would be found, without writing. */
static enum handled check_entities(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	const char *context;
	int rc;

	if (call_accept(&call, false) < 0 || call_body(&call, true) < 0 ||
		call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	context = call_answer(&call, 200);
	rc = jn_is(call.body, JN_ARRAY) ? run_exams(&call, context)
					: run_exam(&call, call.body, context);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

static int read_limit(const struct params *p, size_t *out, struct err *err)
{
	const char *text = params_get(p, "limit");
	char *end;
	long n;

	*out = LIST_DEFAULT;
	if (text == NULL)
		return 0;
	n = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || n < 1 || n > LIST_MAX)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"limit: '%.32s' is not a number from 1 to %d", text, LIST_MAX);
	*out = (size_t)n;
	return 0;
}

static bool is_code(const char *text)
{
	for (int i = 0; i < LINT_CODES; i++)
		if (strcmp(lint_names[i], text) == 0)
			return true;
	return false;
}

static int read_filter(struct call *call, struct check_log_filter *f)
{
	struct params p = {.call = call};
	struct err *err = &call->req->err;

	f->tenant = call->tenant;
	f->type = params_get(&p, "type");
	f->code = params_get(&p, "code");
	if (f->code != NULL && !is_code(f->code))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"code: '%.40s' is no code of a finding, such as "
			"percent-for-fraction",
			f->code);
	if (params_bool(&p, "refused", false, &f->refused_only, err) < 0)
		return -1;
	return read_limit(&p, &f->limit, err);
}

/* GET /calanque/v1/checks: what was found lately in this tenant, by source. */
static enum handled list_checks(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct check_log_filter filter = {0};
	auto_strbuf list = {0};
	char since[CLOCK_TEXT];
	size_t total;

	if (call_tenant(&call, false) < 0 || read_filter(&call, &filter) < 0)
		return HANDLED_ERROR;
	total = check_log_write(call.app->checks->log, &filter, &list);
	strbuf_addf(&resp->body, "{\"since\":\"%s\",\"total\":%zu,\"checks\":%s}",
		clock_format(call.app->checks->since, since), total, list.data);
	resp->status = 200;
	resp->content_type = "application/json";
	return HANDLED;
}

/* DELETE /calanque/v1/checks: forgets them, after a repair. */
static enum handled clear_checks(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};

	if (call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	check_log_clear(call.app->checks->log, call.tenant);
	resp->status = 204;
	return HANDLED;
}

static void write_profile_head(struct strbuf *sb, const struct profile *p)
{
	static const char *const levels[] = {"off", "warn", "strict"};
	static const char *const copied[] = {"x-label", "x-context", "x-version"};
	static const char *const names[] = {"label", "context", "version"};

	strbuf_addf(sb, "{\"name\":");
	jn_write_string(sb, p->name, strlen(p->name));
	if (p->iri != NULL) {
		strbuf_adds(sb, ",\"type\":");
		jn_write_string(sb, p->iri, strlen(p->iri));
	}
	for (int i = 0; i < 3; i++) {
		const struct jn *v = jn_get(p->source, copied[i]);

		if (v == NULL)
			continue;
		strbuf_addf(sb, ",\"%s\":", names[i]);
		jn_write(sb, v);
	}
	strbuf_addf(sb, ",\"checks\":\"%s\",\"builtIn\":%s", levels[p->level],
		p->own ? "false" : "true");
}

/* GET /calanque/v1/profiles. */
static enum handled list_profiles(void *cookie, struct req *req, struct resp *resp)
{
	const struct app *app = cookie;
	const struct profiles *profiles = app->checks->profiles;

	strbuf_addc(&resp->body, '[');
	for (size_t i = 0; i < profiles_count(profiles); i++) {
		strbuf_adds(&resp->body, i > 0 ? "," : "");
		write_profile_head(&resp->body, profiles_at(profiles, i));
		strbuf_addc(&resp->body, '}');
	}
	strbuf_addc(&resp->body, ']');
	resp->status = 200;
	resp->content_type = "application/json";
	return HANDLED;
}

static void write_kinds(struct strbuf *sb, unsigned kinds)
{
	const char *before = ",\"kinds\":[";

	for (int k = 0; k < KINDS; k++)
		if (kinds & (1U << k)) {
			strbuf_addf(sb, "%s\"%s\"", before, kind_type[k]);
			before = ",";
		}
	strbuf_adds(sb, kinds != 0 ? "]" : "");
}

/* The keywords of the schema, labels and notes, without the x-… that has a name here. */
static void write_schema(struct strbuf *sb, const struct profile_attr *attr)
{
	static const char *const hidden[] = {
		"x-kind", "x-unit", "x-expected", "x-fraction", "x-past", NULL};
	const char *before = "";

	strbuf_adds(sb, ",\"schema\":{");
	jn_each (it, schema_source(attr->schemas[0])) {
		bool skip = false;

		for (int i = 0; hidden[i] != NULL; i++)
			skip |= jn_key_is(it, hidden[i]);
		if (skip || (it->key_len > 2 && memcmp(it->key, "x-", 2) == 0))
			continue;
		strbuf_adds(sb, before);
		jn_write_string(sb, it->key, it->key_len);
		strbuf_addc(sb, ':');
		jn_write(sb, it);
		before = ",";
	}
	strbuf_addc(sb, '}');
}

static void write_words(struct strbuf *sb, const struct profile_attr *attr)
{
	const struct jn *source = attr->source, *target = schema_source(attr->schemas[0]);
	static const char *const keys[] = {"x-label", "x-note"};
	auto_strbuf wanted = {0};

	for (int i = 0; i < 2; i++) {
		const struct jn *v = jn_get(source, keys[i]);

		v = v != NULL ? v : jn_get(target, keys[i]);
		if (v == NULL)
			continue;
		strbuf_addf(sb, ",\"%s\":", keys[i] + 2);
		jn_write(sb, v);
	}
	schema_describe(attr->schemas[0], &wanted);
	strbuf_adds(sb, ",\"wanted\":");
	jn_write_string(sb, wanted.data, wanted.len);
}

static void write_attr(struct strbuf *sb, const struct profile_attr *attr)
{
	strbuf_addf(sb, "{\"name\":");
	jn_write_string(sb, attr->name, attr->len);
	write_words(sb, attr);
	write_kinds(sb, attr->kinds);
	for (size_t i = 0; i < attr->units_len; i++) {
		strbuf_adds(sb, i == 0 ? ",\"units\":[" : ",");
		jn_write_string(sb, attr->units[i], strlen(attr->units[i]));
	}
	strbuf_adds(sb, attr->units_len > 0 ? "]" : "");
	if (attr->expected)
		strbuf_addf(sb, ",\"expected\":[%.10g,%.10g]", attr->least, attr->most);
	strbuf_addf(sb, ",\"required\":%s", attr->required != 0 ? "true" : "false");
	write_schema(sb, attr);
	strbuf_addc(sb, '}');
}

/* GET /calanque/v1/profiles/{type}: by its name or its IRI. */
static enum handled show_profile(void *cookie, struct req *req, struct resp *resp)
{
	const struct app *app = cookie;
	const struct profiles *profiles = app->checks->profiles;
	const char *type = req->param[0];
	const struct profile *p = profiles_by_name(profiles, type, strlen(type));

	if (p == NULL)
		p = profiles_find(profiles, type, strlen(type));
	if (p == NULL) {
		err_set(&req->err, ERR_NOT_FOUND,
			"there is no profile of the type '%.100s'; GET "
			"/calanque/v1/profiles lists them",
			type);
		return HANDLED_ERROR;
	}
	write_profile_head(&resp->body, p);
	strbuf_adds(&resp->body, ",\"attributes\":[");
	for (size_t i = 0; i < p->attrs_len; i++) {
		strbuf_adds(&resp->body, i > 0 ? "," : "");
		write_attr(&resp->body, &p->attrs[i]);
	}
	strbuf_adds(&resp->body, "]}");
	resp->status = 200;
	resp->content_type = "application/json";
	return HANDLED;
}

static const char *const no_names[] = {NULL};
static const char *const list_names[] = {"type", "code", "refused", "limit", NULL};

const struct route checks_routes[] = {
	{"POST", "/calanque/v1/check", check_entities, NULL, ROUTE_QUERY, no_names},
	{"GET", "/calanque/v1/checks", list_checks, NULL, ROUTE_PLAIN, list_names},
	{"DELETE", "/calanque/v1/checks", clear_checks, NULL, ROUTE_PLAIN, no_names},
	{"GET", "/calanque/v1/profiles", list_profiles, NULL, ROUTE_PLAIN, no_names},
	{"GET", "/calanque/v1/profiles/{type}", show_profile, NULL, ROUTE_PLAIN,
		no_names},
	{0},
};
