/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a subscription by type; an error names the JSON pointer, and how to mend it. */
#include "subscription_priv.h"

#include <base/arena.h>
#include <base/err.h>

#include <math.h>
#include <string.h>

int subscription_bad(
	struct reader *r, const char *where, const char *name, const char *what)
{
	return err_set(r->err, ERR_BAD_REQUEST_DATA, "%s/%s: %s", where, name, what);
}

int read_text(struct reader *r, const struct jn *object, const char *where,
	const char *name, const char **out)
{
	const struct jn *v = jn_get(object, name);

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_STRING) || v->len == 0)
		return subscription_bad(
			r, where, name, "expected a string that is not empty");
	*out = jn_str(v, r->a);
	return 0;
}

int read_flag(struct reader *r, const struct jn *object, const char *where,
	const char *name, bool *out)
{
	const struct jn *v = jn_get(object, name);

	if (v == NULL)
		return 0;
	if (!jn_is_bool(v))
		return subscription_bad(r, where, name, "expected true or false");
	*out = v->kind == JN_TRUE;
	return 0;
}

int read_positive(struct reader *r, const struct jn *object, const char *where,
	const char *name, double scale, double max, int64_t *out)
{
	const struct jn *v = jn_get(object, name);
	double number;

	if (v == NULL)
		return 0;
	number = jn_number(v);
	if (!jn_is(v, JN_NUMBER) || !(number > 0) || number > max)
		return err_set(r->err, ERR_BAD_REQUEST_DATA,
			"%s/%s: expected a number greater than 0, at most %.0f", where,
			name, max);
	*out = number * scale < 1 ? 1 : (int64_t)llround(number * scale);
	return 0;
}

int read_texts(struct reader *r, const struct jn *object, const char *where,
	const char *name, const char *const **out, size_t *len)
{
	const struct jn *v = jn_get(object, name);
	const char **list;
	size_t n = 0;

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_ARRAY))
		return subscription_bad(r, where, name, "expected an array of strings");
	if (v->count == 0)
		return subscription_bad(r, where, name,
			"an empty array is not allowed; leave the member out");
	list = arena_array(r->a, const char *, v->count);
	jn_each (it, v) {
		if (!jn_is(it, JN_STRING) || it->len == 0)
			return err_set(r->err, ERR_BAD_REQUEST_DATA,
				"%s/%s/%zu: expected a string that is not empty", where,
				name, n);
		list[n++] = jn_str(it, r->a);
	}
	*out = list;
	*len = n;
	return 0;
}

/* A header's name (RFC 9110, 5.6.2), since that is what keys become. */
static bool is_token(const char *s)
{
	size_t len = strspn(s,
		"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
		"UVWXYZ");

	return len > 0 && s[len] == '\0';
}

static bool has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return true;
	return false;
}

static int read_pair(
	struct reader *r, const struct jn *item, const char *where, struct key_value *out)
{
	static const char *const known[] = {"key", "value", NULL};

	if (!jn_is(item, JN_OBJECT) || jn_get(item, "key") == NULL ||
		jn_get(item, "value") == NULL)
		return err_set(r->err, ERR_BAD_REQUEST_DATA,
			"%s: expected {\"key\": …, \"value\": …}", where);
	if (check_members(r, item, where, known) < 0 ||
		read_text(r, item, where, "key", &out->key) < 0)
		return -1;
	if (!jn_is(jn_get(item, "value"), JN_STRING))
		return subscription_bad(r, where, "value", "expected a string");
	out->value = jn_str(jn_get(item, "value"), r->a);
	if (!is_token(out->key))
		return subscription_bad(r, where, "key",
			"is no name of a header (letters, digits, - and the like)");
	if (has_control(out->value))
		return subscription_bad(r, where, "value",
			"holds a line break or another control character");
	return 0;
}

int read_pairs(struct reader *r, const struct jn *object, const char *name,
	const struct key_value **out, size_t *len)
{
	const struct jn *v = jn_get(object, name);
	struct key_value *list;
	size_t n = 0;

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_ARRAY))
		return subscription_bad(r, "/notification/endpoint", name,
			"expected an array of {\"key\": …, \"value\": …}");
	list = arena_array(r->a, struct key_value, v->count + 1);
	jn_each (it, v) {
		const char *where = arena_printf(
			r->scratch, "/notification/endpoint/%s/%zu", name, n);

		if (read_pair(r, it, where, &list[n++]) < 0)
			return -1;
	}
	*out = list;
	*len = n;
	return 0;
}

int check_members(struct reader *r, const struct jn *object, const char *where,
	const char *const *known)
{
	jn_each (it, object) {
		const char *const *k = known;

		while (*k != NULL && !jn_key_is(it, *k))
			k++;
		if (*k == NULL)
			return err_set(r->err, ERR_BAD_REQUEST_DATA,
				"%s/%.*s: there is no such member here; leave it out",
				where, (int)(it->key_len < 100 ? it->key_len : 100),
				it->key);
	}
	return 0;
}
