/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages for people: / and /pages/…, their /assets/…, and what their map is drawn on.
 * They were built from web/ and compiled in; they use the public API and nothing else, and
 * fetch nothing from anywhere but this broker (and the tiles of --map-tiles).
 */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include <base/attr.h>
#include <http/route.h>

struct err;
struct pages;

struct pages_config {
	const char *tiles; /* URL with {z}, {x} and {y}; NULL: none */
	const char *credit; /* whom the map is owed to; needed with tiles */
	const char *outlines; /* path of a GeoJSON FeatureCollection; NULL: none */
};

/* Reads the outlines.  NULL with err set: the file cannot be read or is no GeoJSON, the
 * tiles have no credit or no place for {z}, {x} and {y}. */
struct pages *pages_new(const struct pages_config *config, struct err *err) must_check;
void pages_free(struct pages *pages);

/* cookie: struct pages.  The first is the page itself: what a browser gets in place of
 * JSON (struct server_config.page). */
extern const struct route pages_routes[];

#endif
