/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes are tables: method, path, handler.  main hands them to the server; http never
 * includes api.  The raw path is split at '/' before anything is decoded, so that
 * `attrs/https%3A%2F%2Fx` is one segment.  A trailing slash is ignored; /temporal/… stands
 * for /ngsi-ld/v1/temporal/….
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <base/attr.h>
#include <http/message.h>

#include <stdio.h>

typedef enum handled handle_fn(void *cookie, struct req *req, struct resp *resp);
/*
 * Handles `n` requests of one route that waited together; each resp[i] is completed or
 * each req[i]->err filled (then resp[i] is ignored).
 */
typedef void handle_many_fn(
	void *cookie, struct req *const *req, struct resp *const *resp, size_t n);
/* Which requests are handled together, and how. */
struct together {
	handle_many_fn *handle;
	/* A number of the question that is asked (the query is not split yet): the same ones go
	 * together, and a few that are COMPANY_SMALL; 0: it goes alone.  NULL: all go
	 * together. */
	uint64_t (*company)(const struct req *req);
	/* Would the others have to wait until something was fetched for this one?  Then it
	 * goes alone.  NULL: never. */
	bool (*waits)(void *cookie, struct req *req);
};
#define COMPANY_SMALL 1 /* the bit of what does not make others wait */

enum route_flags {
	ROUTE_PLAIN = 1, /* outside the NGSI-LD rules on Accept and Content-Type */
	ROUTE_GEOJSON = 2, /* application/geo+json is acceptable (6.3.4) */
	ROUTE_QUERY = 4, /* a POST that reads: Accept is evaluated (6.3.4) */
	/* Cheap and non-blocking: runs on the HTTP thread, without the server's `before`. */
	ROUTE_INLINE = 8,
	ROUTE_FILES = 16, /* Accept may name a file instead (negotiate_file()) */
	ROUTE_MERGE = 32, /* takes application/merge-patch+json although it is no PATCH */
	ROUTE_OPEN = 64, /* checks parameters that are not in `params` itself */
	ROUTE_PROBLEM = 128, /* its errors are application/problem+json (RFC 9457) */
};

struct route {
	const char *method;
	const char *path; /* "/ngsi-ld/v1/entities/{id}" */
	handle_fn *handle;
	const struct together *together; /* NULL, or taken when several wait */
	unsigned flags;
	/* NULL-terminated names of the query parameters that are allowed (6.3.20); NULL: any.
	 * With ROUTE_OPEN there are others besides. */
	const char *const *params;
};

struct route_table {
	const struct route *routes; /* ends with a NULL method */
	void *cookie;
};

/* Is application/merge-patch+json a body of the request?  (6.3.4; ngsijs appends with it) */
bool route_takes_merge(const struct req *req);

struct router;

/* Takes up to 64 tables, ended by a NULL `routes`.  Never NULL; bad tables abort. */
struct router *router_new(const struct route_table *tables);
void router_free(struct router *r);

/*
 * Finds the route for req->method and req->path and fills req->route, req->param and
 * *cookie; HEAD finds GET's route, and OPTIONS (where no route has it) leaves req->route
 * NULL.  *allow becomes the value of the Allow header, the router's, on success and with
 * METHOD_NOT_ALLOWED.  NOT_FOUND for an unknown path, METHOD_NOT_ALLOWED for a wrong
 * method, INVALID_REQUEST for a malformed escape, BAD_REQUEST_DATA for an empty segment
 * where a parameter stands (405 where the path without it lacks the method, but for the
 * id of an entity).
 */
int router_find(const struct router *r, struct req *req, void **cookie,
	const char **allow, struct err *err) must_check;
/* Splits and decodes req->query into req->params. */
int route_query(struct req *req, struct err *err) must_check;
/* INVALID_REQUEST for the first parameter that req->route does not list (6.3.20). */
int route_check_params(const struct req *req, struct err *err) must_check;

/*
 * The tables as a JSON array, an object a route: method, path, plain, geojson, query, merge,
 * problem (the flags), parameters (null: any).  -1: could not be written.
 */
int route_print(const struct route_table *tables, FILE *out) must_check;

#endif
