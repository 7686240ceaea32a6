/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes of all tables, gathered into resources: one a path, with a route for each
 * method.  Resources lie sorted by their number of segments, and within it literals
 * before parameters, so that the first that matches is the right one.
 */
#include <http/route.h>

#include <base/err.h>
#include <base/iri.h>
#include <base/mem.h>
#include <base/strbuf.h>

#include "route_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENTS 16
#define METHODS  8
#define TABLES   64

struct segment {
	const char *p;
	size_t len;
};

struct path {
	struct segment seg[SEGMENTS];
	size_t len;
};

struct resource {
	struct path path; /* a parameter's segment has length 0 */
	unsigned params; /* bit i: segment i is a parameter */
	size_t order; /* of arrival */
	size_t row[METHODS]; /* in router.rows */
	size_t rows;
	char *allow;
};

struct row {
	const struct route *route;
	void *cookie;
};

struct router {
	struct row *rows;
	size_t rows_len;
	struct resource *resources;
	size_t resources_len;
	size_t first[SEGMENTS +
		2]; /* the resources of n segments: first[n] to first[n + 1] */
};

/* false where there are too many segments.  An empty last one is a trailing slash. */
static bool split(const char *s, struct path *path)
{
	path->len = 0;
	while (*s == '/') {
		size_t len = strcspn(++s, "/?#");

		if (len == 0 && *s != '/')
			break;
		if (path->len == SEGMENTS)
			return false;
		path->seg[path->len++] = (struct segment){s, len};
		s += len;
	}
	return true;
}

/* {…} segments sort after literals, the leftmost difference decides. */
static int resource_compare(const void *a, const void *b)
{
	const struct resource *ra = a, *rb = b;

	if (ra->path.len != rb->path.len)
		return ra->path.len < rb->path.len ? -1 : 1;
	for (size_t i = 0; i < ra->path.len; i++) {
		unsigned pa = ra->params >> i & 1, pb = rb->params >> i & 1;

		if (pa != pb)
			return pa < pb ? -1 : 1;
	}
	return ra->order < rb->order ? -1 : ra->order > rb->order;
}

static struct resource *resource_of(struct router *r, const char *text)
{
	struct resource res = {.order = r->resources_len};
	unsigned params = 0;

	assert(text[0] == '/');
	if (!split(text, &res.path))
		abort();
	for (size_t i = 0; i < res.path.len; i++) {
		if (res.path.seg[i].p[0] == '{') {
			res.params |= 1U << i;
			res.path.seg[i].len = 0;
			params++;
		}
	}
	assert(params <= REQ_PATH_PARAMS);
	for (size_t i = 0; i < r->resources_len; i++) {
		struct resource *old = &r->resources[i];
		bool same = old->path.len == res.path.len && old->params == res.params;

		for (size_t k = 0; same && k < res.path.len; k++)
			same = old->path.seg[k].len == res.path.seg[k].len &&
				memcmp(old->path.seg[k].p, res.path.seg[k].p,
					res.path.seg[k].len) == 0;
		if (same)
			return old;
	}
	r->resources = mem_resize(r->resources, (r->resources_len + 1) * sizeof(res));
	r->resources[r->resources_len] = res;
	return &r->resources[r->resources_len++];
}

static const struct row *row_of(
	const struct router *r, const struct resource *res, const char *method)
{
	for (size_t i = 0; i < res->rows; i++) {
		const struct row *row = &r->rows[res->row[i]];

		if (strcmp(row->route->method, method) == 0)
			return row;
	}
	return NULL;
}

static void add_route(struct router *r, const struct route *route, void *cookie)
{
	struct resource *res = resource_of(r, route->path);

	assert(route->handle != NULL);
	assert(res->rows < METHODS && row_of(r, res, route->method) == NULL);
	r->rows = mem_resize(r->rows, (r->rows_len + 1) * sizeof(*r->rows));
	r->rows[r->rows_len] = (struct row){route, cookie};
	res->row[res->rows++] = r->rows_len++;
}

/* "GET, HEAD, POST, OPTIONS", in the order of the table. */
static char *allow_text(const struct router *r, const struct resource *res)
{
	struct strbuf sb = {0};
	bool options = row_of(r, res, "OPTIONS") != NULL;

	for (size_t i = 0; i < res->rows; i++) {
		const char *method = r->rows[res->row[i]].route->method;

		strbuf_addf(&sb, "%s%s", i > 0 ? ", " : "", method);
		if (strcmp(method, "GET") == 0 && row_of(r, res, "HEAD") == NULL)
			strbuf_adds(&sb, ", HEAD");
	}
	if (!options)
		strbuf_adds(&sb, ", OPTIONS");
	return strbuf_steal(&sb, NULL);
}

struct router *router_new(const struct route_table *tables)
{
	struct router *r = mem_alloc(sizeof(*r));
	size_t n = 0;

	for (const struct route_table *t = tables; t->routes != NULL; t++) {
		assert(t - tables < TABLES);
		for (const struct route *route = t->routes; route->method != NULL;
			route++)
			add_route(r, route, t->cookie);
	}
	if (r->resources_len > 0)
		qsort(r->resources, r->resources_len, sizeof(*r->resources),
			resource_compare);
	for (size_t i = 0; i < r->resources_len; i++) {
		r->resources[i].allow = allow_text(r, &r->resources[i]);
		while (n <= r->resources[i].path.len)
			r->first[n++] = i;
	}
	while (n < SEGMENTS + 2)
		r->first[n++] = r->resources_len;
	return r;
}

