/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mapping to begin with.  What is a guess stands in it as plainly as what is certain: it
 * is for somebody to read, correct and try in a dry run.
 */
#include "mapping_priv.h"
#include "propose_priv.h"

#include <base/err.h>
#include <base/strbuf.h>

#include <string.h>

struct proposal {
	const struct mapping_hints *hints;
	struct proposed_file file;
	struct arena *a;
	struct strbuf *out;
	bool some; /* attributes */
};

static struct proposed_column *find(struct proposal *p, const char *name)
{
	for (size_t i = 0; i < p->file.len; i++)
		if (strcmp(p->file.columns[i].name, name) == 0)
			return &p->file.columns[i];
	return NULL;
}

static void put_string(struct proposal *p, const char *s)
{
	jn_write_string(p->out, s, strlen(s));
}

static void put_member(struct proposal *p, const char *name, const char *value)
{
	strbuf_addf(p->out, ",\n \"%s\": ", name);
	put_string(p, value);
}

/* Begins the next attribute: `"name": `. */
static void put_name(struct proposal *p, const char *name)
{
	strbuf_adds(p->out, p->some ? ",\n  " : "\n  ");
	p->some = true;
	put_string(p, name);
	strbuf_adds(p->out, ": ");
}

static void put_file(struct proposal *p, bool exported)
{
	static const char *const encodings[] = {"utf-8", "windows-1252", "iso-8859-15"};
	const struct proposed_file *f = &p->file;
	bool comma = exported && f->separator == ';';

	if (f->geojson)
		return;
	put_member(p, "separator", arena_strndup(p->a, &f->separator, 1));
	if (f->encoding != CSV_UTF8)
		put_member(p, "encoding", encodings[f->encoding]);
	for (size_t i = 0; i < f->len; i++)
		comma |= f->columns[i].look == LOOK_NUMBER && f->columns[i].comma;
	if (comma)
		put_member(p, "decimal", ",");
}

/* ---- as our exports write */

static bool ends(const char *name, const char *with)
{
	size_t len = strlen(name), n = strlen(with);

	return len > n && strcmp(name + len - n, with) == 0;
}

/* The column of instants: as UTC where there is a choice. */
static struct proposed_column *time_column(struct proposal *p)
{
	static const char *const names[] = {
		"observedAt (UTC)", "time (UTC)", "observedAt", "time"};
	struct proposed_column *c = NULL;

	for (size_t i = 0; i < 4 && c == NULL; i++)
		c = find(p, names[i]);
	return c;
}

static bool is_beside(const char *name)
{
	return strcmp(name, "id") == 0 || strcmp(name, "type") == 0 ||
		strcmp(name, "scope") == 0 || strcmp(name, "time") == 0 ||
		strcmp(name, "observedAt") == 0 || ends(name, ")") ||
		ends(name, ".longitude") || ends(name, ".latitude");
}

/* A place has three columns; what is no point is GeoJSON. */
static void put_place(struct proposal *p, const char *name)
{
	strbuf_adds(p->out, "[{\"longitude\": ");
	put_string(p, arena_printf(p->a, "%s.longitude", name));
	strbuf_adds(p->out, ", \"latitude\": ");
	put_string(p, arena_printf(p->a, "%s.latitude", name));
	strbuf_adds(p->out, ", \"observedAt\": false}, {\"geojson\": ");
	put_string(p, name);
	strbuf_adds(p->out, ", \"observedAt\": false}]");
}

static bool is_history(struct proposal *p)
{
	return find(p, "time") != NULL || find(p, "time (UTC)") != NULL;
}

static void put_wide(struct proposal *p)
{
	bool history = is_history(p);

	for (size_t i = 0; i < p->file.len; i++) {
		const struct proposed_column *c = &p->file.columns[i];

		if (is_beside(c->name))
			continue;
		put_name(p, c->name);
		if (find(p, arena_printf(p->a, "%s.longitude", c->name)) != NULL) {
			put_place(p, c->name);
			continue;
		}
		strbuf_adds(p->out, "{\"column\": ");
		put_string(p, c->name);
		strbuf_adds(p->out, ", \"value\": \"auto\"");
		/* the instant of the row is that of what was measured */
		if (!history && c->look != LOOK_NUMBER && c->look != LOOK_BOOLEAN)
			strbuf_adds(p->out, ", \"observedAt\": false");
		strbuf_addc(p->out, '}');
	}
}

