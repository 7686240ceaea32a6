/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request for items selects (17-069r4, 7.15):
 *	limit     1 and more; more than OGC_MOST is OGC_MOST
 *	bbox      west,south,east,north, or with heights as the third and sixth number; about
 *	          `location`; heights are not compared, the index of places has none
 *	datetime  an instant, or two with '/' between, either of them empty or "..": about the
 *	          latest observedAt of the entity
 *	after     where the page before ended: of `next` links
 *	NAME      equal to the property's value: as text, as the number or the truth that it is
 */
#include "ogc.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/strbuf.h>
#include <core/geo_q.h>
#include <core/q.h>
#include <core/type_q.h>
#include <table/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAY_US INT64_C(86400000000)

static int fail(struct ogc *o, const char *name, const char *value, const char *expected)
{
	return err_set(&o->call.req->err, ERR_INVALID_REQUEST, "%s: '%.60s' is not %s",
		name, value, expected);
}

/* A whole number; "" is none. */
static bool read_whole(const char *text, unsigned long long *out)
{
	char *rest;

	*out = strtoull(text, &rest, 10);
	return *text >= '0' && *text <= '9' && *rest == '\0';
}

static int read_limit(struct ogc *o, struct ogc_query *out)
{
	const char *text = req_param(o->call.req, "limit");
	unsigned long long n = o->html ? OGC_ROWS : OGC_LIMIT;

	if (text != NULL && (!read_whole(text, &n) || n == 0))
		return fail(o, "limit", text, "a whole number of 1 or more");
	out->limit = n < OGC_MOST ? (unsigned)n : OGC_MOST;
	return 0;
}

static int read_after(struct ogc *o, struct ogc_query *out)
{
	const char *text = req_param(o->call.req, "after");
	unsigned long long n = 0;

	if (text != NULL && (!read_whole(text, &n) || n > INT64_MAX))
		return fail(o, "after", text, "where a page ended: follow its next link");
	out->after = (int64_t)n;
	return 0;
}

/* ---- bbox ---- */

/* 4 or 6 numbers, or 0: it is not that. */
static size_t read_numbers(const char *text, double out[6])
{
	size_t n = 0;

	for (const char *p = text;; p++) {
		char *end;

		if (n == 6 || strchr("+-.0123456789", *p) == NULL)
			return 0;
		out[n++] = strtod(p, &end);
		if (end == p || !isfinite(out[n - 1]))
			return 0;
		p = end;
		if (*p == '\0')
			return n == 4 || n == 6 ? n : 0;
		if (*p != ',')
			return 0;
	}
}

static void add_box(
	struct strbuf *sb, double west, double south, double east, double north)
{
	strbuf_addf(sb,
		"%s[[[%.17g,%.17g],[%.17g,%.17g],[%.17g,%.17g],[%.17g,%.17g],"
		"[%.17g,%.17g]]]",
		sb->data[sb->len - 1] == '[' ? "" : ",", west, south, east, south, east,
		north, west, north, west, south);
}

static double within(double v, double most)
{
	return v < -most ? -most : v > most ? most : v;
}

/* A west end east of the east one: across the antimeridian. */
static const char *box_geometry(const double box[4], struct arena *a)
{
	double west = within(box[0], 180), east = within(box[2], 180);
	double south = within(box[1], 90), north = within(box[3], 90);
	auto_strbuf sb = {0};

	strbuf_adds(&sb, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
	if (west > east) {
		add_box(&sb, west, south, 180, north);
		add_box(&sb, -180, south, east, north);
	} else {
		add_box(&sb, west, south, east, north);
	}
	strbuf_adds(&sb, "]}");
	return arena_strndup(a, sb.data, sb.len);
}

static int read_bbox(struct ogc *o, struct ogc_query *out)
{
	struct arena *a = &o->call.req->arena;
	const char *text = req_param(o->call.req, "bbox");
	double n[6], box[4];
	struct geo_q *geo;
	size_t len;

	if (text == NULL)
		return 0;
	len = read_numbers(text, n);
	if (len == 0)
		return fail(o, "bbox", text,
			"four or six numbers: west,south,east,north in degrees");
	box[0] = n[0];
	box[1] = n[1];
	box[2] = n[len / 2];
	box[3] = n[len / 2 + 1];
	if (box[1] > box[3] || (len == 6 && n[2] > n[5]))
		return fail(o, "bbox", text,
			"a box: what is south or below must come before what is north or "
			"above");
	geo = arena_new(a, struct geo_q);
	geo->rel = GEOREL_INTERSECTS;
	geo->property = OGC_LOCATION;
	geo->geometry = box_geometry(box, a);
	out->query.geo = geo;
	out->filtered = true;
	return 0;
}

/* ---- datetime ---- */

/* An instant, or a day, whose last microsecond is `end` of it. */
static bool read_instant(const char *s, size_t len, bool end, int64_t *out)
{
	char text[32];

	if (clock_parse(s, len, out))
		return true;
	if (!clock_is_date(s, len))
		return false;
	(void)snprintf(text, sizeof(text), "%.10sT00:00:00Z", s);
	if (!clock_parse(text, strlen(text), out))
		return false;
	*out += end ? DAY_US - 1 : 0;
	return true;
}

static bool is_open(const char *s, size_t len)
{
	return len == 0 || (len == 2 && memcmp(s, "..", 2) == 0);
}

static bool read_span(const char *text, struct time_span *out)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	const char *to = slash != NULL ? slash + 1 : text;
	size_t to_len = strlen(to);
	bool from_open = slash != NULL && is_open(text, len);
	bool to_open = slash != NULL && is_open(to, to_len);

	out->from = INT64_MIN;
	out->to = INT64_MAX;
	if (from_open && to_open)
		return false;
	if (!from_open && !read_instant(text, len, false, &out->from))
		return false;
	if (!to_open && !read_instant(to, to_len, true, &out->to))
		return false;
	return out->from <= out->to;
}

