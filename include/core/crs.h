/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coordinates of maps as longitude and latitude: the reference systems that French open
 * data come in.  Pure formulas of IGN's NTG 71 and of the Krüger series, right to a
 * millimetre; the geodetic systems of the list (RGF93, RGAF09, RGFG95, RGR92, WGS 84) are
 * taken as one, which they are to less than a metre.
 */
#ifndef CORE_CRS_H
#define CORE_CRS_H

#include <base/attr.h>

#include <stdbool.h>

struct err;

enum crs_kind {
	CRS_DEGREES, /* longitude first, whatever the registry says */
	CRS_LAMBERT,
	CRS_MERCATOR, /* of web maps */
	CRS_TRANSVERSE, /* UTM */
};

struct crs {
	enum crs_kind kind;
	unsigned epsg;
	double first, second,
		origin; /* LAMBERT: parallels and latitude of origin, radians */
	double meridian; /* radians */
	double x0, y0; /* metres */
};

/* "EPSG:2154", "2154", "urn:ogc:def:crs:EPSG::2154", "http://www.opengis.net/def/crs/EPSG/0/2154",
 * "urn:ogc:def:crs:OGC:1.3:CRS84", "Lambert-93".  BAD_REQUEST_DATA lists what is known. */
int crs_find(const char *name, struct crs *out, struct err *err) must_check;
/* false: x and y are not in the area that the system is for. */
bool crs_to_degrees(
	const struct crs *crs, double x, double y, double *longitude, double *latitude);

#endif
