/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the entities of an answer are ordered, 4.23:
 *
 *	list      = key *("," key)
 *	key       = path [";" direction]          ; the path is one of q (core/q.h)
 *	direction = "asc" / "desc" / "dist-asc" / "dist-desc"
 */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include <base/attr.h>
#include <core/q.h>

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct context;
struct err;

#define ORDER_MAX_KEYS 8

struct order_key {
	struct q_path path;
	bool distance; /* of the GeoProperty from `from`; the path is one name */
	bool descending;
};

struct order {
	const struct order_key *keys;
	size_t len; /* 0: nothing but the collation to check */
	const char *collation; /* as asked for; NULL: und-x-icu */
	const char *from; /* GeoJSON text, checked; NULL where it is not there */
};

/* The parameters, each NULL where it was not sent. */
struct order_params {
	const char *by, *collation, *from, *geometry;
};

/* BAD_REQUEST_DATA: `orderBy: 'a;up': the direction is asc, …`. */
int order_parse(const struct order_params *params, const struct context *ctx,
	struct arena *a, struct order **out, struct err *err) must_check;

#endif
