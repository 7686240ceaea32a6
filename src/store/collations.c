/* SPDX-License-Identifier: Apache-2.0 */
#include <store/collations.h>

#include <base/err.h>
#include <base/strbuf.h>
#include <store/pg.h>

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define TAG_MAX 60
#define MOST    500 /* of ours: each is a row of the catalogue for good */

/* The keywords of ICU that are about order, and what they may be. */
static const struct {
	const char *key, *values;
} keywords[] = {
	{"co",
		" standard search searchjl phonebk pinyin stroke zhuyin trad dict emoji "
		"eor compat unihan ducet big5han gb2312 reformed phonetic "},
	{"ks", " level1 level2 level3 level4 identic "},
	{"ka", " noignore shifted "},
	{"kb", " true false "},
	{"kc", " true false "},
	{"kf", " upper lower false "},
	{"kn", " true false "},
	{"kk", " true false "},
};

static bool is_value(const char *values, const char *text, size_t len)
{
	char word[16];

	if (len + 3 > sizeof(word))
		return false;
	word[0] = ' ';
	memcpy(word + 1, text, len);
	memcpy(word + 1 + len, " ", 2);
	return strcasestr(values, word) != NULL;
}

/* Pairs of a key and a value, "-" before each: what follows "-u". */
static bool are_keywords(const char *p)
{
	while (*p == '-') {
		size_t key = strcspn(++p, "-"), i = 0;
		size_t n = sizeof(keywords) / sizeof(keywords[0]);
		const char *value = p + key + 1;

		while (i < n && (key != 2 || strncasecmp(p, keywords[i].key, 2) != 0))
			i++;
		if (i == n || p[key] != '-' ||
			!is_value(keywords[i].values, value, strcspn(value, "-")))
			return false;
		p = value + strcspn(value, "-");
	}
	return *p == '\0';
}

/* "de-u-co-phonebk" is "de" with something more; anything else needs nothing. */
static const char *extension(const char *tag)
{
	const char *u = strcasestr(tag, "-u-");

	return u != NULL && u > tag && strlen(tag) <= TAG_MAX && are_keywords(u + 2)
		? u
		: NULL;
}

static int exists(struct pg *pg, const char *tag, size_t base, bool *ours, bool *may,
	struct err *err)
{
	static const struct pg_stmt find = {"collation_ours",
		"SELECT bool_or(n.nspname = 'calanque' AND lower(c.collname) = "
		"lower($1)),"
		" bool_or(n.nspname = 'pg_catalog' AND lower(c.collname) = lower($2) || "
		"'-x-icu')"
		" AND count(*) FILTER (WHERE n.nspname = 'calanque') < $3::int4"
		" FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace"
		" WHERE c.collprovider = 'i'",
		.binary = true};
	auto_pgresult *res = NULL;
	struct pg_args args = {0};

	pg_text(&args, tag);
	pg_textn(&args, tag, base);
	pg_int4(&args, MOST);
	if (pg_query(pg, &find, &args, &res, err) < 0)
		return -1;
	*ours = *PQgetvalue(res, 0, 0) != 0;
	*may = *PQgetvalue(res, 0, 1) != 0;
	return 0;
}

int collation_ensure(struct pg *pg, const char *tag, struct err *err)
{
	const char *u = extension(tag);
	auto_strbuf sql = {0};
	bool ours, may;

	if (u == NULL) /* to be found in the catalogue, or not */
		return 0;
	if (exists(pg, tag, (size_t)(u - tag), &ours, &may, err) < 0)
		return -1;
	if (ours || !may)
		return 0;
	/* Letters, digits and '-' only, as are_keywords() and the catalogue's name say.  What
	 * ks makes equal is equal, so that the next key decides. */
	strbuf_addf(&sql,
		"CREATE COLLATION IF NOT EXISTS calanque.\"%s\" (provider = icu, locale "
		"= "
		"'%s', deterministic = %s)",
		tag, tag, strcasestr(u, "-ks-") != NULL ? "false" : "true");
	strbuf_addc(&sql, '\0');
	if (pg_script(pg, sql.data, err) == 0)
		return 0;
	/* Somebody may have made it at the same time. */
	pg_rollback(pg);
	if (exists(pg, tag, (size_t)(u - tag), &ours, &may, &(struct err){0}) < 0 ||
		!ours)
		return -1;
	err_clear(err);
	return 0;
}
