/* SPDX-License-Identifier: Apache-2.0 */
/* Writes under /temporal/entities: 6.18 to 6.22.  The current state stays as it is. */
#include "call.h"
#include "checks_priv.h"
#include "params.h"
#include "respond.h"

#include <base/arena.h>
#include <base/iri.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>
#include <store/history_writes.h>

#include <string.h>

#define ENTITIES "/ngsi-ld/v1/temporal/entities"
#define ATTRS    ENTITIES "/{id}/attrs"
#define TEMPORAL (EXPAND_TEMPORAL | EXPAND_NULL)

static enum handled answer(struct resp *resp, int status)
{
	resp->status = status;
	return HANDLED;
}

/* POST /temporal/entities: Create or Update Temporal Evolution, 5.6.11. */
static enum handled upsert_evolution(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct history_target t = {0};
	bool created = false;
	struct jn *doc;

	if (call_body(&call, true) < 0 ||
		call_expand(&call, call.body, call.ctx, EXPAND_NEEDS_ID | TEMPORAL, &doc,
			&req->err) < 0 ||
		call_tenant(&call, true) < 0)
		return HANDLED_ERROR;
	t.tenant = call.tenant;
	t.id = jn_str(jn_get(doc, "id"), &req->arena);
	if (checks_refuse(&call, doc, t.id, 0))
		return HANDLED;
	if (history_put(call.app->history, &t, doc, req->now, true, &req->arena, &created,
		    &req->err) < 0)
		return HANDLED_ERROR;
	if (created)
		respond_location(req, resp, ENTITIES, t.id);
	return answer(resp, created ? 201 : 204);
}

/* POST /temporal/entities/{id}/attrs: Add Attributes, 5.6.12. */
static enum handled add_attributes(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct history_target t = {.id = req->param[0]};
	struct jn *doc, *id;

	if (call_entity_id(req) < 0 || call_body(&call, true) < 0 ||
		call_expand(&call, call.body, call.ctx, TEMPORAL, &doc, &req->err) < 0 ||
		call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	id = jn_get(doc, "id");
	if (id != NULL && !jn_str_is(id, t.id)) {
		err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"/id: the body is about another entity than the path (%.100s)",
			t.id);
		return HANDLED_ERROR;
	}
	t.tenant = call.tenant;
	if (checks_refuse(&call, doc, t.id, 0))
		return HANDLED;
	if (history_put(call.app->history, &t, doc, req->now, false, &req->arena, NULL,
		    &req->err) < 0)
		return HANDLED_ERROR;
	return answer(resp, 204);
}

/* DELETE /temporal/entities/{id}, 5.6.16. */
static enum handled delete_evolution(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct history_target t = {.id = req->param[0]};

	if (call_entity_id(req) < 0 || call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	t.tenant = call.tenant;
	if (history_delete(call.app->history, &t, &req->err) < 0)
		return HANDLED_ERROR;
	return answer(resp, 204);
}

/* The path's entity, attribute and instance; the @context must be known. */
static int read_target(struct call *call, struct history_target *t)
{
	struct req *req = call->req;
	const char *name = req->param[1], *instance = req->param[2];

	if (!name_is_legal(name, strlen(name)))
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"'%.100s' is not an attribute name (a letter, then letters, "
			"digits and _; or a URI, percent-encoded)",
			name);
	if (instance != NULL && !iri_is_absolute(instance, strlen(instance)))
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"the instance id '%.100s' is not a URI; answers have it as "
			"\"instanceId\"",
			instance);
	*t = (struct history_target){
		.tenant = call->tenant,
		.id = req->param[0],
		.attr_name = name,
		.attr = context_expand(call->ctx, name, strlen(name), &req->arena),
		.instance_id = instance,
	};
	if (strcmp(t->attr, SCOPE_IRI) != 0 && name_is_core(call->ctx, name, t->attr))
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"'%.100s' is a core member, which is no attribute (4.5.1)", name);
	return 0;
}