void router_free(struct router *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->resources_len; i++)
		free(r->resources[i].allow);
	free(r->resources);
	free(r->rows);
	free(r);
}

bool route_takes_merge(const struct req *req)
{
	return strcmp(req->method, "PATCH") == 0 ||
		(req->route != NULL && (req->route->flags & ROUTE_MERGE));
}

size_t router_len(const struct router *r)
{
	return r->rows_len;
}

const struct route *router_route(const struct router *r, size_t i)
{
	assert(i < r->rows_len);
	return r->rows[i].route;
}

size_t router_index(const struct router *r, const struct route *route)
{
	for (size_t i = 0; i < r->rows_len; i++) {
		if (r->rows[i].route == route)
			return i;
	}
	abort();
}

static bool matches(const struct resource *res, const struct path *path, bool empty)
{
	for (size_t i = 0; i < path->len; i++) {
		const struct segment *want = &res->path.seg[i], *have = &path->seg[i];

		if (res->params >> i & 1 ? have->len == 0 && !empty
					 : have->len != want->len ||
					memcmp(have->p, want->p, want->len) != 0)
			return false;
	}
	return true;
}

/* `empty`: may an empty segment stand for a parameter? */
static const struct resource *lookup(
	const struct router *r, const struct path *path, bool empty)
{
	for (size_t i = r->first[path->len]; i < r->first[path->len + 1]; i++) {
		if (matches(&r->resources[i], path, empty))
			return &r->resources[i];
	}
	return NULL;
}

static int decode_params(struct req *req, const struct resource *res,
	const struct path *path, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < path->len; i++) {
		const struct segment *seg = &path->seg[i];

		if (!(res->params >> i & 1))
			continue;
		req->param[n] = iri_decode(&req->arena, seg->p, seg->len, false);
		if (req->param[n] == NULL)
			return err_set(err, ERR_INVALID_REQUEST,
				"path: '%.*s' is not well percent-encoded UTF-8",
				(int)(seg->len < 100 ? seg->len : 100), seg->p);
		n++;
	}
	return 0;
}

/* The first parameter of an entity's resources: the one that follows "entities". */
static bool is_entity_id(const struct resource *res, size_t i)
{
	const struct segment *before = i > 0 ? &res->path.seg[i - 1] : NULL;

	return before != NULL && before->len == 8 &&
		memcmp(before->p, "entities", 8) == 0;
}

/*
 * The path has an empty segment where a parameter should stand.  What it then means is
 * the path without it: 405 where that lacks the method.  But an entity without an id is a
 * bad id (the conformance suite's 054_02, 056_02, 013_02, 016_02; 029_01 and 032_01 want
 * 405 of other collections).
 */
static int empty_segment(const struct router *r, const struct req *req,
	const struct path *path, const char **allow, struct err *err)
{
	const struct resource *res = lookup(r, path, true), *without;
	struct path rest = {.len = 0};

	if (res == NULL || row_of(r, res, req->method) == NULL)
		return 0;
	for (size_t i = 0; i < path->len; i++) {
		if (path->seg[i].len > 0)
			rest.seg[rest.len++] = path->seg[i];
		else if (is_entity_id(res, i))
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"path: the entity id is empty");
	}
	without = lookup(r, &rest, false);
	if (without != NULL && row_of(r, without, req->method) == NULL) {
		*allow = without->allow;
		return err_set(err, ERR_METHOD_NOT_ALLOWED,
			"%s is not allowed here; allowed: %s", req->method,
			without->allow);
	}
	return err_set(err, ERR_BAD_REQUEST_DATA, "path: a segment is empty");
}

static int not_found(const struct router *r, const struct req *req,
	const struct path *path, const char **allow, struct err *err)
{
	if (empty_segment(r, req, path, allow, err) < 0)
		return -1;
	return err_set(err, ERR_NOT_FOUND, "there is no resource '%.150s'", req->path);
}

static int not_allowed(const struct router *r, const struct req *req, struct path *path,
	const struct resource *res, const char **allow, struct err *err)
{
	const char *end = strchr(req->path, '\0');

	if (end[-1] == '/' && path->len < SEGMENTS) {
		path->seg[path->len++] = (struct segment){end, 0};
		if (empty_segment(r, req, path, allow, err) < 0)
			return -1;
	}
	*allow = res->allow;
	return err_set(err, ERR_METHOD_NOT_ALLOWED,
		"%.20s is not allowed here; allowed: %s", req->method, res->allow);
}

/* Clients of older temporal services leave out the root of the API. */
static const char *with_root(struct req *req)
{
	if (strncmp(req->path, "/temporal/", 10) != 0)
		return req->path;
	return arena_printf(&req->arena, "/ngsi-ld/v1%s", req->path);
}

int router_find(const struct router *r, struct req *req, void **cookie,
	const char **allow, struct err *err)
{
	const struct resource *res;
	const struct row *row;
	struct path path;

	if (!split(with_root(req), &path))
		return err_set(
			err, ERR_NOT_FOUND, "there is no resource '%.150s'", req->path);
	res = lookup(r, &path, false);
	if (res == NULL)
		return not_found(r, req, &path, allow, err);
	row = row_of(r, res, req->method);
	if (row == NULL && strcmp(req->method, "HEAD") == 0)
		row = row_of(r, res, "GET");
	if (row == NULL && strcmp(req->method, "OPTIONS") != 0)
		return not_allowed(r, req, &path, res, allow, err);
	if (decode_params(req, res, &path, err) < 0)
		return -1;
	*allow = res->allow;
	req->route = row != NULL ? row->route : NULL;
	*cookie = row != NULL ? row->cookie : NULL;
	return 0;
}
