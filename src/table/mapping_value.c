/* SPDX-License-Identifier: Apache-2.0 */
/* A cell as the value of a Property or the object of a Relationship. */
#include "mapping_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/strbuf.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBER_MAX 60 /* digits that any number of a table has */

const char *const map_value_names[VALUES] = {
	"text", "number", "integer", "boolean", "dateTime", "date", "json", "auto"};

/* A blank between thousands: ASCII, no-break and narrow no-break. */
static size_t blank(const char *s, size_t len)
{
	if (*s == ' ')
		return 1;
	if (len >= 2 && memcmp(s, "\xc2\xa0", 2) == 0)
		return 2;
	return len >= 3 && memcmp(s, "\xe2\x80\xaf", 3) == 0 ? 3 : 0;
}

/* Sign, digits, decimals and exponent as JSON has them; false: it is no number. */
static bool normalize(const char *s, size_t len, char decimal, struct strbuf *sb)
{
	size_t i = 0, whole = 0, part = 0;

	if (i < len && (s[i] == '-' || s[i] == '+'))
		strbuf_adds(sb, s[i++] == '-' ? "-" : "");
	while (i + 1 < len && s[i] == '0' && isdigit((unsigned char)s[i + 1]))
		i++;
	while (i < len &&
		(isdigit((unsigned char)s[i]) ||
			(whole > 0 && blank(s + i, len - i) > 0))) {
		size_t n = blank(s + i, len - i);

		if (n == 0) {
			strbuf_addc(sb, s[i]);
			whole++;
		}
		i += n > 0 ? n : 1;
	}
	if (whole == 0)
		strbuf_addc(sb, '0');
	if (i < len && s[i] == decimal) {
		i++;
		for (; i < len && isdigit((unsigned char)s[i]); i++, part++)
			strbuf_addf(sb, "%s%c", part == 0 ? "." : "", s[i]);
	}
	if (whole + part == 0 || i == len)
		return whole + part > 0;
	if ((s[i] | 32) != 'e')
		return false;
	strbuf_addc(sb, 'e');
	if (++i < len && (s[i] == '-' || s[i] == '+'))
		strbuf_addc(sb, s[i++]);
	for (part = 0; i < len && isdigit((unsigned char)s[i]) && part < 3; part++)
		strbuf_addc(sb, s[i++]);
	return part > 0 && i == len;
}

bool number_read(
	const char *s, size_t len, char decimal, struct arena *a, const char **out)
{
	auto_strbuf sb = {0};

	if (len == 0 || len > NUMBER_MAX || !normalize(s, len, decimal, &sb))
		return false;
	*out = arena_strndup(a, sb.data, sb.len);
	return isfinite(strtod(*out, NULL));
}

static struct jn *number_node(const char *text, struct arena *a)
{
	return jn_parse_trusted(text, strlen(text), a);
}

static int read_number(struct row *r, const struct map_attr *attr, const char *s,
	size_t len, struct jn **out)
{
	bool json = row_json(r, attr->column) != NULL;
	char decimal = json ? '.' : r->m->decimal;
	const char *text;
	double v;

	if (!number_read(s, len, decimal, r->a, &text))
		return row_wrong(r, attr->column,
			decimal == '.' && memchr(s, ',', len) != NULL
				? "if the comma is a decimal comma, say \"decimal\": "
				  "\",\" in "
				  "the mapping"
				: "write digits alone; words for nothing go into "
				  "\"empty\" of "
				  "the mapping",
			"no number%s", decimal == ',' ? " with a decimal comma" : "");
	v = strtod(text, NULL);
	if (attr->value == VALUE_INTEGER && v != floor(v))
		return row_wrong(r, attr->column,
			"say \"value\": \"number\" in the mapping", "no whole number");
	if (attr->scaled) {
		char short_text[32];

		/* 57 * 0.01 is 0.57 and not what binary makes of it */
		(void)snprintf(short_text, sizeof(short_text), "%.12g",
			v * attr->scale + attr->offset);
		text = arena_strdup(r->a, short_text);
		if (!isfinite(strtod(text, NULL)))
			return row_wrong(r, attr->column,
				"look at \"scale\" in the mapping", "too large a number");
	}
	*out = number_node(text, r->a);
	return 1;
}

static bool is_word(const char *s, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == len && strncasecmp(*words, s, len) == 0)
			return true;
	return false;
}

static const char *const yes[] = {"true", "1", "oui", "yes", "vrai", "o", "y", NULL};
static const char *const no[] = {"false", "0", "non", "no", "faux", "n", NULL};

static int read_boolean(struct row *r, const struct map_attr *attr, const char *s,
	size_t len, struct jn **out)
{
	bool truth = is_word(s, len, yes);

	if (!truth && !is_word(s, len, no))
		return row_wrong(r, attr->column,
			"write oui or non, true or false, 1 or 0; or say \"words\" in "
			"the "
			"mapping",
			"neither true nor false");
	*out = jn_bool(r->a, truth);
	return 1;
}

