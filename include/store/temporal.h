/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading history (sql/0007_history.sql): which evolutions match (5.7.4.4), which series
 * they have in the interval, and the instances and periods of these, some at a time: no
 * connection is held and nothing is remembered here between two calls.
 */
#ifndef STORE_TEMPORAL_H
#define STORE_TEMPORAL_H

#include <base/attr.h>
#include <core/aggregate.h>
#include <core/entity.h>
#include <core/temporal_q.h>
#include <store/entities.h>

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct pg;

/* What is asked for.  `entities`: selectors, q, geo, scope, limit, offset, count, now;
 * its attrs and order are not looked at. */
struct temporal_query {
	struct entity_query entities;
	const struct temporal_q *temporal;
	const char *const *attrs; /* IRIs: series of others are not looked at */
	size_t attrs_len; /* 0 and attrs NULL: all */
	const char *const *without; /* IRIs that are left out of what is shown */
	size_t without_len;
	bool scopes; /* the scope is shown as well */
	bool only_scopes; /* and nothing else is */
	bool times; /* evolutions with the time of their last change */
	const char *const *datasets; /* "@none": the default; NULL: all */
	size_t datasets_len;
	int64_t after; /* of temporal_find(): evolutions of greater numbers; not by_id */
	bool by_id; /* orderBy=id: else in the order of creation */
	bool descending;
};

struct evolution {
	int64_t hid;
	const char *id;
	const char *const *types; /* IRIs */
	size_t types_len;
	int64_t created, modified, deleted; /* 0: there is none, or none was asked for */
	int64_t place; /* in the EntityMap; 0: there is none */
};
struct evolution_page {
	struct evolution *items; /* in the arena */
	size_t len;
	bool more;
	int64_t count; /* -1: not asked for */
};

/* A page of the evolutions that match, and have an instance in the interval. */
int temporal_find(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, struct arena *a, struct evolution_page *page,
	struct err *err) must_check;
/* The ids of all that match, in the order of pages, into an EntityMap (5.14.5).  A query with
 * entities.map set finds among those of that map alone, in its order. */
int temporal_map(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, int64_t map, struct arena *a,
	struct err *err) must_check;
/* The evolution of the only id of the only selector, whatever it has; page->len is 0 where
 * there is none. */
int temporal_get(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, struct arena *a, struct evolution_page *page,
	struct err *err) must_check;

#define ALL_DATASETS (-1)

/* Where an instance stands in its series: by time, then by two numbers that tell equals
 * apart. */
struct place {
	int64_t time, first, second;
};

struct series {
	size_t evolution; /* its index in the page */
	int attr, dataset; /* dataset: ALL_DATASETS where they are not told apart */
	const char *attr_iri,
		*dataset_iri; /* dataset_iri: NULL for the default instance */
	enum kind kind;
	enum value_class class; /* of its latest instance */
	int64_t count; /* in the interval, up to lastN and up to what was asked */
	int64_t first, last; /* times of its first and last instance */
	struct place from; /* the first one that is wanted */
};
struct outline {
	struct series *items; /* by evolution and attribute, in the arena */
	size_t len;
};

/*
 * The series of the evolutions.  most: no more instances of an attribute are counted; 0:
 * none are, only whether there are any.  split: datasets are told apart.
 */
int temporal_outline(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, const struct evolution_page *page,
	unsigned most, bool split, struct arena *a, struct outline *out,
	struct err *err) must_check;

/*
 * Where a cut in time leaves `most` instances, those of the same instant all on this side:
 * the oldest, or where `newest` the newest.  *at: the time of the last one kept; *cut is
 * false where nothing is left behind it.
 */
int temporal_cut(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, const struct evolution_page *page,
	const struct outline *outline, unsigned most, bool newest, struct arena *a,
	int64_t *at, bool *cut, struct err *err) must_check;

struct series_row {
	size_t series; /* its index in the outline */
	struct place place;
	int dataset;
	int64_t seq, created, modified, deleted; /* deleted: 0 where it is none */
	const char *doc;
	size_t len;
};
struct series_rows {
	PGresult *res; /* holds the docs */
	struct series_row *items; /* in the arena */
	size_t len;
	bool more;
};
void series_rows_fini(struct series_rows *rows);
#define auto_series_rows cleanup_with(series_rows_fini) struct series_rows

/* The next `most` instances from series[start], place `from`, on; up to `to`. */
struct rows_wanted {
	size_t start;
	struct place from;
	int64_t to; /* exclusive */
	unsigned most;
	bool texts; /* only what is no number, for aggregation */
	size_t end; /* series before which it ends */
};
int temporal_rows(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, const struct evolution_page *page,
	const struct outline *outline, const struct rows_wanted *wanted, struct arena *a,
	struct series_rows *out, struct err *err) must_check;

/*
 * The periods of an aggregation: of one length from an origin on, or (local days, months)
 * between bounds.  One without length: all from `origin` to `end`.
 */
struct periods {
	int64_t origin, end;
	int64_t step; /* microseconds; 0: bounds, or one period */
	const int64_t *bounds; /* in order; NULL: none */
	size_t bounds_len;
};
/*
 * first, last: of the data, where the interval has an open end.  BAD_REQUEST_DATA: there is
 * no such time zone; TOO_MANY_RESULTS: more than PERIODS_MOST of them.
 */
#define PERIODS_MOST 250000
int temporal_periods(struct pg *pg, const struct temporal_q *q, int64_t first,
	int64_t last, struct arena *a, struct periods *out, struct err *err) must_check;
/* The period that holds the instant. */
void periods_at(const struct periods *p, int64_t at, int64_t *start, int64_t *end);

struct series_bucket {
	size_t series;
	int dataset;
	const char *dataset_iri; /* NULL: the default instance */
	int64_t start; /* of its period */
	int64_t total; /* rows, deletions included */
	struct number_sums numbers;
};
struct series_buckets {
	struct series_bucket *items; /* in the arena; by series, dataset and time */
	size_t len;
};
/* The sums of the numbers of series[start] to series[end - 1], by period. */
int temporal_sums(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, const struct evolution_page *page,
	const struct outline *outline, size_t start, size_t end,
	const struct periods *periods, struct arena *a, struct series_buckets *out,
	struct err *err) must_check;
/* The median of the time between two observations of each series, from `start` on; 0:
 * there are fewer than two. */
int temporal_medians(struct pg *pg, const struct entity_index *index,
	const struct temporal_query *query, const struct evolution_page *page,
	const struct outline *outline, size_t start, size_t end, struct arena *a,
	int64_t *out, struct err *err) must_check;

#endif
