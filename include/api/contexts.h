/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The @contexts that requests name: built in, downloaded once and kept, or written in a
 * body.  Compiled once each and shared.  Any thread; two requests that need the same
 * unknown URL cause one download.
 */
#ifndef API_CONTEXTS_H
#define API_CONTEXTS_H

#include <base/attr.h>
#include <core/context.h>

struct contexts;
struct jn;

struct contexts_config {
	struct context_loader fetch;  /* the network (or what stands for it): net */
	const char *default_url;      /* for requests that name none */
	size_t max_cached;            /* compiled contexts kept; beyond, the oldest go */
};

/* NULL with err set where the default context cannot be had. */
struct contexts *contexts_new(const struct contexts_config *config, struct err *err) must_check;
void contexts_free(struct contexts *c); /* NULL is fine */

/* New references.  Errors: CONTEXT_NOT_AVAILABLE, BAD_REQUEST_DATA. */
struct context *contexts_default(struct contexts *c);
struct context *contexts_by_url(struct contexts *c, const char *url, struct err *err)
	must_check;
/* The value of an "@context" member: URL, object, or array of both. */
struct context *contexts_by_value(struct contexts *c, const struct jn *value,
	struct arena *a, struct err *err) must_check;

#endif