static int read_instant(struct row *r, const struct map_attr *attr, const char *s,
	size_t len, struct jn **out)
{
	char text[CLOCK_TEXT];
	int64_t at;

	if (attr->value == VALUE_DATE && clock_is_date(s, len)) {
		*out = jn_stringn(r->a, s, len);
		return 1;
	}
	/* a day is the same whatever the zone */
	if (!time_read(s, len, NULL, attr->value == VALUE_DATE ? NULL : r->source->zone,
		    &at))
		return row_wrong(r, attr->column, "write 2026-11-28 or 28/11/2026 18:39",
			"no date");
	clock_format(at, text);
	*out = jn_stringn(r->a, text, attr->value == VALUE_DATE ? 10 : strlen(text));
	return 1;
}

static int read_json(struct row *r, const struct map_attr *attr, const char *s,
	size_t len, struct jn **out)
{
	struct err err = {0};

	if (jn_parse(s, len, JN_LIMITS, r->a, out, &err) == 0)
		return 1;
	return row_wrong(r, attr->column, "write JSON, or say another \"value\"",
		"no JSON: %s", err.detail);
}

static struct jn *text_node(struct row *r, const char *s, size_t len)
{
	/* what our exports write before what a spreadsheet would run */
	if (len > 1 && *s == '\'' && strchr("=+-@\t\r", s[1]) != NULL) {
		s++;
		len--;
	}
	return jn_stringn(r->a, s, len);
}

/* Is it JSON's number to the letter?  +33, 007 and 1 000 are texts. */
static bool is_plain_number(
	const char *s, size_t len, char decimal, struct arena *a, const char **out)
{
	if (!number_read(s, len, decimal, a, out) || strlen(*out) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (s[i] != (*out)[i] && !(s[i] == decimal && (*out)[i] == '.'))
			return false;
	return true;
}

/* As our exports write: numbers, booleans, JSON, local times of csv-fr, else text. */
static int read_auto(struct row *r, const struct map_attr *attr, const char *s,
	size_t len, struct jn **out)
{
	struct err ignored = {0};
	const char *text;
	int64_t at;

	if (is_plain_number(s, len, r->m->decimal, r->a, &text)) {
		*out = number_node(text, r->a);
	} else if (is_word(s, len, (const char *const[]){"true", "vrai", NULL})) {
		*out = jn_bool(r->a, true);
	} else if (is_word(s, len, (const char *const[]){"false", "faux", NULL})) {
		*out = jn_bool(r->a, false);
	} else if (len == 19 &&
		time_read(s, len, "dd/MM/yyyy HH:mm:ss", r->source->zone, &at)) {
		char buf[CLOCK_TEXT];

		*out = jn_string(r->a, clock_format(at, buf));
	} else if ((*s != '{' && *s != '[') ||
		jn_parse(s, len, JN_LIMITS, r->a, out, &ignored) < 0) {
		*out = text_node(r, s, len);
	}
	return 1;
}

static int read_word(struct row *r, const struct map_attr *attr, const char *s,
	size_t len, struct jn **out)
{
	const struct jn *word = jn_getn(attr->words, s, len);
	auto_strbuf known = {0};

	if (word != NULL) {
		*out = jn_share(r->a, word);
		return 1;
	}
	jn_each (it, attr->words)
		strbuf_addf(&known, "%s%.*s", known.len > 0 ? ", " : "", (int)it->key_len,
			it->key);
	return row_wrong(r, attr->column, "write one of them, or add it to \"words\"",
		"not one of the words that the mapping knows: %.100s", known.data);
}

static int read_one(struct row *r, const struct map_attr *attr, const char *s, size_t len,
	struct jn **out)
{
	if (attr->words != NULL)
		return read_word(r, attr, s, len, out);
	switch (attr->value) {
	case VALUE_NUMBER:
	case VALUE_INTEGER:
		return read_number(r, attr, s, len, out);
	case VALUE_BOOLEAN:
		return read_boolean(r, attr, s, len, out);
	case VALUE_DATE_TIME:
	case VALUE_DATE:
		return read_instant(r, attr, s, len, out);
	case VALUE_JSON:
		return read_json(r, attr, s, len, out);
	case VALUE_AUTO:
		return read_auto(r, attr, s, len, out);
	default:
		*out = text_node(r, s, len);
		return 1;
	}
}

static int read_list(struct row *r, const struct map_attr *attr, const char *s,
	size_t len, struct jn **out)
{
	const char *end = s + len;

	*out = jn_array(r->a);
	while (s <= end) {
		const char *stop = memchr(s, attr->list, (size_t)(end - s)), *next;
		struct jn *one;

		if (stop == NULL)
			stop = end;
		next = stop + 1;
		for (; s < stop && *s == ' '; s++)
			;
		for (; stop > s && stop[-1] == ' '; stop--)
			;
		if (stop > s) {
			if (read_one(r, attr, s, (size_t)(stop - s), &one) < 0)
				return -1;
			jn_append(*out, one);
		}
		s = next;
	}
	return (*out)->count > 0;
}

int row_value(struct row *r, const struct map_attr *attr, struct jn **out)
{
	const struct jn *json = row_json(r, attr->column);
	const char *s;
	size_t len;

	if (json != NULL &&
		(attr->value == VALUE_JSON || attr->value == VALUE_AUTO ||
			(attr->list != 0 && json->kind == JN_ARRAY))) {
		*out = jn_share(r->a, json);
		return 1;
	}
	if (row_text(r, attr->column, &s, &len) < 0)
		return -1;
	if (s == NULL)
		return 0;
	return attr->list != 0 ? read_list(r, attr, s, len, out)
			       : read_one(r, attr, s, len, out);
}
