/* SPDX-License-Identifier: Apache-2.0 */
#include "discovered.h"

#include "params.h"

#include <base/arena.h>
#include <core/context.h>
#include <store/readers.h>

#include <string.h>

int discovered_read(struct discovered_call *d, const char *name)
{
	struct params p = {.call = &d->call};
	struct req *req = d->call.req;
	bool local;

	if (call_accept(&d->call, false) < 0 || call_context(&d->call) < 0 ||
		call_tenant(&d->call, false) < 0 ||
		params_bool(&p, "details", false, &d->details, &req->err) < 0 ||
		params_bool(&p, "local", false, &local, &req->err) < 0)
		return -1;
	if (name != NULL)
		d->iri = context_expand(d->call.ctx, name, strlen(name), &req->arena);
	return 0;
}

int discovered_ask(
	struct discovered_call *d, discovered_list_fn *list, discovered_one_fn *one)
{
	struct readers *readers = d->call.app->readers;
	struct pg *pg = readers_take(readers);
	struct req *req = d->call.req;
	int rc;

	if (d->iri != NULL)
		rc = one(pg, d->call.tenant, d->iri, req->now, &req->arena, &d->found,
			&req->err);
	else
		rc = list(pg, d->call.tenant, d->details, req->now, &req->arena,
			&d->found, &req->err);
	readers_put(readers, pg);
	return rc;
}

static void write_text(struct strbuf *sb, const char *text)
{
	jn_write_string(sb, text, strlen(text));
}

static void write_name(struct discovered_call *d, const char *iri)
{
	write_text(&d->call.resp->body,
		context_compact(d->call.ctx, iri, strlen(iri), &d->call.req->arena));
}

static void write_key(struct strbuf *sb, const char *key)
{
	strbuf_addf(sb, ",\"%s\":", key);
}

void discovered_begin(
	struct discovered_call *d, const char *id, const char *type, const char *context)
{
	struct strbuf *sb = &d->call.resp->body;

	strbuf_adds(sb, "{\"id\":");
	write_text(sb, id);
	write_key(sb, "type");
	write_text(sb, type);
	if (context == NULL)
		return;
	write_key(sb, "@context");
	strbuf_adds(sb, context);
}

void discovered_name(struct discovered_call *d, const char *key, const char *iri)
{
	write_key(&d->call.resp->body, key);
	write_name(d, iri);
}

void discovered_items(struct discovered_call *d, const char *key)
{
	struct strbuf *sb = &d->call.resp->body;

	write_key(sb, key);
	strbuf_addc(sb, '[');
	for (size_t i = 0; i < d->found.len; i++) {
		strbuf_adds(sb, i > 0 ? "," : "");
		write_name(d, d->found.items[i].iri);
	}
	strbuf_addc(sb, ']');
}

void discovered_array(
	struct discovered_call *d, const char *key, const struct jn *array, bool names)
{
	struct strbuf *sb = &d->call.resp->body;
	const char *comma = "";

	write_key(sb, key);
	strbuf_addc(sb, '[');
	jn_each (it, array) {
		const char *text = jn_str(it, &d->call.req->arena);

		strbuf_adds(sb, comma);
		if (names)
			write_name(d, text);
		else
			write_text(sb, text);
		comma = ",";
	}
	strbuf_addc(sb, ']');
}
