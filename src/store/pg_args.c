/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters and results in PostgreSQL's binary formats: big-endian, timestamps in
 * microseconds since 2000-01-01, arrays as ndim, has-null, element type, length, lower
 * bound, then each element with its length.
 */
#include <store/pg.h>

#include <base/arena.h>
#include <assert.h>
#include <endian.h>
#include <string.h>

#define EPOCH_2000   946684800000000LL /* us from 1970 to 2000 */
#define ARRAY_HEADER 20

static void add(struct pg_args *args, const void *value, size_t len, bool binary)
{
	assert(args->n < PG_ARGS && len <= INT32_MAX);
	args->value[args->n] = value;
	args->len[args->n] = (int)len;
	args->format[args->n] = binary;
	args->n++;
}

void pg_text(struct pg_args *args, const char *s)
{
	add(args, s, 0, false);
}

void pg_textn(struct pg_args *args, const char *s, size_t len)
{
	add(args, s, len, true);
}

static void add_number(struct pg_args *args, uint64_t big_endian, size_t len)
{
	assert(args->n < PG_ARGS);
	args->number[args->n] = (int64_t)big_endian;
	add(args, &args->number[args->n], len, true);
}

void pg_int(struct pg_args *args, int64_t v)
{
	add_number(args, htobe64((uint64_t)v), 8);
}

void pg_int4(struct pg_args *args, int32_t v)
{
	uint64_t number = 0;
	uint32_t big = htobe32((uint32_t)v);

	memcpy(&number, &big, sizeof(big));
	add_number(args, number, 4);
}

void pg_float(struct pg_args *args, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	add_number(args, htobe64(bits), 8);
}

void pg_bool(struct pg_args *args, bool v)
{
	add(args, v ? "\1" : "\0", 1, true);
}

void pg_time(struct pg_args *args, int64_t us)
{
	pg_int(args, us - EPOCH_2000);
}

void pg_array_init(struct pg_array *a, enum pg_type type)
{
	memset(a, 0, sizeof(*a));
	a->type = type;
}

void pg_array_fini(struct pg_array *a)
{
	strbuf_fini(&a->sb);
}

void pg_array_reset(struct pg_array *a)
{
	strbuf_reset(&a->sb);
	a->n = 0;
	a->nulls = false;
}

/* An empty array takes no memory: most columns of most groups are. */
static void begin(struct pg_array *a)
{
	static const char header[ARRAY_HEADER];

	if (a->sb.len == 0)
		strbuf_add(&a->sb, header, sizeof(header));
}

/* Begins an element by its length. */
static void element(struct pg_array *a, uint32_t len)
{
	uint32_t big = htobe32(len);

	begin(a);
	strbuf_add(&a->sb, (const char *)&big, sizeof(big));
	a->n++;
}

void pg_array_null(struct pg_array *a)
{
	element(a, UINT32_MAX); /* length -1 */
	a->nulls = true;
}

void pg_array_text(struct pg_array *a, const char *s, size_t len)
{
	bool jsonb = a->type == PG_JSONB;

	assert((jsonb || a->type == PG_TEXT) && len < INT32_MAX);
	element(a, (uint32_t)len + jsonb);
	if (jsonb)
		strbuf_addc(&a->sb, 1); /* the format's version */
	strbuf_add(&a->sb, s, len);
}

static void add64(struct pg_array *a, uint64_t v)
{
	uint64_t big = htobe64(v);

	element(a, sizeof(big));
	strbuf_add(&a->sb, (const char *)&big, sizeof(big));
}

static void add32(struct pg_array *a, uint32_t v)
{
	uint32_t big = htobe32(v);

	element(a, sizeof(big));
	strbuf_add(&a->sb, (const char *)&big, sizeof(big));
}

void pg_array_int(struct pg_array *a, int64_t v)
{
	if (a->type == PG_INT8) {
		add64(a, (uint64_t)v);
	} else if (a->type == PG_INT4) {
		add32(a, (uint32_t)v);
	} else {
		assert(a->type == PG_BOOL);
		element(a, 1);
		strbuf_addc(&a->sb, v != 0);
	}
}

void pg_array_float(struct pg_array *a, double v)
{
	uint64_t bits;

	assert(a->type == PG_FLOAT8);
	memcpy(&bits, &v, sizeof(bits));
	add64(a, bits);
}

void pg_array_tid(struct pg_array *a, const char tid[PG_TID_LEN])
{
	assert(a->type == PG_TID);
	element(a, PG_TID_LEN);
	strbuf_add(&a->sb, tid, PG_TID_LEN);
}

void pg_array_time(struct pg_array *a, int64_t us)
{
	assert(a->type == PG_TIMESTAMPTZ);
	add64(a, (uint64_t)(us - EPOCH_2000));
}

void pg_args_array(struct pg_args *args, struct pg_array *a)
{
	uint32_t header[5] = {htobe32(1), htobe32(a->nulls), htobe32(a->type),
		htobe32(a->n), htobe32(1)};

	begin(a);
	memcpy(a->sb.data, header, sizeof(header));
	add(args, a->sb.data, a->sb.len, true);
}

int64_t pg_get_int(const PGresult *res, int row, int column)
{
	const char *p = PQgetvalue(res, row, column);
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	assert(PQfformat(res, column) == 1);
	switch (PQgetlength(res, row, column)) {
	case 1:
		return p[0];
	case 2:
		memcpy(&two, p, sizeof(two));
		return (int16_t)be16toh(two);
	case 4:
		memcpy(&four, p, sizeof(four));
		return (int32_t)be32toh(four);
	default:
		assert(PQgetlength(res, row, column) == 8);
		memcpy(&eight, p, sizeof(eight));
		return (int64_t)be64toh(eight);
	}
}

double pg_get_float(const PGresult *res, int row, int column)
{
	uint64_t bits = (uint64_t)pg_get_int(res, row, column);
	double v;

	assert(PQgetlength(res, row, column) == 8);
	memcpy(&v, &bits, sizeof(v));
	return v;
}

int64_t pg_get_time(const PGresult *res, int row, int column)
{
	return pg_get_int(res, row, column) + EPOCH_2000;
}

int64_t pg_get_time_or_0(const PGresult *res, int row, int column)
{
	return PQgetisnull(res, row, column) ? 0 : pg_get_time(res, row, column);
}

const char *pg_get_text(const PGresult *res, int row, int column, struct arena *a)
{
	if (PQgetisnull(res, row, column))
		return NULL;
	return arena_strndup(
		a, PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column));
}
