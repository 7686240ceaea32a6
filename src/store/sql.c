/* SPDX-License-Identifier: Apache-2.0 */
#include <store/sql.h>

#include <base/arena.h>

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sql_add(struct sql *sql, const char *text)
{
	strbuf_adds(&sql->text, text);
}

void sql_addf(struct sql *sql, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert(n >= 0 && (size_t)n < sizeof(text));
	strbuf_add(&sql->text, text, (size_t)n);
}

static bool has_room(struct sql *sql)
{
	sql->too_many |= sql->args.n == PG_ARGS;
	return sql->args.n < PG_ARGS;
}

int sql_bind_text(struct sql *sql, const char *s)
{
	if (has_room(sql))
		pg_text(&sql->args, arena_strdup(sql->arena, s));
	return sql->args.n;
}

int sql_bind_int4(struct sql *sql, int32_t v)
{
	if (has_room(sql))
		pg_int4(&sql->args, v);
	return sql->args.n;
}

int sql_bind_float(struct sql *sql, double v)
{
	if (has_room(sql))
		pg_float(&sql->args, v);
	return sql->args.n;
}

int sql_bind_time(struct sql *sql, int64_t us)
{
	if (has_room(sql))
		pg_time(&sql->args, us);
	return sql->args.n;
}

/* Is there room for one more parameter?  Appends its "$n::type". */
static bool place(struct sql *sql, const char *type)
{
	if (!has_room(sql))
		return false;
	strbuf_addf(&sql->text, "$%d::%s", sql->args.n + 1, type);
	return true;
}

void sql_textn(struct sql *sql, const char *s, size_t len)
{
	if (place(sql, "text"))
		pg_textn(&sql->args, arena_strndup(sql->arena, s, len), len);
}

void sql_text(struct sql *sql, const char *s)
{
	sql_textn(sql, s, strlen(s));
}

void sql_int(struct sql *sql, int64_t v)
{
	if (place(sql, "int8"))
		pg_int(&sql->args, v);
}

void sql_int4(struct sql *sql, int32_t v)
{
	if (place(sql, "int4"))
		pg_int4(&sql->args, v);
}

void sql_float(struct sql *sql, double v)
{
	if (place(sql, "float8"))
		pg_float(&sql->args, v);
}

void sql_time(struct sql *sql, int64_t us)
{
	if (place(sql, "timestamptz"))
		pg_time(&sql->args, us);
}

/* PostGIS reads GeoJSON as the text form of a geometry; so it is parsed once, when the
 * parameter is bound. */
void sql_geometry(struct sql *sql, const char *geojson)
{
	if (place(sql, "geometry"))
		pg_text(&sql->args, arena_strdup(sql->arena, geojson));
}

/* Finishes an array and moves it into the arena, where it lives as long as the parameters.
 * In this order: an empty array has no memory before. */
static void bind_array(struct sql *sql, struct pg_array *array)
{
	int at = sql->args.n;

	pg_args_array(&sql->args, array);
	sql->args.value[at] = arena_strndup(sql->arena, array->sb.data, array->sb.len);
	pg_array_fini(array);
}

void sql_texts(struct sql *sql, const char *const *list, size_t len)
{
	struct pg_array array;

	if (!place(sql, "text[]"))
		return;
	pg_array_init(&array, PG_TEXT);
	for (size_t i = 0; i < len; i++)
		pg_array_text(&array, list[i], strlen(list[i]));
	bind_array(sql, &array);
}

void sql_ints(struct sql *sql, const int *list, size_t len)
{
	struct pg_array array;

	if (!place(sql, "int4[]"))
		return;
	pg_array_init(&array, PG_INT4);
	for (size_t i = 0; i < len; i++)
		pg_array_int(&array, list[i]);
	bind_array(sql, &array);
}

void sql_longs(struct sql *sql, const int64_t *list, size_t len)
{
	struct pg_array array;

	if (!place(sql, "int8[]"))
		return;
	pg_array_init(&array, PG_INT8);
	for (size_t i = 0; i < len; i++)
		pg_array_int(&array, list[i]);
	bind_array(sql, &array);
}

void sql_times(struct sql *sql, const int64_t *us, size_t len)
{
	struct pg_array array;

	if (!place(sql, "timestamptz[]"))
		return;
	pg_array_init(&array, PG_TIMESTAMPTZ);
	for (size_t i = 0; i < len; i++)
		pg_array_time(&array, us[i]);
	bind_array(sql, &array);
}

void sql_param(struct sql *sql, const char *type, const char *text)
{
	if (place(sql, type))
		pg_text(&sql->args, arena_strdup(sql->arena, text));
}

void sql_fini(struct sql *sql)
{
	strbuf_fini(&sql->text);
}
