/* SPDX-License-Identifier: Apache-2.0 */
/* What /types and /attributes have in common: reading the request, writing names. */
#ifndef API_DISCOVERED_H
#define API_DISCOVERED_H

#include "call.h"

#include <base/attr.h>
#include <store/discovery.h>

#include <stdbool.h>

/* A discovery request as it was read. */
struct discovered_call {
	struct call call;
	bool details;
	const char *iri; /* the path's name, expanded; NULL: a list is wanted */
	struct discovery found;
};

/* Accept, @context, tenant, details; `name`: the path's segment or NULL.  -1: req->err. */
int discovered_read(struct discovered_call *d, const char *name) must_check;

typedef int discovered_list_fn(struct pg *pg, int tenant, bool details, int64_t now,
	struct arena *a, struct discovery *out, struct err *err);
typedef int discovered_one_fn(struct pg *pg, int tenant, const char *iri, int64_t now,
	struct arena *a, struct discovery *out, struct err *err);
/* Fill d->found through a reader; one of the two is called. */
int discovered_ask(struct discovered_call *d, discovered_list_fn *list,
	discovered_one_fn *one) must_check;

/* Writing; each member begins with a comma but the first, "id". */
void discovered_begin(
	struct discovered_call *d, const char *id, const char *type, const char *context);
void discovered_name(struct discovered_call *d, const char *key, const char *iri);
/* Compacted names of the items. */
void discovered_items(struct discovered_call *d, const char *key);
/* An array: compacted where `names`, else as it is. */
void discovered_array(
	struct discovered_call *d, const char *key, const struct jn *array, bool names);

#endif
