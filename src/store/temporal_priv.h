/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions on history that the temporal_*.c files share. */
#ifndef STORE_TEMPORAL_PRIV_H
#define STORE_TEMPORAL_PRIV_H

#include <base/attr.h>
#include <store/sql.h>
#include <store/temporal.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/* A query with its names by number. */
struct temporal_names {
	const struct temporal_query *query;
	int *attrs, *without, *datasets;
	size_t attrs_len, without_len, datasets_len;
	int scope; /* 0: nothing ever had one */
	bool none; /* nothing can match: none of the names is known */
};
int temporal_names(const struct entity_index *index, const struct temporal_query *query,
	struct arena *a, struct temporal_names *out, struct err *err) must_check;

/* The time property of a row h, and the columns that tell equals apart. */
const char *time_sql(const struct temporal_q *q);
const char *ties_sql(const struct temporal_q *q);
/* " AND …": the row h has the time property, within the interval (without its beginning
 * where `from` is false) and has one of the datasets; with a scopeQ, the entity was in such
 * a scope then. */
void instance_sql(const struct temporal_names *n, bool from, struct sql *sql);
/* " AND …": the row h is of an attribute that is asked for, and not the scope. */
void attr_sql(const struct temporal_names *n, struct sql *sql);
/* " AND …" about the evolution e: what q says of its instances in the interval. */
int history_q_sql(const struct temporal_names *n, const struct entity_index *index,
	struct sql *sql, struct err *err) must_check;

/* unnest(…) of series: hid, attr, dataset and the place each begins at, as
 * p(hid, attr, dataset, t, k1, k2, n). */
void series_sql(const struct evolution_page *page, const struct series *series,
	size_t len, struct sql *sql);
/* " AND …": the row h is of p, and at its place or behind. */
void series_row_sql(const struct temporal_q *q, struct sql *sql);
/* The evolutions with a row in the interval that the query looks at, in order; known: there
 * are few rows in the interval, so that these are all. */
struct temporal_few {
	bool known;
	int64_t *hids; /* in the arena */
	size_t len;
};
int temporal_few(struct pg *pg, const struct temporal_names *n, struct arena *a,
	struct temporal_few *out, struct err *err) must_check;

/* Sums that grow, in the arena. */
struct bucket_list {
	struct arena *arena;
	struct series_bucket *items;
	size_t len, room;
};
/* Added to the last one where that is of the same period. */
void bucket_list_add(struct bucket_list *list, const struct series_bucket *bucket);

/* A part of a series of which the rows must be read: [from, to). */
struct series_gap {
	size_t series; /* its index in the outline */
	int64_t from, to;
};
struct series_gaps {
	struct arena *arena;
	struct series_gap *items;
	size_t len, room;
};
/*
 * What days were added up for (sql/0013_history_days.sql), of the series[start] to
 * series[end - 1]: goes into `sums`, the rest of the interval into `gaps`.
 */
int temporal_days(struct pg *pg, const struct temporal_names *n,
	const struct evolution_page *page, const struct outline *outline, size_t start,
	size_t end, const struct periods *periods, struct bucket_list *sums,
	struct series_gaps *gaps, struct err *err) must_check;

/* TOO_COMPLEX_QUERY where the statement has too many parameters. */
int temporal_query_sql(
	struct pg *pg, struct sql *sql, PGresult **res, struct err *err) must_check;

#endif
