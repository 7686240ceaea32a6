/* SPDX-License-Identifier: Apache-2.0 */
#include <core/crs.h>

#include <base/err.h>

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RADIANS(degrees) ((degrees)*M_PI / 180)
#define A                6378137.0 /* of GRS 80, and of WGS 84 to a tenth of a millimetre */
#define F                (1 / 298.257222101)
#define E2               (F * (2 - F))

static struct crs degrees(unsigned epsg)
{
	return (struct crs){.kind = CRS_DEGREES, .epsg = epsg};
}

static struct crs lambert(
	unsigned epsg, double first, double second, double origin, double y0)
{
	return (struct crs){.kind = CRS_LAMBERT,
		.epsg = epsg,
		.first = RADIANS(first),
		.second = RADIANS(second),
		.origin = RADIANS(origin),
		.meridian = RADIANS(3),
		.x0 = epsg == 2154 ? 700000 : 1700000,
		.y0 = y0};
}

static struct crs utm(unsigned epsg, int zone, bool south)
{
	return (struct crs){.kind = CRS_TRANSVERSE,
		.epsg = epsg,
		.meridian = RADIANS(zone * 6 - 183),
		.x0 = 500000,
		.y0 = south ? 10000000 : 0};
}

/* UTM of the overseas departments. */
static bool overseas(unsigned epsg, struct crs *out)
{
	static const struct {
		unsigned epsg;
		int zone;
		bool south;
	} known[] = {
		{5490, 20, false}, /* RGAF09: Guadeloupe, Martinique */
		{4559, 20, false}, /* RRAF 1991, before that */
		{2972, 22, false}, /* RGFG95: Guyane */
		{2975, 40, true}, /* RGR92: La Réunion */
		{4471, 38, true}, /* RGM04: Mayotte */
		{25830, 30, false}, /* ETRS 89 */
		{25831, 31, false},
		{25832, 32, false},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].epsg != epsg)
			continue;
		*out = utm(epsg, known[i].zone, known[i].south);
		return true;
	}
	return false;
}

static bool by_number(unsigned n, struct crs *out)
{
	if (n == 4326 || n == 4171 || n == 4258)
		*out = degrees(n);
	else if (n == 2154)
		*out = lambert(n, 44, 49, 46.5, 6600000);
	else if (n >= 3942 && n <= 3950) /* CC42 to CC50 */
		*out = lambert(n, n - 3900 - 0.75, n - 3900 + 0.75, n - 3900,
			(n - 3941) * 1000000.0 + 200000);
	else if (n == 3857 || n == 900913)
		*out = (struct crs){.kind = CRS_MERCATOR, .epsg = 3857};
	else if (n > 32600 && n <= 32660)
		*out = utm(n, (int)n - 32600, false);
	else if (n > 32700 && n <= 32760)
		*out = utm(n, (int)n - 32700, true);
	else
		return overseas(n, out);
	return true;
}

static bool is_word(const char *name, const char *word)
{
	size_t len = strlen(name), n = strlen(word);

	return len >= n && strcasecmp(name + len - n, word) == 0;
}

/* The digits at the end, where they are all of the name or stand behind : or /. */
static const char *number_of(const char *name)
{
	const char *end = name + strlen(name), *number = end;

	while (number > name && isdigit((unsigned char)number[-1]))
		number--;
	if (number == end || end - number > 6 ||
		(number > name && number[-1] != ':' && number[-1] != '/'))
		return NULL;
	return number;
}

int crs_find(const char *name, struct crs *out, struct err *err)
{
	const char *number = number_of(name);

	if (is_word(name, "CRS84")) {
		*out = degrees(4326);
		return 0;
	}
	if (is_word(name, "Lambert-93") || is_word(name, "Lambert93"))
		number = "2154";
	if (number != NULL && by_number((unsigned)strtoul(number, NULL, 10), out))
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"'%.60s' is no reference system known here; known are EPSG:4326 "
		"(degrees), "
		"2154 (Lambert-93), 3942 to 3950 (CC42 to CC50), 3857, 326xx and 327xx "
		"(UTM), 5490, 2972, 2975, 4471",
		name);
}