static void put_long(struct proposal *p)
{
	put_name(p, "{attribute}");
	strbuf_adds(p->out,
		"[\n   {\"column\": \"value\", \"value\": \"auto\", \"datasetId\": "
		"\"{datasetId}\",\n    \"unitCode\": \"{unitCode}\"},\n   "
		"{\"longitude\": "
		"\"longitude\", \"latitude\": \"latitude\", \"datasetId\": "
		"\"{datasetId}\"}]");
}

static bool is_export(struct proposal *p)
{
	const struct proposed_column *id = find(p, "id"), *type = find(p, "type");

	return id != NULL && type != NULL &&
		(id->look == LOOK_URI || id->look == LOOK_EMPTY);
}

static void put_export(struct proposal *p)
{
	const struct proposed_column *time = time_column(p);

	strbuf_adds(p->out, "{\"type\": \"{type}\",\n \"id\": \"{id}\"");
	if (find(p, "scope") != NULL)
		put_member(p, "scope", "{scope}");
	put_file(p, true);
	if (time != NULL)
		put_member(p, "observedAt", time->name);
	if (find(p, "attribute") == NULL && !is_history(p))
		strbuf_adds(p->out, ",\n \"valuesOnly\": true");
	strbuf_adds(p->out, ",\n \"attributes\": {");
	if (find(p, "attribute") != NULL && find(p, "value") != NULL)
		put_long(p);
	else
		put_wide(p);
	strbuf_adds(p->out, "}}\n");
}

/* ---- as others write */

static struct proposed_column *id_column(struct proposal *p)
{
	struct proposed_column *named = NULL, *unique = NULL;

	for (size_t i = 0; i < p->file.len; i++) {
		struct proposed_column *c = &p->file.columns[i];

		if (named == NULL && c->role == ROLE_ID && c->unique)
			named = c;
		if (unique == NULL && c->unique &&
			(c->look == LOOK_TEXT || c->look == LOOK_URI))
			unique = c;
	}
	for (size_t i = 0; i < p->file.len && named == NULL && unique == NULL; i++)
		if (p->file.columns[i].role == ROLE_ID)
			named = &p->file.columns[i];
	if (named == NULL)
		named = unique;
	return named != NULL || p->file.len == 0 ? named : &p->file.columns[0];
}

/* The system of coordinates that are no degrees; NULL: they are. */
static const char *system_of(struct proposal *p, const struct proposed_column *x,
	const struct proposed_column *y)
{
	if (x->first <= 180 && x->first >= -180 && y->first <= 90 && y->first >= -90)
		return NULL;
	if (y->first > 6000000 && y->first < 7200000 && x->first > 0 &&
		x->first < 1300000)
		return "EPSG:2154";
	if (x->first > 1000000 && x->first < 2500000 && y->first > 1100000 &&
		y->first < 9400000)
		return arena_printf(
			p->a, "EPSG:%d", 3941 + (int)((y->first + 300000) / 1000000));
	return "EPSG:3857";
}

static void put_column(struct proposal *p, struct proposed_column *c, const char *source)
{
	strbuf_addf(p->out, "{\"%s\": ", source);
	put_string(p, c->name);
	strbuf_addc(p->out, '}');
	c->used = true;
}

/* The first that there is: two columns, WKT, GeoJSON, "lat, lon", a Feature's. */
static void put_location(struct proposal *p)
{
	static const enum look looks[] = {LOOK_GEOJSON, LOOK_WKT, LOOK_POINT};
	static const char *const sources[] = {"geojson", "wkt", "point"};
	struct proposed_column *x = NULL, *y = NULL, *other = NULL;
	const char *source = NULL, *crs;

	for (size_t i = 0; i < p->file.len; i++) {
		struct proposed_column *c = &p->file.columns[i];

		if (c->role == ROLE_LONGITUDE && c->look == LOOK_NUMBER && x == NULL)
			x = c;
		if (c->role == ROLE_LATITUDE && c->look == LOOK_NUMBER && y == NULL)
			y = c;
		for (size_t j = 0; j < 3 && other == NULL; j++)
			if (c->look == looks[j]) {
				other = c;
				source = sources[j];
			}
	}
	if (p->file.geometry) {
		put_name(p, "location");
		strbuf_adds(p->out, "{\"geometry\": true}");
	} else if (x != NULL && y != NULL) {
		put_name(p, "location");
		crs = system_of(p, x, y);
		strbuf_adds(p->out, "{\"longitude\": ");
		put_string(p, x->name);
		strbuf_adds(p->out, ", \"latitude\": ");
		put_string(p, y->name);
		if (crs != NULL)
			strbuf_addf(p->out, ", \"crs\": \"%s\"", crs);
		strbuf_addc(p->out, '}');
	} else if (other != NULL) {
		put_name(p, "location");
		put_column(p, other, source);
	}
	if (x != NULL && y != NULL)
		x->used = y->used = true;
}