/* DELETE …/attrs/{attr}, 5.6.13. */
static enum handled delete_attribute(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};
	struct history_target t;

	if (call_entity_id(req) < 0 || call_context(&call) < 0 ||
		call_tenant(&call, false) < 0 || read_target(&call, &t) < 0 ||
		params_bool(&p, "deleteAll", false, &t.all, &req->err) < 0)
		return HANDLED_ERROR;
	t.dataset_id = params_get(&p, "datasetId");
	if (t.dataset_id != NULL && strcmp(t.dataset_id, "@none") != 0 &&
		!iri_is_absolute(t.dataset_id, strlen(t.dataset_id))) {
		err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"datasetId: '%.100s' is not a URI", t.dataset_id);
		return HANDLED_ERROR;
	}
	if (history_delete_attribute(call.app->history, &t, &req->err) < 0)
		return HANDLED_ERROR;
	return answer(resp, 204);
}

/* DELETE …/attrs/{attr}/{instanceId}, 5.6.15. */
static enum handled delete_instance(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct history_target t;

	if (call_entity_id(req) < 0 || call_context(&call) < 0 ||
		call_tenant(&call, false) < 0 || read_target(&call, &t) < 0 ||
		history_delete_instance(call.app->history, &t, &req->err) < 0)
		return HANDLED_ERROR;
	return answer(resp, 204);
}

/* The body is the instance, alone or in an array of one, or a fragment that has it under
 * the attribute's name (5.6.14.3). */
static const struct jn *find_instance(struct call *call, const struct history_target *t)
{
	jn_each (it, jn_is(call->body, JN_OBJECT) ? call->body : NULL) {
		const char *iri;

		if (it->kind != JN_OBJECT && it->kind != JN_ARRAY)
			continue;
		iri = context_expand(call->ctx, it->key, it->key_len, &call->req->arena);
		if (strcmp(iri, t->attr) == 0 || jn_key_is(it, t->attr_name))
			return it;
	}
	return call->body;
}

static int read_instance(
	struct call *call, const struct history_target *t, const struct jn **out)
{
	struct req *req = call->req;
	const struct jn *body = find_instance(call, t);
	struct jn *attribute;

	if (jn_is(body, JN_ARRAY) && body->count != 1)
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"the body must hold exactly one instance of %.100s, and it holds "
			"%u",
			t->attr_name, (unsigned)body->count);
	if (attribute_expand(body, t->attr, call->ctx, TEMPORAL | call_expand_flags(call),
		    &req->arena, &attribute, &req->err) < 0)
		return -1;
	*out = instance_first(attribute);
	return 0;
}

/* PATCH …/attrs/{attr}/{instanceId}, 5.6.14. */
static enum handled replace_instance(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	const struct jn *instance = NULL;
	struct history_target t;

	if (call_entity_id(req) < 0 || call_body(&call, true) < 0 ||
		call_tenant(&call, false) < 0 || read_target(&call, &t) < 0 ||
		read_instance(&call, &t, &instance) < 0)
		return HANDLED_ERROR;
	if (checks_refuse_attribute(&call, t.attr, instance, t.id))
		return HANDLED;
	if (history_replace_instance(call.app->history, &t, instance, req->now,
		    &req->arena, &req->err) < 0)
		return HANDLED_ERROR;
	return answer(resp, 204);
}

static const char *const plain_names[] = {"local", NULL};
static const char *const delete_names[] = {"local", "datasetId", "deleteAll", NULL};

const struct route temporal_provision_routes[] = {
	{"POST", ENTITIES, upsert_evolution, NULL, 0, plain_names},
	{"DELETE", ENTITIES "/{id}", delete_evolution, NULL, 0, plain_names},
	{"POST", ATTRS, add_attributes, NULL, 0, plain_names},
	{"DELETE", ATTRS "/{attr}", delete_attribute, NULL, 0, delete_names},
	{"PATCH", ATTRS "/{attr}/{instanceId}", replace_instance, NULL, 0, plain_names},
	{"DELETE", ATTRS "/{attr}/{instanceId}", delete_instance, NULL, 0, plain_names},
	{0},
};
