/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that anybody opens: any query as CSV, CSV for a French Excel, XLSX, GeoJSON, NDJSON
 * or JSON-LD, made while it is sent.
 */
#ifndef API_EXPORTS_H
#define API_EXPORTS_H

#include <base/arena.h>
#include <base/attr.h>
#include <http/message.h>
#include <table/layout.h>
#include <table/table.h>

#include <stdbool.h>

struct call;
struct entity_query;
struct params;
struct zone;

enum export_kind {
	EXPORT_TABLE,
	EXPORT_GEOJSON,
	EXPORT_NDJSON,
	EXPORT_JSONLD,
};

struct export_format {
	const char *name; /* of the parameter `format` */
	const char *media; /* Content-Type */
	const char *extension;
	enum export_kind kind;
	enum table_format table;
};

/* What the request asks for by `format` or by naming a media type in Accept; NULL: no file
 * but an answer of the standard. */
const struct export_format *export_wanted(const struct req *req);
/* As above for a path that gives nothing but files: INVALID_REQUEST lists the formats. */
const struct export_format *export_format(struct req *req) must_check;
/* The time zone of local times: `tz`, or the setting.  The caller closes it. */
struct zone *export_zone(struct call *call) must_check;
/* What the file says of itself, in the arena; *len is 0 where nobody asked (CSV without
 * about=true). */
const struct table_note *export_notes(
	struct call *call, const struct export_format *format, size_t *len);
/* Content-Type and Content-Disposition: `stem` and the day, such as
 * WasteContainer_2026-11-28.csv. */
void export_headers(
	struct call *call, const struct export_format *format, const char *stem);

/* What stands before the first row or element, and after the last. */
void export_begin(
	const struct export_format *format, struct table *t, struct strbuf *out);
void export_end(const struct export_format *format, struct table *t, struct strbuf *out);
/* A name for the file: "WasteContainer", "WasteContainer-Streetlight". */
const char *export_stem(
	struct call *call, const struct entity_query *q, const char *otherwise);

/* GET /temporal/entities as a file. */
enum handled export_history(void *cookie, struct req *req, struct resp *resp);
/* GET /entities as a file. */
enum handled export_entities(void *cookie, struct req *req, struct resp *resp);

#endif