static int read_datetime(struct ogc *o, struct ogc_query *out)
{
	const char *text = req_param(o->call.req, "datetime");
	struct time_span *span;

	if (text == NULL)
		return 0;
	span = arena_new(&o->call.req->arena, struct time_span);
	if (!read_span(text, span))
		return fail(o, "datetime", text,
			"an instant such as 2026-06-01T08:30:00Z, or two of them with "
			"'/' "
			"between, the earlier one first, '..' for an open end");
	out->query.observed = span;
	out->filtered = true;
	return 0;
}

/* ---- properties ---- */

static bool is_reserved(const char *name)
{
	static const char *const reserved[] = {
		"f", "limit", "bbox", "datetime", "after", NULL};

	for (const char *const *r = reserved; *r != NULL; r++)
		if (strcmp(*r, name) == 0)
			return true;
	return false;
}

static bool is_number(const char *text, struct arena *a)
{
	struct jn *v;
	struct err ignored = {0};

	return jn_parse(text, strlen(text), JN_LIMITS, a, &v, &ignored) == 0 &&
		jn_is(v, JN_NUMBER);
}

/* As a term of q: `iri=="text"`, and what else the text may mean. */
static void add_term(
	const struct ogc_column *c, const char *value, struct strbuf *sb, struct arena *a)
{
	bool number = is_number(value, a);
	bool truth = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;

	strbuf_adds(sb, sb->len > 0 ? ";(" : "(");
	if (number || truth)
		strbuf_addf(sb, "%s==%s", c->iri, value);
	if (!number || c->kinds != 1u << CELL_NUMBER) {
		strbuf_addf(sb, "%s%s==", number || truth ? "|" : "", c->iri);
		jn_write_string(sb, value, strlen(value));
	}
	strbuf_addc(sb, ')');
}

static int unknown(struct ogc *o, const struct ogc_columns *columns, const char *name)
{
	auto_strbuf sb = {0};

	for (size_t i = 0; i < columns->len && sb.len < 120; i++)
		strbuf_addf(&sb, ", %s", columns->items[i].name);
	return err_set(&o->call.req->err, ERR_INVALID_REQUEST,
		"unknown query parameter '%.60s'; allowed here: f, limit, bbox, "
		"datetime, "
		"after%s",
		name, sb.data != NULL ? sb.data : "");
}

static int read_properties(
	struct ogc *o, const struct ogc_columns *columns, struct ogc_query *out)
{
	struct req *req = o->call.req;
	const struct q_options options = {.ctx = o->call.ctx};
	auto_strbuf sb = {0};
	struct q *q;

	for (size_t i = 0; i < req->params_len; i++) {
		const struct ogc_column *c;

		if (is_reserved(req->params[i].name))
			continue;
		c = ogc_column(columns, req->params[i].name);
		if (c == NULL)
			return unknown(o, columns, req->params[i].name);
		add_term(c, req->params[i].value, &sb, &req->arena);
	}
	if (sb.len == 0)
		return 0;
	if (q_parse(arena_strndup(&req->arena, sb.data, sb.len), &options, &req->arena,
		    &q, &req->err) < 0)
		return -1;
	out->query.q = q;
	out->filtered = true;
	return 0;
}

static void select_type(
	struct ogc *o, const struct ogc_collection *c, struct entity_query *q)
{
	struct arena *a = &o->call.req->arena;
	struct type_q *type = arena_new(a, struct type_q);
	struct entity_selector *selector = arena_new(a, struct entity_selector);
	const char **iris = arena_array(a, const char *, 1);

	iris[0] = c->iri;
	type->any = arena_new(a, struct type_all);
	*type->any = (struct type_all){.iris = iris, .len = 1};
	type->len = 1;
	selector->type = type;
	q->selectors = selector;
	q->selectors_len = 1;
}

int ogc_query(struct ogc *o, const struct ogc_collection *c,
	const struct ogc_columns *columns, struct ogc_query *out)
{
	*out = (struct ogc_query){
		.query = {.tenant = o->call.tenant, .now = o->call.req->now}};
	select_type(o, c, &out->query);
	if (read_limit(o, out) < 0 || read_after(o, out) < 0 || read_bbox(o, out) < 0 ||
		read_datetime(o, out) < 0)
		return -1;
	return read_properties(o, columns, out);
}
