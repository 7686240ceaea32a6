/* SPDX-License-Identifier: Apache-2.0 */
#include "geometry_text.h"

#include <base/jn.h>
#include <base/strbuf.h>

#include <endian.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static void add_hex(struct strbuf *sb, double v)
{
	static const char digit[] = "0123456789ABCDEF";
	unsigned char bytes[sizeof(v)];
	char hex[2 * sizeof(v)];
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	bits = htole64(bits);
	memcpy(bytes, &bits, sizeof(bits));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		hex[2 * i] = digit[bytes[i] >> 4];
		hex[2 * i + 1] = digit[bytes[i] & 15];
	}
	strbuf_add(sb, hex, sizeof(hex));
}

/* Longitude and latitude; an altitude is not stored. */
static bool read_point(const struct jn *value, double *x, double *y)
{
	const struct jn *position = jn_get(value, "coordinates"), *second;

	if (!jn_str_is(jn_get(value, "type"), "Point") || !jn_is(position, JN_ARRAY) ||
		position->count < 2)
		return false;
	second = position->child->next;
	if (!jn_is(position->child, JN_NUMBER) || !jn_is(second, JN_NUMBER))
		return false;
	*x = jn_number(position->child);
	*y = jn_number(second);
	return isfinite(*x) && isfinite(*y);
}

const char *geometry_text(
	const struct jn *value, struct arena *a, struct strbuf *scratch, size_t *len)
{
	const char *text = jn_span(value, a, len);
	double x, y;

	if (text != NULL)
		return text;
	strbuf_reset(scratch);
	if (read_point(value, &x, &y)) {
		/* little-endian; a point with a reference system; WGS 84 */
		strbuf_adds(scratch,
			"01"
			"01000020"
			"E6100000");
		add_hex(scratch, x);
		add_hex(scratch, y);
	} else {
		jn_write(scratch, value);
	}
	*len = scratch->len;
	return scratch->data;
}
