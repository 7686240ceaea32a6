/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the rows of somebody's file become entities: a small declarative mapping in JSON.
 *
 *	{"type": "WasteContainer", "id": "urn:ngsi-ld:WasteContainer:{code}",
 *	 "scope": "/Marseille/{quartier}", "@context": "https://…",
 *	 "separator": ";", "encoding": "windows-1252", "decimal": ",", "skip": 0,
 *	 "timeZone": "Europe/Paris", "empty": ["", "NC"], "crs": "EPSG:2154",
 *	 "history": true, "valuesOnly": false, "observedAt": TIME,
 *	 "attributes": {TEMPLATE: ATTRIBUTE or [ATTRIBUTE, …]}}
 *	TIME = "column", or {"column": "c" or ["date", "time"], "format": "dd/MM/yyyy HH:mm"},
 *	       or {"constant": "2026-01-01T00:00:00Z"}; of an attribute also false: none
 *	ATTRIBUTE = "column", or {"kind": …, one source, "unitCode": TEMPLATE, "observedAt": TIME,
 *	       "datasetId": TEMPLATE, "attributes": {…}}
 *	source = "column" with "value": text, number, integer, boolean, dateTime, date, json or
 *	         auto, "words": {"cell": value}, "scale", "offset", "list": ";"
 *	       | "constant": any JSON | "text": TEMPLATE | "object": TEMPLATE
 *	       | "languages": {"fr": "column"} | "longitude", "latitude": "column"
 *	       | "point": "column" of "lat, lon" | "wkt", "geojson": "column"
 *	       | "geometry": true, of a Feature
 *	TEMPLATE = text with {column} in it
 *
 * Pure and immutable once made; any number of threads.
 */
#ifndef TABLE_MAPPING_H
#define TABLE_MAPPING_H

#include <base/attr.h>
#include <base/jn.h>
#include <table/csv.h>

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;
struct mapping; /* opaque; in an arena */
struct strbuf;
struct zone;

/* What a mapping says of the file itself. */
struct mapping_file {
	char separator; /* 0: is found out */
	enum csv_encoding encoding;
	unsigned skip; /* lines before the header */
	const char *zone; /* of local times; NULL: the caller's */
	const char *context; /* URL; NULL: the caller's */
	bool values_only; /* units and such that it does not say stay as they are */
	bool history; /* what is older than the current value is for the history */
};

/* BAD_REQUEST_DATA: where (JSON pointer), what and how to mend it.  Shares `source`. */
struct mapping *mapping_new(
	const struct jn *source, struct arena *a, struct err *err) must_check;

/* What somebody knows of a type's attributes, for proposals. */
struct known_attribute {
	const char *name;
	const char *unit; /* NULL: none */
	bool relationship, fraction;
};
struct mapping_hints {
	const char *type; /* of the entities; NULL: not said */
	/* The attribute that a column of that name is; false: none.  May be NULL. */
	bool (*attribute)(void *self, const char *column, struct known_attribute *out);
	void *self;
};

/*
 * A mapping to begin with, as JSON, from the names of the columns and what stands in the
 * first rows.  Files as our exports write them (columns id and type) get one that reads
 * them back.  INVALID_REQUEST: the type is not known.  As rows_open() otherwise.
 */
int mapping_propose(const struct mapping_hints *hints, bool geojson, const char *text,
	size_t len, struct arena *a, struct strbuf *out, struct err *err) must_check;
const struct mapping_file *mapping_file(const struct mapping *m);
/* The columns that it reads, each once; a row has its cells in this order. */
const char *const *mapping_columns(const struct mapping *m, size_t *len);
/* The column that an attribute is read from, for who found something in it; NULL: none. */
const char *mapping_column_of(const struct mapping *m, const char *name, size_t len);

/* A cell of a CSV file is text, a property of GeoJSON is JSON; neither: there is none. */
struct row_cell {
	const char *text;
	size_t len;
	const struct jn *json;
};

/* What is wrong with a cell. */
struct row_problem {
	const char *column, *value; /* "" where it is none in particular; cut */
	const char *why, *mend;
	struct row_problem *next;
};

struct row_source {
	const struct row_cell *cells;
	const struct jn *geometry; /* of a Feature; NULL: none */
	const char *crs; /* that the file names for it; NULL: none */
	struct zone *zone;
};

/* The id that the row's entity has; NULL: it can have none. */
const char *mapping_row_id(
	const struct mapping *m, const struct row_source *row, struct arena *a);
/* The entity in normalized form, with the names of the mapping.  NULL: *problems says why;
 * all of them, up to eight. */
struct jn *mapping_row(const struct mapping *m, const struct row_source *row,
	struct arena *a, struct row_problem **problems);

#endif
