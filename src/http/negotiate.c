/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	Accept  = [ range *( "," range ) ]
 *	range   = ( "*" / type ) "/" ( "*" / subtype ) *( ";" name "=" value )
 *
 * Of the ranges that fit a media type the most exact one decides its q.  What is no range
 * is skipped, and a q that is no number counts as 1: clients send odd things.
 */
#include <http/negotiate.h>

#include <base/err.h>

#include <assert.h>
#include <string.h>
#include <strings.h>

#define BLANK " \t"

struct span {
	const char *p;
	size_t len;
};

/* One media range or coding, and its weight in thousandths. */
struct range {
	struct span name;
	int q;
};

static const char *const names[] = {
	[MEDIA_JSON] = "application/json",
	[MEDIA_LD_JSON] = "application/ld+json",
	[MEDIA_GEO_JSON] = "application/geo+json",
	[MEDIA_MERGE] = "application/merge-patch+json",
};

const char *media_name(enum media m)
{
	assert(m < MEDIA_NONE);
	return names[m];
}

static bool span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

static struct span trim(struct span s)
{
	while (s.len > 0 && strchr(BLANK, *s.p) != NULL) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && strchr(BLANK, s.p[s.len - 1]) != NULL)
		s.len--;
	return s;
}

/* Cuts *rest at the first `stop` outside quotes; *rest becomes what follows it. */
static struct span cut(struct span *rest, char stop)
{
	struct span head = {rest->p, 0};
	bool quoted = false;

	while (head.len < rest->len && (quoted || rest->p[head.len] != stop)) {
		if (rest->p[head.len] == '"')
			quoted = !quoted;
		else if (quoted && rest->p[head.len] == '\\' && head.len + 1 < rest->len)
			head.len++;
		head.len++;
	}
	rest->p += head.len;
	rest->len -= head.len;
	if (rest->len > 0) {
		rest->p++;
		rest->len--;
	}
	return trim(head);
}

/* qvalue = "0" [ "." 0*3DIGIT ] / "1" [ "." 0*3("0") ] */
static int parse_q(struct span s)
{
	int q = 0, unit = 1000;

	if (s.len == 0 || (s.p[0] != '0' && s.p[0] != '1') ||
		(s.len > 1 && s.p[1] != '.'))
		return 1000;
	for (size_t i = 0; i < s.len && unit > 0; i++) {
		if (i == 1)
			continue;
		if (s.p[i] < '0' || s.p[i] > '9')
			return 1000;
		q += (s.p[i] - '0') * unit;
		unit /= 10;
	}
	return q < 1000 ? q : 1000;
}

static struct range next_range(struct span *rest)
{
	struct span element = cut(rest, ',');
	struct range r = {cut(&element, ';'), 1000};

	while (element.len > 0) {
		struct span param = cut(&element, ';');
		struct span name = cut(&param, '=');

		if (span_is(name, "q"))
			r.q = parse_q(trim(param));
	}
	return r;
}

/* How exactly the range names the type: 3 exactly, 2 by "application/" and a star, 1 by
 * two stars, 0 not at all. */
static int exactness(struct span range, const char *type)
{
	if (span_is(range, type))
		return 3;
	if (span_is(range, "application/*"))
		return 2;
	return span_is(range, "*/*") || span_is(range, "*") ? 1 : 0;
}

static int weight(const char *accept, const char *type)
{
	struct span rest = {accept, strlen(accept)};
	int best = 0, q = 0;

	while (rest.len > 0) {
		struct range r = next_range(&rest);
		int exact = exactness(r.name, type);

		if (exact > best || (exact == best && exact > 0 && r.q > q)) {
			best = exact;
			q = r.q;
		}
	}
	return q;
}