/* Latitude of the isometric latitude. */
static double latitude_of(double isometric)
{
	double e = sqrt(E2), phi = 2 * atan(exp(isometric)) - M_PI / 2;

	for (int i = 0; i < 20; i++) {
		double sine = e * sin(phi);

		phi = 2 * atan(pow((1 + sine) / (1 - sine), e / 2) * exp(isometric)) -
			M_PI / 2;
	}
	return phi;
}

static double isometric_of(double phi)
{
	double e = sqrt(E2), sine = e * sin(phi);

	return log(tan(M_PI / 4 + phi / 2) * pow((1 - sine) / (1 + sine), e / 2));
}

static double normal(double phi)
{
	return A / sqrt(1 - E2 * sin(phi) * sin(phi));
}

static void from_lambert(
	const struct crs *c, double x, double y, double *lon, double *lat)
{
	double n = log(normal(c->second) * cos(c->second) /
			   (normal(c->first) * cos(c->first))) /
		(isometric_of(c->first) - isometric_of(c->second));
	double scale =
		normal(c->first) * cos(c->first) / n * exp(n * isometric_of(c->first));
	double pole = c->y0 + scale * exp(-n * isometric_of(c->origin));
	double dx = x - c->x0, dy = pole - y;

	*lon = c->meridian + atan2(dx, dy) / n;
	*lat = latitude_of(-log(hypot(dx, dy) / scale) / n);
}

/* Karney, "Transverse Mercator with an accuracy of a few nanometers", to the third order. */
static void from_transverse(
	const struct crs *c, double x, double y, double *lon, double *lat)
{
	const double n = F / (2 - F);
	const double radius = A / (1 + n) * (1 + n * n / 4 + n * n * n * n / 64);
	const double beta[3] = {n / 2 - n * n * 2 / 3 + n * n * n * 37 / 96,
		n * n / 48 + n * n * n / 15, n * n * n * 17 / 480};
	double xi = (y - c->y0) / (0.9996 * radius),
	       eta = (x - c->x0) / (0.9996 * radius);
	double north = xi, east = eta;

	for (int j = 1; j <= 3; j++) {
		north -= beta[j - 1] * sin(2 * j * xi) * cosh(2 * j * eta);
		east -= beta[j - 1] * cos(2 * j * xi) * sinh(2 * j * eta);
	}
	*lon = c->meridian + atan2(sinh(east), cos(north));
	/* From the conformal latitude to the geographic one. */
	*lat = latitude_of(atanh(sin(north) / cosh(east)));
}

bool crs_to_degrees(
	const struct crs *c, double x, double y, double *longitude, double *latitude)
{
	double lon = RADIANS(x), lat = RADIANS(y);

	switch (c->kind) {
	case CRS_DEGREES:
		break;
	case CRS_LAMBERT:
		from_lambert(c, x, y, &lon, &lat);
		break;
	case CRS_MERCATOR:
		lon = x / A;
		lat = 2 * atan(exp(y / A)) - M_PI / 2;
		break;
	case CRS_TRANSVERSE:
		from_transverse(c, x, y, &lon, &lat);
		break;
	}
	lon *= 180 / M_PI;
	lat *= 180 / M_PI;
	if (c->kind == CRS_DEGREES) { /* as they were written */
		lon = x;
		lat = y;
	}
	if (!(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90))
		return false;
	/* Lambert is for France: elsewhere the numbers are of another system. */
	if (c->kind == CRS_LAMBERT && !(lon > -12 && lon < 18 && lat > 38 && lat < 55))
		return false;
	*longitude = lon;
	*latitude = lat;
	return true;
}
