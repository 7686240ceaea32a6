/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	Cache-Control = directive *("," directive);  directive = name ["=" value]
 * s-maxage counts before max-age, both before Expires.
 */
#include "expiry.h"

#include <net/client.h>

#include <curl/curl.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECOND    INT64_C(1000000)
#define TEN_YEARS (INT64_C(10) * 365 * 86400)

/* Seconds, also quoted; -1 where there are none. */
static int64_t seconds(const char *s, size_t len)
{
	int64_t n = 0;

	if (len > 0 && *s == '"') {
		s++;
		len--;
	}
	if (len == 0 || *s < '0' || *s > '9')
		return -1;
	for (; len > 0 && *s >= '0' && *s <= '9'; s++, len--)
		if (n < TEN_YEARS)
			n = 10 * n + (*s - '0');
	return n < TEN_YEARS ? n : TEN_YEARS;
}

static bool is_named(const char *directive, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len >= n && strncasecmp(directive, name, n) == 0 &&
		(len == n || directive[n] == '=' || directive[n] == ' ');
}

/* *max: seconds, or -1.  true where the answer must not be kept. */
static bool cache_control(const char *s, int64_t *max)
{
	int64_t max_age = -1, s_maxage = -1;
	bool no = false;

	while (*s != '\0') {
		size_t len;

		s += strspn(s, ", \t");
		len = strcspn(s, ",");
		if (is_named(s, len, "no-store") || is_named(s, len, "no-cache"))
			no = true;
		else if (strncasecmp(s, "max-age=", 8) == 0)
			max_age = seconds(s + 8, len - 8);
		else if (strncasecmp(s, "s-maxage=", 9) == 0)
			s_maxage = seconds(s + 9, len - 9);
		s += len;
	}
	*max = s_maxage >= 0 ? s_maxage : max_age;
	return no;
}

int64_t expiry_of(const char *control, const char *age, const char *expires, int64_t now)
{
	int64_t max = -1, old = age != NULL ? seconds(age, strlen(age)) : 0;
	time_t until;

	if (control != NULL && cache_control(control, &max))
		return now;
	if (max >= 0)
		return now + (max > old ? max - (old > 0 ? old : 0) : 0) * SECOND;
	if (expires == NULL)
		return 0;
	until = curl_getdate(expires, NULL);
	/* "0" and other nonsense mean: expired (RFC 9111, 5.3) */
	return until > now / SECOND ? (int64_t)until * SECOND : now;
}

int64_t expiry(const struct client *c, int64_t now)
{
	/* a header's value is good until the next look-up of the same handle */
	char *control = NULL, *age = NULL;
	const char *value = client_header(c, "Cache-Control");
	int64_t at;

	if (value != NULL)
		control = strdup(value);
	value = client_header(c, "Age");
	if (value != NULL)
		age = strdup(value);
	at = expiry_of(control, age, client_header(c, "Expires"), now);
	free(control);
	free(age);
	return at;
}
