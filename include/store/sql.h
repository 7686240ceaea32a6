/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQL made at run time: text and bound parameters side by side.  What a client sent goes
 * into parameters only; the text is made of this program's constants and "$n".
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <base/attr.h>
#include <base/strbuf.h>
#include <store/pg.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Zero-initialise, set arena; sql_fini() at the end. */
struct sql {
	struct strbuf text;
	struct pg_args args; /* values live in the arena */
	struct arena *arena;
	bool too_many; /* a parameter did not fit: TOO_COMPLEX_QUERY */
};
#define auto_sql cleanup_with(sql_fini) struct sql

void sql_add(struct sql *sql, const char *text); /* trusted text */
void sql_addf(struct sql *sql, const char *fmt, ...) printf_like(2, 3);
/* Binds a value and adds nothing: to be referred to several times, as "$n" with the number
 * returned. */
int sql_bind_text(struct sql *sql, const char *s); /* of any type; copied */
int sql_bind_int4(struct sql *sql, int32_t v);
int sql_bind_float(struct sql *sql, double v);
int sql_bind_time(struct sql *sql, int64_t us);
/* Each appends "$n" (with the cast) and binds the value; strings are copied. */
void sql_text(struct sql *sql, const char *s); /* $n::text */
void sql_textn(struct sql *sql, const char *s, size_t len);
void sql_int(struct sql *sql, int64_t v); /* $n::int8 */
void sql_int4(struct sql *sql, int32_t v); /* $n::int4 */
void sql_float(struct sql *sql, double v); /* $n::float8 */
void sql_time(struct sql *sql, int64_t us); /* $n::timestamptz */
void sql_geometry(struct sql *sql, const char *geojson); /* $n::geometry, SRID 0 */
void sql_texts(struct sql *sql, const char *const *list, size_t len); /* $n::text[] */
void sql_ints(struct sql *sql, const int *list, size_t len); /* $n::int4[] */
void sql_longs(struct sql *sql, const int64_t *list, size_t len); /* $n::int8[] */
void sql_times(struct sql *sql, const int64_t *us, size_t len); /* $n::timestamptz[] */
/* $n::<type>: any type, by the text that its input function takes. */
void sql_param(struct sql *sql, const char *type, const char *text);
void sql_fini(struct sql *sql);

#endif
