/* SPDX-License-Identifier: Apache-2.0 */
/* /attributes and /attributes/{attr}: the attributes that entities have, 6.27 and 6.28. */
#include "discovered.h"

#include <base/arena.h>
#include <base/err.h>

#include <inttypes.h>

#define ATTRIBUTES "/ngsi-ld/v1/attributes"

/* AttributeList, 5.2.27. */
static void write_list(struct discovered_call *d, const char *context)
{
	const char *id = arena_printf(
		&d->call.req->arena, "urn:ngsi-ld:AttributeList:%d", d->call.tenant);

	discovered_begin(d, id, "AttributeList", context);
	discovered_items(d, "attributeList");
	strbuf_addc(&d->call.resp->body, '}');
}

/* Attribute[], 5.2.28 as 4.5.14 wants it. */
static void write_details(struct discovered_call *d, const char *context)
{
	struct strbuf *sb = &d->call.resp->body;

	strbuf_addc(sb, '[');
	for (size_t i = 0; i < d->found.len; i++) {
		const struct discovered *attribute = &d->found.items[i];

		strbuf_adds(sb, i > 0 ? "," : "");
		discovered_begin(d, attribute->iri, "Attribute", context);
		discovered_name(d, "attributeName", attribute->iri);
		discovered_array(d, "typeNames", attribute->with, true);
		strbuf_addc(sb, '}');
	}
	strbuf_addc(sb, ']');
}

/* GET /attributes: Retrieve Available Attributes (5.7.8), with their details (5.7.9). */
static enum handled list_attributes(void *cookie, struct req *req, struct resp *resp)
{
	struct discovered_call d = {.call = {.app = cookie, .req = req, .resp = resp}};
	int rc = discovered_read(&d, NULL);

	if (rc == 0)
		rc = discovered_ask(&d, discovery_attributes, discovery_attribute);
	if (rc == 0)
		(d.details ? write_details : write_list)(&d, call_answer(&d.call, 200));
	call_fini(&d.call);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

/* Attribute, 5.2.28. */
static void write_attribute(struct discovered_call *d, const char *context)
{
	struct strbuf *sb = &d->call.resp->body;

	discovered_begin(d, d->iri, "Attribute", context);
	discovered_name(d, "attributeName", d->iri);
	strbuf_addf(sb, ",\"attributeCount\":%" PRId64, d->found.count);
	discovered_array(d, "attributeTypes", d->found.kinds, false);
	discovered_items(d, "typeNames");
	strbuf_addc(sb, '}');
}

static int find_attribute(struct discovered_call *d)
{
	struct req *req = d->call.req;

	if (discovered_read(d, req->param[0]) < 0 ||
		discovered_ask(d, discovery_attributes, discovery_attribute) < 0)
		return -1;
	if (d->found.count == 0)
		return err_set(&req->err, ERR_NOT_FOUND,
			"no entity has the attribute %.150s", d->iri);
	write_attribute(d, call_answer(&d->call, 200));
	return 0;
}

/* GET /attributes/{attr}: Retrieve Available Attribute Information, 5.7.10. */
static enum handled retrieve_attribute(void *cookie, struct req *req, struct resp *resp)
{
	struct discovered_call d = {.call = {.app = cookie, .req = req, .resp = resp}};
	int rc = find_attribute(&d);

	call_fini(&d.call);
	return rc < 0 ? HANDLED_ERROR : HANDLED;
}

static const char *const list_names[] = {"details", "local", NULL};
static const char *const one_names[] = {"local", NULL};

const struct route attributes_routes[] = {
	{"GET", ATTRIBUTES, list_attributes, NULL, 0, list_names},
	{"GET", ATTRIBUTES "/{attr}", retrieve_attribute, NULL, 0, one_names},
	{0},
};
