/* SPDX-License-Identifier: Apache-2.0 */
/* Between mapping.c, which reads a mapping, and mapping_*.c, which read rows by it. */
#ifndef TABLE_MAPPING_PRIV_H
#define TABLE_MAPPING_PRIV_H

#include <base/arena.h>
#include <core/crs.h>
#include <core/entity.h>
#include <table/mapping.h>

#include <stdint.h>

/* Text with columns in it. */
struct template_part {
	const char *text; /* NULL: the column */
	size_t len;
	int column;
};
struct template
{
	struct template_part *parts;
	size_t len;
};

struct map_time {
	int *columns; /* joined with a space */
	size_t len;
	const char *format; /* NULL: is found out */
	const char *constant;
};

enum map_value {
	VALUE_TEXT,
	VALUE_NUMBER,
	VALUE_INTEGER,
	VALUE_BOOLEAN,
	VALUE_DATE_TIME,
	VALUE_DATE,
	VALUE_JSON,
	VALUE_AUTO,
	VALUES
};
extern const char *const map_value_names[VALUES];

enum map_source {
	SOURCE_COLUMN,
	SOURCE_CONSTANT,
	SOURCE_TEXT,
	SOURCE_OBJECT,
	SOURCE_LANGUAGES,
	SOURCE_POSITION, /* two columns */
	SOURCE_POINT,
	SOURCE_WKT,
	SOURCE_GEOJSON,
	SOURCE_GEOMETRY, /* the Feature's */
};

struct map_language {
	const char *tag;
	int column;
};

struct map_attr {
	const char *name; /* NULL: what `named` gives */
	struct template named;
	enum kind kind;
	enum map_source source;
	enum map_value value;
	int column, second; /* second: of the latitude */
	struct template template;
	const struct jn *constant, *words; /* NULL: none */
	double scale, offset;
	bool scaled;
	char list; /* what separates several; 0: one */
	const struct crs *crs; /* NULL: the file's, or degrees */
	struct map_language *languages;
	size_t languages_len;
	struct template unit; /* empty: none */
	const struct map_time *observed; /* NULL: none */
	struct template dataset; /* empty: the default instance */
	struct map_attr *subs;
	size_t subs_len;
};

struct mapping {
	struct mapping_file file;
	const char **columns;
	size_t columns_len, columns_room;
	struct template type, id, scope; /* scope may be empty */
	const char **empty; /* words for nothing */
	size_t empty_len;
	char decimal;
	const struct crs *crs;
	const struct map_time *observed;
	struct map_attr *attrs; /* the instances of one attribute follow each other */
	size_t attrs_len;
};

/* One row on its way. */
struct row {
	const struct mapping *m;
	const struct row_source *source;
	struct arena *a;
	struct row_problem *problems, **end;
	unsigned count;
};

/* Notes what is wrong with the cell of the column (-1: none in particular); always -1. */
int row_wrong(struct row *r, int column, const char *mend, const char *why, ...)
	printf_like(4, 5);
/* The text of a cell without blanks around it, NULL: it is empty.  A number or boolean of
 * JSON is text as well; other JSON is not (-1). */
int row_text(struct row *r, int column, const char **out, size_t *len) must_check;
/* The cell as JSON where it is; else NULL. */
const struct jn *row_json(const struct row *r, int column);

/* mapping_value.c: 1: there is one, 0: the cell is empty, -1: it is noted what is wrong. */
int row_value(struct row *r, const struct map_attr *attr, struct jn **out) must_check;
/* A text as a JSON number: false if it is none. */
bool number_read(
	const char *s, size_t len, char decimal, struct arena *a, const char **out);

/* mapping_time.c */
int row_time(struct row *r, const struct map_time *t, int64_t *out) must_check;
/* false: the text is no instant of that format (NULL: of any that is known). */
bool time_read(const char *s, size_t len, const char *format, struct zone *zone,
	int64_t *out) must_check;
/* Is it a format that time_read() knows? */
bool time_format_is_known(const char *format);

/* mapping_geo.c */
int row_geometry(struct row *r, const struct map_attr *attr, struct jn **out) must_check;

#endif
