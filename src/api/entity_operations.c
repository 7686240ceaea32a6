/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /entityOperations: batches, 5.6.7 to 5.6.10 and 5.6.20.  An element that cannot be read
 * fails alone; the others go to the lanes as one write and share one modifiedAt (5.5.11).
 */
#include "call.h"
#include "checks_priv.h"
#include "params.h"

#include <api/contexts.h>
#include <base/arena.h>
#include <base/iri.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/expand.h>
#include <store/entities.h>
#include <store/lane.h>
#include <store/readers.h>

#include <string.h>

#define OPERATIONS "/ngsi-ld/v1/entityOperations"

/* What became of one element of the array. */
struct element {
	const char *id; /* "" where it has none that can be read */
	struct err err; /* could not be read */
	const char *findings; /* JSON, where the checks refused it; else NULL */
	struct write_op *op; /* NULL then */
};

enum success {
	ALL_CREATED, /* create: 201 with all ids */
	SOME_CREATED, /* upsert: 201 with the created ids, 204 when none was */
	NO_CONTENT, /* 204 */
};

struct batch {
	struct write write;
	struct req *req;
	enum success success;
	struct element *elements;
	size_t len;
	struct checks_batch checks;
	struct context **contexts; /* keep the IRIs of the operations alive */
	size_t contexts_len;
};

static void write_id(struct strbuf *sb, bool *first, const char *id)
{
	if (!*first)
		strbuf_addc(sb, ',');
	*first = false;
	jn_write_string(sb, id, strlen(id));
}

static const struct err *element_err(const struct element *e)
{
	return e->op != NULL ? &e->op->err : &e->err;
}

static void write_error(struct strbuf *sb, bool *first, const struct element *e)
{
	const struct err *err = element_err(e);

	strbuf_adds(sb, *first ? "{\"entityId\":" : ",{\"entityId\":");
	*first = false;
	jn_write_string(sb, e->id, strlen(e->id));
	strbuf_addf(sb,
		",\"error\":{\"type\":\"%s\",\"title\":\"%s\",\"status\":%d,"
		"\"detail\":",
		err_type(err->kind), err_title(err->kind), err_status(err->kind));
	jn_write_string(sb, err->detail, strlen(err->detail));
	if (e->findings != NULL)
		strbuf_addf(sb, ",\"findings\":%s", e->findings);
	strbuf_adds(sb, "}}");
}

/* 207 with a BatchOperationResult (5.2.16): both arrays, always. */
static void answer_partly(struct batch *b, struct resp *resp)
{
	struct strbuf *sb = &resp->body;
	bool first = true;

	resp->status = 207;
	resp->content_type = "application/json";
	strbuf_adds(sb, "{\"success\":[");
	for (size_t i = 0; i < b->len; i++)
		if (element_err(&b->elements[i])->kind == ERR_NONE)
			write_id(sb, &first, b->elements[i].id);
	strbuf_adds(sb, "],\"errors\":[");
	first = true;
	for (size_t i = 0; i < b->len; i++)
		if (element_err(&b->elements[i])->kind != ERR_NONE)
			write_error(sb, &first, &b->elements[i]);
	strbuf_adds(sb, "]}");
}

/* 201 with the ids that were created; 204 where none was and none had to be. */
static void answer_created(struct batch *b, struct resp *resp)
{
	struct strbuf *sb = &resp->body;
	bool first = true;

	strbuf_addc(sb, '[');
	for (size_t i = 0; i < b->len; i++)
		if (b->elements[i].op->created)
			write_id(sb, &first, b->elements[i].id);
	strbuf_addc(sb, ']');
	resp->status = 201;
	resp->content_type = "application/json";
	if (!first)
		return;
	strbuf_reset(sb);
	resp->content_type = NULL;
	resp->status = 204;
}

/* The database was away for the whole batch: that is no partial success. */
static const struct err *common_failure(const struct batch *b)
{
	const struct err *first = element_err(&b->elements[0]);

	for (size_t i = 0; i < b->len; i++)
		if (element_err(&b->elements[i])->kind != ERR_UNAVAILABLE)
			return NULL;
	return first;
}

