/* SPDX-License-Identifier: Apache-2.0 */
/* /entities/{id}/attrs and /entities/{id}/attrs/{attr}: 6.6, 6.7. */
#include "call.h"
#include "history_attr.h"
#include "checks_priv.h"
#include "params.h"
#include "single.h"

#include <base/arena.h>
#include <base/iri.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/expand.h>

#include <string.h>

#define ATTRS "/ngsi-ld/v1/entities/{id}/attrs"

/* POST and PATCH …/attrs differ in the operation and in whether Nulls may delete. */
static enum handled write_attrs(struct call *call, enum op_kind kind, unsigned flags)
{
	static const char *const known[] = {"noOverwrite", NULL};
	struct params p = {.call = call};
	struct req *req = call->req;
	struct single *s;
	struct jn *doc;

	if (call_entity_id(req) < 0 || params_check_options(&p, known, &req->err) < 0 ||
		call_body(call, true) < 0 ||
		call_expand(call, call->body, call->ctx, flags, &doc, &req->err) < 0 ||
		call_tenant(call, false) < 0)
		return HANDLED_ERROR;
	s = single_new(call, kind, req->param[0], 204);
	s->op.op.doc = doc;
	s->op.op.no_overwrite = params_option(&p, "noOverwrite");
	if (params_type(&p, &s->op.op.type, &req->err) < 0)
		return HANDLED_ERROR;
	if (checks_refuse(call, doc, req->param[0], 0))
		return HANDLED;
	return single_submit(call, s);
}

/* POST /entities/{id}/attrs: Append Attributes, 5.6.3. */
static enum handled append_attrs(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};

	return write_attrs(&call, OP_APPEND, 0);
}

/* PATCH /entities/{id}/attrs: Update Attributes, 5.6.2. */
static enum handled update_attrs(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};

	return write_attrs(&call, OP_UPDATE, EXPAND_NULL);
}

static const char *attr_iri(struct call *call)
{
	const char *name = call->req->param[1];

	return context_expand(call->ctx, name, strlen(name), &call->req->arena);
}

/* Checks the attribute of the path; *iri is "scope" for the scope, however it is written. */
static int read_attr(struct call *call, bool may_be_scope, const char **iri)
{
	struct req *req = call->req;
	const char *name = req->param[1];

	*iri = attr_iri(call);
	if (strcmp(*iri, SCOPE_IRI) == 0) {
		*iri = "scope";
		if (may_be_scope)
			return 0;
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"scope is not an attribute here: send it in a PATCH of the "
			"entity, or "
			"DELETE it");
	}
	if (!name_is_legal(name, strlen(name)))
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"'%.100s' is not an attribute name (a letter, then letters, "
			"digits and "
			"_; or a URI, percent-encoded)",
			name);
	if (name_is_core(call->ctx, name, *iri))
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"'%.100s' is a core member, which is no attribute (4.5.1)", name);
	return 0;
}

static enum handled write_attr(struct call *call, enum op_kind kind, unsigned flags)
{
	struct params p = {.call = call};
	struct req *req = call->req;
	struct single *s;
	struct jn *doc;

	if (call_entity_id(req) < 0 || call_body(call, true) < 0)
		return HANDLED_ERROR;
	s = single_new(call, kind, req->param[0], 204);
	if (read_attr(call, false, &s->op.op.attr) < 0)
		return HANDLED_ERROR;
	s->op.op.attr_name = req->param[1];
	if (attribute_expand(call->body, s->op.op.attr, call->ctx,
		    flags | call_expand_flags(call), &req->arena, &doc, &req->err) < 0 ||
		call_tenant(call, false) < 0 ||
		params_type(&p, &s->op.op.type, &req->err) < 0)
		return HANDLED_ERROR;
	if (doc->kind == JN_OBJECT && doc->count == 0) {
		err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"body: empty; send what is to change of the attribute");
		return HANDLED_ERROR;
	}
	if (checks_refuse_attribute(call, s->op.op.attr, doc, req->param[0]))
		return HANDLED;
	s->op.tenant = call->tenant;
	s->op.op.doc = doc;
	return single_submit(call, s);
}

/* PATCH /entities/{id}/attrs/{attr}: Partial Attribute update, 5.6.4. */
static enum handled partial_update(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};

	return write_attr(&call, OP_PARTIAL, EXPAND_PARTIAL | EXPAND_NULL);
}

/* PUT /entities/{id}/attrs/{attr}: Replace Attribute, 5.6.19. */
static enum handled replace_attr(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};

	return write_attr(&call, OP_REPLACE_ATTR, 0);
}

/* datasetId names an instance: a URI, or "@none" for the default one. */
static int read_dataset(const struct params *p, const char **out, struct err *err)
{
	const char *id = params_get(p, "datasetId");

	if (id != NULL && strcmp(id, "@none") != 0 && !iri_is_absolute(id, strlen(id)))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"datasetId: '%.100s' is not a URI", id);
	*out = id;
	return 0;
}

/* DELETE /entities/{id}/attrs/{attr}: Delete Attribute, 5.6.5. */
static enum handled delete_attr(void *cookie, struct req *req, struct resp *resp)
{
	auto_call call = {.app = cookie, .req = req, .resp = resp};
	struct params p = {.call = &call};
	struct single *s;
	bool done;

	if (call_entity_id(req) < 0 || call_context(&call) < 0 ||
		call_tenant(&call, false) < 0)
		return HANDLED_ERROR;
	s = single_new(&call, OP_DELETE_ATTR, req->param[0], 204);
	if (read_attr(&call, true, &s->op.op.attr) < 0)
		return HANDLED_ERROR;
	s->op.op.attr_name = req->param[1];
	if (read_dataset(&p, &s->op.op.dataset_id, &req->err) < 0 ||
		params_bool(&p, "deleteAll", false, &s->op.op.delete_all, &req->err) <
			0 ||
		params_type(&p, &s->op.op.type, &req->err) < 0)
		return HANDLED_ERROR;
	if (history_attr_delete(&call, &s->op.op, &done) < 0)
		return HANDLED_ERROR;
	if (!done)
		return single_submit(&call, s);
	resp->status = 204;
	return HANDLED;
}

static const char *const append_names[] = {"local", "type", "options", NULL};
static const char *const write_names[] = {"local", "type", NULL};
static const char *const delete_names[] = {
	"local", "type", "datasetId", "deleteAll", NULL};

const struct route entity_attrs_routes[] = {
	{"POST", ATTRS, append_attrs, NULL, ROUTE_MERGE, append_names},
	{"PATCH", ATTRS, update_attrs, NULL, 0, write_names},
	{"PATCH", ATTRS "/{attr}", partial_update, NULL, 0, write_names},
	{"PUT", ATTRS "/{attr}", replace_attr, NULL, 0, write_names},
	{"DELETE", ATTRS "/{attr}", delete_attr, NULL, 0, delete_names},
	{0},
};
