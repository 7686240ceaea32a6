/* SPDX-License-Identifier: Apache-2.0 */
/* Between propose.c, which writes a mapping, and propose_columns.c, which looks at columns. */
#ifndef TABLE_PROPOSE_PRIV_H
#define TABLE_PROPOSE_PRIV_H

#include <table/mapping.h>

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;

#define SAMPLE 200 /* rows that are looked at */

/* What all cells of a column that are not empty have in common. */
enum look {
	LOOK_EMPTY,
	LOOK_NUMBER, /* with a point or a comma */
	LOOK_BOOLEAN,
	LOOK_TIME,
	LOOK_WKT,
	LOOK_GEOJSON,
	LOOK_POINT, /* "lat, lon" */
	LOOK_URI,
	LOOK_TEXT,
	LOOKS
};

/* What a column's name says. */
enum role {
	ROLE_NONE,
	ROLE_ID,
	ROLE_LONGITUDE,
	ROLE_LATITUDE,
};

struct proposed_column {
	const char *name, *plain; /* plain: in ASCII, small letters and digits with _ */
	enum look look;
	enum role role;
	bool comma; /* its numbers have a decimal comma */
	bool unique; /* no cell is there twice, none is empty */
	double first, most; /* NUMBER */
	size_t filled;
	bool used;
};

struct proposed_file {
	bool geojson, geometry;
	char separator;
	enum csv_encoding encoding;
	struct proposed_column *columns;
	size_t len;
};

int propose_look(bool geojson, const char *text, size_t len, struct arena *a,
	struct proposed_file *out, struct err *err) must_check;
/* camelCase in ASCII, a legal name. */
const char *propose_name(const struct proposed_column *c, struct arena *a);

#endif