static void answer(struct batch *b)
{
	struct resp *resp = req_resp(b->req);
	const struct err *down = common_failure(b);
	bool ok = true;

	for (size_t i = 0; i < b->len; i++)
		ok &= element_err(&b->elements[i])->kind == ERR_NONE;
	if (down != NULL)
		b->req->err = *down;
	else if (!ok)
		answer_partly(b, resp);
	else if (b->success == NO_CONTENT)
		resp->status = 204;
	else
		answer_created(b, resp);
}

static void release(struct batch *b)
{
	for (size_t i = 0; i < b->contexts_len; i++)
		context_unref(b->contexts[i]);
}

static void done(struct write *write)
{
	struct batch *b = write->cookie;

	answer(b);
	release(b);
	req_finish(b->req);
}

static struct batch *batch_new(struct call *call, enum success success)
{
	struct arena *a = &call->req->arena;
	struct batch *b = arena_new(a, struct batch);

	b->req = call->req;
	b->success = success;
	b->len = call->body->count;
	b->elements = arena_array(a, struct element, b->len);
	b->contexts = arena_array(a, struct context *, b->len);
	b->write.ops = arena_array(a, struct write_op, b->len);
	b->write.arena = a;
	b->write.summary = true;
	b->write.done = done;
	b->write.cookie = b;
	return b;
}

/* What is new comes in the order of the array, whichever lanes make it. */
static int number(struct call *call, struct batch *b)
{
	struct write *w = &b->write;
	enum op_kind kind = w->ops[0].op.kind;
	int64_t *numbers;
	struct pg *pg;
	int rc;

	if (w->len == 1 ||
		(kind != OP_CREATE && kind != OP_UPSERT_REPLACE &&
			kind != OP_UPSERT_UPDATE))
		return 0;
	pg = readers_take(call->app->writers);
	rc = entities_numbers(pg, w->len, w->arena, &numbers, &call->req->err);
	readers_put(call->app->writers, pg);
	for (size_t i = 0; rc == 0 && i < w->len; i++)
		w->ops[i].number = numbers[i];
	return rc;
}

static enum handled submit(struct call *call, struct batch *b)
{
	if (b->write.len > 0) {
		if (number(call, b) < 0) {
			release(b);
			return HANDLED_ERROR;
		}
		lanes_submit(call->app->lanes, &b->write);
		return HANDLED_LATER;
	}
	/* Not one element could be read: still 207 (6.14). */
	answer_partly(b, call->resp);
	release(b);
	return HANDLED;
}

static struct write_op *add_op(
	struct call *call, struct batch *b, struct element *e, enum op_kind kind)
{
	struct write_op *op = &b->write.ops[b->write.len++];

	op->tenant = call->tenant;
	op->op.kind = kind;
	op->op.id = e->id;
	op->op.now = call->req->now;
	e->op = op;
	return op;
}

static int check_array(struct call *call, const char *of_what)
{
	struct err *err = &call->req->err;

	if (!jn_is(call->body, JN_ARRAY) || call->body->count == 0)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"the body must be a non-empty array of %s", of_what);
	jn_each (it, call->body)
		if (jn_is(it, JN_NULL))
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"the array holds a null; each item must be one of %s",
				of_what);
	return 0;
}

static unsigned check_flags(enum op_kind kind)
{
	switch (kind) {
	case OP_MERGE:
		return CHECK_MERGING;
	case OP_APPEND:
	case OP_UPSERT_UPDATE:
		return 0;
	default:
		return CHECK_WHOLE;
	}
}

/* Reads one entity of the array into an operation, or its error into the element. */
static void read_element(struct call *call, struct batch *b, struct element *e,
	const struct jn *item, enum op_kind kind, unsigned flags)
{
	struct arena *a = &call->req->arena;
	struct write_op *op;
	struct context *ctx;
	const char *id;
	struct jn *doc;

	id = jn_str(jn_get(item, "id"), a);
	if (id == NULL)
		id = jn_str(jn_get(item, "@id"), a);
	e->id = id != NULL ? id : "";
	ctx = call_element_context(call, item, &e->err);
	if (ctx == NULL)
		return;
	b->contexts[b->contexts_len++] = ctx;
	if (call_expand(call, item, ctx, flags, &doc, &e->err) < 0)
		return;
	if (checks_refuse_element(call, &b->checks, ctx, doc, e->id, check_flags(kind),
		    &e->err, &e->findings))
		return;
	op = add_op(call, b, e, kind);
	op->op.doc = doc;
}

