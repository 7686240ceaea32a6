/* SPDX-License-Identifier: Apache-2.0 */
/* Geometries on their way into the database. */
#ifndef STORE_GEOMETRY_TEXT_H
#define STORE_GEOMETRY_TEXT_H

#include <stddef.h>

struct arena;
struct jn;
struct strbuf;

/* A geometry of GeoJSON, maybe as JSON text in a string (4.7.2), for GEOMETRY_SQL.  Points,
 * nearly all of them, go in PostGIS's own hexadecimal form, which it reads in a tenth of the
 * time; the others as they are.  The text is the arena's or in `scratch`. */
const char *geometry_text(
	const struct jn *value, struct arena *a, struct strbuf *scratch, size_t *len);

/* Of a text column `geojson` that is not null.  The document keeps what was sent; relations
 * need a valid geometry.  GeoJSON's edges are straight: without points between, one of 180
 * degrees has no way round the globe. */
#define GEOMETRY_SQL                                                                     \
	"CASE WHEN left(geojson, 2) = '01' THEN geojson::geometry ELSE"                  \
	" calanque_valid(ST_Segmentize(ST_Force2D(ST_SetSRID("                           \
	"ST_GeomFromGeoJSON(geojson), 4326)), 90)) END"
/* The same, or null. */
#define GEOMETRY_OR_NULL_SQL "CASE WHEN geojson IS NOT NULL THEN " GEOMETRY_SQL " END"

#endif
