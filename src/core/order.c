/* SPDX-License-Identifier: Apache-2.0 */
#include <core/order.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>
#include <core/expand.h>

#include <string.h>

static int fail(const char *key, const char *complaint, struct err *err)
{
	return err_set(err, ERR_BAD_REQUEST_DATA, "orderBy: '%.80s': %s", key, complaint);
}

static int read_direction(
	const char *key, const char *text, struct order_key *out, struct err *err)
{
	static const struct {
		const char *name;
		bool distance, descending;
	} directions[] = {
		{"asc", false, false},
		{"desc", false, true},
		{"dist-asc", true, false},
		{"dist-desc", true, true},
	};

	for (size_t i = 0; i < sizeof(directions) / sizeof(directions[0]); i++) {
		if (strcmp(directions[i].name, text) != 0)
			continue;
		out->distance = directions[i].distance;
		out->descending = directions[i].descending;
		return 0;
	}
	return fail(key, "the direction is asc, desc, dist-asc or dist-desc", err);
}

/* A path alone is a q that asks whether it exists. */
static int read_path(const char *key, const char *text, const struct context *ctx,
	struct arena *a, struct q_path *out, struct err *err)
{
	const struct q_options options = {.ctx = ctx};
	struct err inner = {0};
	struct q *q;

	if (*text == '(' || q_parse(text, &options, a, &q, &inner) < 0 ||
		q->op != Q_EXISTS)
		return fail(key, "expected a name, name.sub or name[member]", err);
	*out = q->path;
	return 0;
}

static int read_key(const char *key, const struct context *ctx, struct arena *a,
	struct order_key *out, struct err *err)
{
	size_t len = strcspn(key, ";");

	if (key[len] == ';' && read_direction(key, key + len + 1, out, err) < 0)
		return -1;
	if (read_path(key, arena_strndup(a, key, len), ctx, a, &out->path, err) < 0)
		return -1;
	if (out->distance && (out->path.names_len > 1 || out->path.trail_len > 0))
		return fail(
			key, "the distance is that of a GeoProperty of the entity", err);
	return 0;
}

static int read_keys(const char *text, const struct context *ctx, struct arena *a,
	struct order *order, struct err *err)
{
	struct order_key *keys = arena_array(a, struct order_key, ORDER_MAX_KEYS);

	for (;;) {
		size_t len = strcspn(text, ",");

		if (order->len == ORDER_MAX_KEYS)
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"orderBy: more than %d keys", ORDER_MAX_KEYS);
		if (read_key(arena_strndup(a, text, len), ctx, a, &keys[order->len++],
			    err) < 0)
			return -1;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	order->keys = keys;
	return 0;
}

static int read_from(const struct order_params *params, struct arena *a, const char **out,
	struct err *err)
{
	const char *type = params->geometry != NULL ? params->geometry : "Point";
	struct jn *geometry = jn_object(a), *coordinates;
	struct err inner = {0};

	if (jn_parse(params->from, strlen(params->from), JN_LIMITS, a, &coordinates,
		    &inner) < 0)
		return err_set(err, ERR_BAD_REQUEST_DATA, "orderFrom: %s", inner.detail);
	jn_add(geometry, "type", jn_string(a, type));
	jn_add(geometry, "coordinates", coordinates);
	if (geometry_check(geometry, "", err) < 0)
		return err_wrap(err, "orderFrom and orderGeometry");
	*out = jn_text(geometry, a);
	return 0;
}

int order_parse(const struct order_params *params, const struct context *ctx,
	struct arena *a, struct order **out, struct err *err)
{
	struct order *order = arena_new(a, struct order);

	order->collation = params->collation;
	if (params->geometry != NULL && !geometry_is_type(params->geometry))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"orderGeometry: '%.40s' is none of Point, MultiPoint, "
			"LineString, "
			"MultiLineString, Polygon and MultiPolygon",
			params->geometry);
	if (params->by != NULL && read_keys(params->by, ctx, a, order, err) < 0)
		return -1;
	if (params->from != NULL && read_from(params, a, &order->from, err) < 0)
		return -1;
	for (size_t i = 0; i < order->len; i++)
		if (order->keys[i].distance && order->from == NULL)
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"orderBy: dist-asc and dist-desc need orderFrom, the "
				"coordinates from where the distance is measured");
	*out = order;
	return 0;
}
