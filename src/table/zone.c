/* SPDX-License-Identifier: Apache-2.0 */
#include <table/zone.h>

#include <base/clock.h>
#include <base/err.h>
#include <base/mem.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#define NAME_MAX_LEN 64

struct zone {
	UCalendar *calendar;
	char name[NAME_MAX_LEN];
	int64_t hour, offset; /* the last hour that was asked for: they come in runs */
};

static int unknown(const char *name, struct err *err)
{
	return err_set(err, ERR_INVALID_REQUEST,
		"tz: there is no time zone '%.64s'; use a name such as Europe/Paris",
		name);
}

struct zone *zone_open(const char *name, struct err *err)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar id[NAME_MAX_LEN], canonical[NAME_MAX_LEN];
	UBool known = false;
	struct zone *z;

	if (*name == '\0' || strlen(name) >= NAME_MAX_LEN) {
		(void)unknown(name, err);
		return NULL;
	}
	u_uastrcpy(id, name);
	(void)ucal_getCanonicalTimeZoneID(
		id, -1, canonical, NAME_MAX_LEN, &known, &status);
	if (U_FAILURE(status) || !known) {
		(void)unknown(name, err);
		return NULL;
	}
	z = mem_alloc(sizeof(*z));
	(void)snprintf(z->name, sizeof(z->name), "%s", name);
	z->hour = INT64_MIN;
	z->calendar = ucal_open(id, -1, "en", UCAL_GREGORIAN, &status);
	if (U_FAILURE(status)) {
		free(z);
		(void)unknown(name, err);
		return NULL;
	}
	return z;
}

void zone_close(struct zone *z)
{
	if (z == NULL)
		return;
	ucal_close(z->calendar);
	free(z);
}

const char *zone_name(const struct zone *z)
{
	return z->name;
}

int64_t zone_offset(struct zone *z, int64_t at)
{
	/* Zones change on whole quarters of an hour. */
	const int64_t step = INT64_C(900000000);
	int64_t hour = at / step - (at % step < 0), ms = hour * (step / 1000);
	UErrorCode status = U_ZERO_ERROR;

	if (hour == z->hour)
		return z->offset;
	ucal_setMillis(z->calendar, (double)ms, &status);
	z->offset = ucal_get(z->calendar, UCAL_ZONE_OFFSET, &status);
	z->offset += ucal_get(z->calendar, UCAL_DST_OFFSET, &status);
	z->offset = U_SUCCESS(status) ? z->offset * 1000 : 0;
	z->hour = hour;
	return z->offset;
}

int64_t zone_instant(struct zone *z, int64_t local)
{
	const int64_t day = INT64_C(86400000000);
	/* before and after any change nearby */
	int64_t early = zone_offset(z, local - day), late = zone_offset(z, local + day);

	/* Where both fit, what clocks show twice: the earlier instant has the greater
	 * offset, that of before. */
	if (zone_offset(z, local - early) == early)
		return local - early;
	if (zone_offset(z, local - late) == late)
		return local - late;
	return local - early;
}

char *zone_local_text(struct zone *z, int64_t at, char buf[ZONE_TEXT])
{
	char text[CLOCK_TEXT];

	clock_format(at + zone_offset(z, at), text);
	/* YYYY-MM-DDThh:mm:ss */
	(void)snprintf(buf, ZONE_TEXT, "%.2s/%.2s/%.4s %.8s", text + 8, text + 5, text,
		text + 11);
	return buf;
}