int negotiate_accept(const char *accept, bool geojson, enum media *out, struct err *err)
{
	enum media last = geojson ? MEDIA_GEO_JSON : MEDIA_LD_JSON, best = MEDIA_NONE;
	int most = 0;

	if (accept == NULL || accept[strspn(accept, BLANK)] == '\0') {
		*out = MEDIA_JSON;
		return 0;
	}
	for (enum media m = MEDIA_JSON; m <= last; m++) {
		int q = weight(accept, names[m]);

		if (q > most) {
			most = q;
			best = m;
		}
	}
	if (best == MEDIA_NONE)
		return err_set(err, ERR_NOT_ACCEPTABLE,
			"Accept '%.80s' allows nothing that is available here: "
			"application/json, application/ld+json%s",
			accept, geojson ? ", application/geo+json" : "");
	*out = best;
	return 0;
}

bool negotiate_html(const char *accept)
{
	int json, html;

	if (accept == NULL || strstr(accept, "text/html") == NULL)
		return false;
	json = weight(accept, names[MEDIA_JSON]);
	html = weight(accept, "text/html");
	return json > 0 && html > json;
}

enum file_media negotiate_file(const char *accept)
{
	static const struct {
		const char *type;
		enum file_media file;
	} files[] = {
		{"text/csv", FILE_CSV},
		{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
			FILE_XLSX},
		{"application/x-ndjson", FILE_NDJSON},
		{"application/ndjson", FILE_NDJSON},
	};
	struct span rest = {accept, accept != NULL ? strlen(accept) : 0};
	struct range first;

	if (rest.len == 0)
		return FILE_NONE;
	first = next_range(&rest);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (span_is(first.name, files[i].type) && first.q > 0)
			return files[i].file;
	return FILE_NONE;
}

static struct span unquote(struct span s)
{
	if (s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"')
		return (struct span){s.p + 1, s.len - 2};
	return s;
}

int negotiate_content_type(
	const char *value, bool merge, enum media *out, struct err *err)
{
	const char *also = merge ? ", application/merge-patch+json" : "";
	struct span rest = {
		value != NULL ? value : "", value != NULL ? strlen(value) : 0};
	struct span type = cut(&rest, ';');
	enum media m = MEDIA_NONE;

	if (span_is(type, names[MEDIA_JSON]))
		m = MEDIA_JSON;
	else if (span_is(type, names[MEDIA_LD_JSON]))
		m = MEDIA_LD_JSON;
	else if (merge && span_is(type, names[MEDIA_MERGE]))
		m = MEDIA_MERGE;
	if (type.len == 0)
		return err_set(err, ERR_UNSUPPORTED_MEDIA_TYPE,
			"Content-Type is missing; supported are application/json, "
			"application/ld+json%s",
			also);
	if (m == MEDIA_NONE)
		return err_set(err, ERR_UNSUPPORTED_MEDIA_TYPE,
			"Content-Type '%.60s' is not supported; supported are "
			"application/json, application/ld+json%s",
			value, also);
	while (rest.len > 0) {
		struct span param = cut(&rest, ';');
		struct span name = cut(&param, '=');
		struct span charset = unquote(trim(param));

		if (span_is(name, "charset") && !span_is(charset, "utf-8") &&
			!span_is(charset, "utf8") && !span_is(charset, "us-ascii"))
			return err_set(err, ERR_UNSUPPORTED_MEDIA_TYPE,
				"charset '%.*s' is not supported; JSON is UTF-8",
				(int)(charset.len < 40 ? charset.len : 40), charset.p);
	}
	*out = m;
	return 0;
}

bool negotiate_gzip(const char *accept_encoding)
{
	struct span rest;
	int named = -1, any = -1;

	if (accept_encoding == NULL)
		return false;
	rest = (struct span){accept_encoding, strlen(accept_encoding)};
	while (rest.len > 0) {
		struct range r = next_range(&rest);

		if (span_is(r.name, "gzip") || span_is(r.name, "x-gzip"))
			named = r.q;
		else if (span_is(r.name, "*"))
			any = r.q;
	}
	return named >= 0 ? named > 0 : any > 0;
}
