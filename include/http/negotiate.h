/* SPDX-License-Identifier: Apache-2.0 */
/* Content negotiation: Accept and Content-Type, 6.3.4. */
#ifndef HTTP_NEGOTIATE_H
#define HTTP_NEGOTIATE_H

#include <base/attr.h>

#include <stdbool.h>

struct err;

enum media {
	MEDIA_JSON, /* application/json */
	MEDIA_LD_JSON, /* application/ld+json */
	MEDIA_GEO_JSON, /* application/geo+json */
	MEDIA_MERGE, /* application/merge-patch+json: see route_takes_merge() */
	MEDIA_NONE,
};

/* Files of which no answer of the standard has the form. */
enum file_media {
	FILE_NONE,
	FILE_CSV, /* text/csv */
	FILE_XLSX,
	FILE_NDJSON, /* application/x-ndjson, application/ndjson */
};

const char *media_name(enum media m);
/* The file that `accept` (NULL: absent) names before anything else; wildcards name none. */
enum file_media negotiate_file(const char *accept);
/*
 * The best of json > ld+json > geo+json that `accept` (NULL: absent) allows, by q-value
 * first.  Wildcards count as json.  NOT_ACCEPTABLE with the list of what is available.
 */
int negotiate_accept(
	const char *accept, bool geojson, enum media *out, struct err *err) must_check;
/* The media type of a request body, parameters such as charset ignored (a charset other
 * than utf-8 is refused); `merge`: merge-patch+json is one.  UNSUPPORTED_MEDIA_TYPE names
 * what is supported. */
int negotiate_content_type(
	const char *value, bool merge, enum media *out, struct err *err) must_check;
/* Is it a browser that asks?  text/html is named and weighs more than JSON, which would be
 * taken as well. */
bool negotiate_html(const char *accept);
/* Does Accept-Encoding allow gzip? */
bool negotiate_gzip(const char *accept_encoding);

#endif