static void put_value(struct proposal *p, struct proposed_column *c, bool observed)
{
	static const char *const values[LOOKS] = {[LOOK_NUMBER] = "number",
		[LOOK_BOOLEAN] = "boolean",
		[LOOK_TIME] = "dateTime"};
	const struct mapping_hints *h = p->hints;
	struct known_attribute known = {.name = propose_name(c, p->a)};
	bool is = h->attribute != NULL && h->attribute(h->self, c->name, &known);

	put_name(p, known.name);
	strbuf_adds(p->out, "{\"column\": ");
	put_string(p, c->name);
	if (is && known.relationship)
		strbuf_adds(p->out, ", \"kind\": \"Relationship\"");
	if (values[c->look] != NULL)
		strbuf_addf(p->out, ", \"value\": \"%s\"", values[c->look]);
	if (c->look == LOOK_NUMBER && known.fraction && c->most > 1)
		strbuf_adds(p->out, ", \"scale\": 0.01");
	if (c->look == LOOK_NUMBER && known.unit != NULL)
		strbuf_addf(p->out, ", \"unitCode\": \"%s\"", known.unit);
	if (observed && c->look != LOOK_NUMBER && c->look != LOOK_BOOLEAN)
		strbuf_adds(p->out, ", \"observedAt\": false");
	strbuf_addc(p->out, '}');
}

/* When: the first column of instants with a time, beside numbers. */
static struct proposed_column *observed_column(struct proposal *p)
{
	struct proposed_column *first = NULL;
	bool number = false;

	for (size_t i = 0; i < p->file.len; i++) {
		struct proposed_column *c = &p->file.columns[i];

		if (first == NULL && c->look == LOOK_TIME)
			first = c;
		number |= c->look == LOOK_NUMBER && !c->used && c->role == ROLE_NONE;
	}
	return number ? first : NULL;
}

static bool same_name(const struct proposal *p, const struct proposed_column *c)
{
	for (const struct proposed_column *other = p->file.columns; other < c; other++)
		if (strcmp(other->plain, c->plain) == 0)
			return true;
	return false;
}

static int put_other(struct proposal *p, struct err *err)
{
	struct proposed_column *id = id_column(p), *observed;

	if (p->hints->type == NULL)
		return err_set(err, ERR_INVALID_REQUEST,
			"type: say what the rows are, such as type=WasteContainer; GET "
			"/calanque/v1/profiles lists types that are known");
	if (id == NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA, "the file has no columns");
	strbuf_adds(p->out, "{\"type\": ");
	put_string(p, p->hints->type);
	put_member(p, "id",
		id->look == LOOK_URI ? arena_printf(p->a, "{%s}", id->name)
				     : arena_printf(p->a, "urn:ngsi-ld:%s:{%s}",
					       p->hints->type, id->name));
	put_file(p, false);
	observed = observed_column(p);
	if (observed != NULL) {
		put_member(p, "observedAt", observed->name);
		observed->used = true;
	}
	strbuf_adds(p->out, ",\n \"attributes\": {");
	put_location(p);
	id->used = id->look == LOOK_URI;
	for (size_t i = 0; i < p->file.len; i++) {
		struct proposed_column *c = &p->file.columns[i];

		if (!c->used && *c->plain != '\0' && !same_name(p, c))
			put_value(p, c, observed != NULL);
	}
	strbuf_adds(p->out, "}}\n");
	return 0;
}

int mapping_propose(const struct mapping_hints *hints, bool geojson, const char *text,
	size_t len, struct arena *a, struct strbuf *out, struct err *err)
{
	struct proposal p = {.hints = hints, .a = a, .out = out};

	if (propose_look(geojson, text, len, a, &p.file, err) < 0)
		return -1;
	if (!geojson && is_export(&p)) {
		put_export(&p);
		return 0;
	}
	return put_other(&p, err);
}
