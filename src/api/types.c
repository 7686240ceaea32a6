/* SPDX-License-Identifier: Apache-2.0 */
/* /types and /types/{type}: the entity types there are, 6.25 and 6.26. */
#include "discovered.h"

#include <base/arena.h>
#include <base/err.h>

#include <inttypes.h>

#define TYPES "/ngsi-ld/v1/types"

/* EntityTypeList, 5.2.24. */
static void write_list(struct discovered_call *d, const char *context)
{
	const char *id = arena_printf(
		&d->call.req->arena, "urn:ngsi-ld:EntityTypeList:%d", d->call.tenant);

	discovered_begin(d, id, "EntityTypeList", context);
	discovered_items(d, "typeList");
	strbuf_addc(&d->call.resp->body, '}');
}

/* EntityType[], 5.2.25. */
static void write_details(struct discovered_call *d, const char *context)
{
	struct strbuf *sb = &d->call.resp->body;

	strbuf_addc(sb, '[');
	for (size_t i = 0; i < d->found.len; i++) {
		const struct discovered *type = &d->found.items[i];

		strbuf_adds(sb, i > 0 ? "," : "");
		discovered_begin(d, type->iri, "EntityType", context);
		discovered_name(d, "typeName", type->iri);
		discovered_array(d, "attributeNames", type->with, true);
		strbuf_addc(sb, '}');
	}
	strbuf_addc(sb, ']');
}

/* GET /types: Retrieve Available Entity Types (5.7.5), with their details (5.7.6). */
static enum handled list_types(void *cookie, struct req *req, struct resp *resp)
{
	struct discovered_call d = {.call = {.app = cookie, .req = req, .resp = resp}};
	int rc = discovered_read(&d, NULL);

	if (rc == 0)
		rc = discovered_ask(&d, discovery_types, discovery_type);
	if (rc == 0)
		(d.details ? write_details : write_list)(&d, call_answer(&d.call, 200));
	call_fini(&d.call);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

/* EntityTypeInfo, 5.2.26. */
static void write_type(struct discovered_call *d, const char *context)
{
	struct strbuf *sb = &d->call.resp->body;

	discovered_begin(d, d->iri, "EntityTypeInfo", context);
	discovered_name(d, "typeName", d->iri);
	strbuf_addf(sb, ",\"entityCount\":%" PRId64 ",\"attributeDetails\":[",
		d->found.count);
	for (size_t i = 0; i < d->found.len; i++) {
		const struct discovered *attribute = &d->found.items[i];

		strbuf_adds(sb, i > 0 ? "," : "");
		discovered_begin(d, attribute->iri, "Attribute", NULL);
		discovered_name(d, "attributeName", attribute->iri);
		discovered_array(d, "attributeTypes", attribute->with, false);
		strbuf_addc(sb, '}');
	}
	strbuf_adds(sb, "]}");
}

static int find_type(struct discovered_call *d)
{
	struct req *req = d->call.req;

	if (discovered_read(d, req->param[0]) < 0 ||
		discovered_ask(d, discovery_types, discovery_type) < 0)
		return -1;
	if (d->found.count == 0)
		return err_set(&req->err, ERR_NOT_FOUND, "no entity has the type %.150s",
			d->iri);
	write_type(d, call_answer(&d->call, 200));
	return 0;
}

/* GET /types/{type}: Retrieve Available Entity Type Information, 5.7.7. */
static enum handled retrieve_type(void *cookie, struct req *req, struct resp *resp)
{
	struct discovered_call d = {.call = {.app = cookie, .req = req, .resp = resp}};
	int rc = find_type(&d);

	call_fini(&d.call);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

static const char *const list_names[] = {"details", "local", NULL};
static const char *const one_names[] = {"local", NULL};

const struct route types_routes[] = {
	{"GET", TYPES, list_types, NULL, 0, list_names},
	{"GET", TYPES "/{type}", retrieve_type, NULL, 0, one_names},
	{0},
};