/* The words that `options` of each batch may hold. */
static const char *const *options_of(enum op_kind kind)
{
	static const char *const upsert[] = {"replace", "update", NULL};
	static const char *const update[] = {"noOverwrite", NULL};

	return kind == OP_APPEND ? update : upsert;
}

static enum handled run(struct call *call, enum op_kind kind, unsigned flags,
	enum success success, bool create_tenant)
{
	struct params p = {.call = call};
	struct batch *b;
	size_t i = 0;

	if (params_check_options(&p, options_of(kind), &call->req->err) < 0 ||
		call_body(call, true) < 0 || check_array(call, "entities") < 0 ||
		call_tenant(call, create_tenant) < 0)
		return HANDLED_ERROR;
	b = batch_new(call, success);
	jn_each (it, call->body)
		read_element(call, b, &b->elements[i++], it, kind, flags);
	checks_batch_end(call, &b->checks);
	for (i = 0; i < b->write.len; i++)
		b->write.ops[i].op.no_overwrite = params_option(&p, "noOverwrite");
	return submit(call, b);
}

/* POST /entityOperations/create, 5.6.7. */
static enum handled batch_create(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};

	return run(&call, OP_CREATE, EXPAND_CREATE, ALL_CREATED, true);
}

/* POST /entityOperations/upsert, 5.6.8.  An update may delete by NGSI-LD Nulls, as 5.6.2. */
static enum handled batch_upsert(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};
	bool update = params_option(&p, "update");

	if (update && params_option(&p, "replace")) {
		err_set(&req->err, ERR_INVALID_REQUEST,
			"options: replace and update exclude each other");
		return HANDLED_ERROR;
	}
	if (update)
		return run(&call, OP_UPSERT_UPDATE, EXPAND_CREATE | EXPAND_NULL,
			SOME_CREATED, true);
	return run(&call, OP_UPSERT_REPLACE, EXPAND_CREATE, SOME_CREATED, true);
}

/* POST /entityOperations/update, 5.6.9: append semantics. */
static enum handled batch_update(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};

	return run(&call, OP_APPEND, EXPAND_NEEDS_ID, NO_CONTENT, false);
}

/* POST /entityOperations/merge, 5.6.20. */
static enum handled batch_merge(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};

	return run(&call, OP_MERGE, EXPAND_NEEDS_ID | EXPAND_NULL | EXPAND_NULL_NESTED,
		NO_CONTENT, false);
}

/* POST /entityOperations/delete, 5.6.10: an array of ids, so no @context is needed (T5). */
static enum handled batch_delete(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct batch *b;
	size_t i = 0;

	if (call_body(&call, false) < 0 || check_array(&call, "entity ids") < 0 ||
		call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	b = batch_new(&call, NO_CONTENT);
	jn_each (it, call.body) {
		struct element *e = &b->elements[i++];
		const char *id = jn_str(it, &req->arena);

		e->id = id != NULL ? id : "";
		if (iri_is_absolute(e->id, strlen(e->id)))
			add_op(&call, b, e, OP_DELETE);
		else
			err_set(&e->err, ERR_BAD_REQUEST_DATA,
				"/%zu: an entity id must be a URI in a string", i - 1);
	}
	return submit(&call, b);
}

static const char *const plain_names[] = {"local", NULL};
static const char *const option_names[] = {"local", "options", NULL};

const struct route entity_operations_routes[] = {
	{"POST", OPERATIONS "/create", batch_create, NULL, 0, plain_names},
	{"POST", OPERATIONS "/upsert", batch_upsert, NULL, 0, option_names},
	{"POST", OPERATIONS "/update", batch_update, NULL, 0, option_names},
	{"POST", OPERATIONS "/merge", batch_merge, NULL, 0, plain_names},
	{"POST", OPERATIONS "/delete", batch_delete, NULL, 0, plain_names},
	{0},
};
