/* SPDX-License-Identifier: Apache-2.0 */
#include "members.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/iri.h>
#include <core/entity.h>

#include <math.h>
#include <string.h>

static bool is_one_of(const char *const *list, const struct jn *member)
{
	while (*list != NULL && !jn_key_is(member, *list))
		list++;
	return *list != NULL;
}

const char *members_name(const struct jn *member, struct arena *a)
{
	if (jn_key_is(member, "@id"))
		return "id";
	if (jn_key_is(member, "@type"))
		return "type";
	return arena_strndup(a, member->key, member->key_len);
}

struct jn *members_without(
	const struct jn *object, const char *const *names, struct arena *a)
{
	struct jn *out = jn_object(a);

	jn_each (it, object)
		if (!is_one_of(names, it))
			jn_addn(out, it->key, it->key_len, jn_share(a, it));
	return out;
}

bool members_is_null(const struct jn *v)
{
	return jn_is(v, JN_NULL) || text_is_null(v);
}

/* Nulls below the first level cannot remove anything (5.5.8). */
static int refuse_nulls(const struct members_of *of, const struct jn *v,
	const char *where, struct arena *a, struct err *err)
{
	size_t n = 0;

	if (members_is_null(v))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%s: null is no value; leave the member out, or send null for a "
			"member of %s in a PATCH to remove it",
			where, of->noun);
	if (!jn_is(v, JN_OBJECT) && !jn_is(v, JN_ARRAY))
		return 0;
	jn_each (it, v) {
		const char *inner = it->key != NULL
			? arena_printf(a, "%s/%.*s", where, (int)it->key_len, it->key)
			: arena_printf(a, "%s/%zu", where, n);

		n++;
		if (refuse_nulls(of, it, inner, a, err) < 0)
			return -1;
	}
	return 0;
}

static int check_name(const struct members_of *of, const char *name, struct err *err)
{
	if (of->known == NULL)
		return 0;
	for (const char *const *m = of->known; *m != NULL; m++)
		if (strcmp(*m, name) == 0)
			return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"/%.100s: %s has no such member; leave it out", name, of->noun);
}

int members_take(const struct members_of *of, const struct jn *body, bool nulls,
	struct arena *a, struct jn **out, struct err *err)
{
	struct jn *doc = jn_object(a);

	if (!jn_is(body, JN_OBJECT))
		return err_set(
			err, ERR_INVALID_REQUEST, "the body must be a JSON object");
	jn_each (it, body) {
		const char *name = members_name(it, a);

		if (is_one_of(of->read_only, it))
			continue;
		if (check_name(of, name, err) < 0)
			return -1;
		if (!(nulls && members_is_null(it)) &&
			refuse_nulls(of, it, arena_printf(a, "/%s", name), a, err) < 0)
			return -1;
		jn_set(doc, name, jn_share(a, it));
	}
	*out = doc;
	return 0;
}

int members_expiry(const struct members_of *of, const struct jn *doc, int64_t now,
	struct arena *a, struct err *err)
{
	const char *text = jn_str(jn_get(doc, "expiresAt"), a);
	int64_t at;

	if (text == NULL || members_is_null(jn_get(doc, "expiresAt")))
		return 0;
	if (!clock_is_date_time(text, strlen(text)) ||
		!clock_parse(text, strlen(text), &at))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/expiresAt: '%.60s' is no DateTime; write 2030-12-31T23:59:59Z",
			text);
	if (at > now)
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"/expiresAt: %.40s is in the past; leave it out for %s without end", text,
		of->noun);
}

struct jn *members_identified(const struct jn *sent, const char *id, struct arena *a)
{
	struct jn *doc = jn_object(a), *own = jn_get(sent, "id");

	jn_add(doc, "id", own != NULL ? jn_share(a, own) : jn_string(a, id));
	jn_each (it, sent)
		if (!jn_key_is(it, "id"))
			jn_addn(doc, it->key, it->key_len, jn_share(a, it));
	return doc;
}

struct jn *members_stored(
	const struct members_of *of, const char *text, struct arena *a, struct err *err)
{
	const char *own = arena_strdup(a, text);
	struct jn *doc = jn_parse_trusted(own, strlen(own), a);

	if (doc == NULL)
		err_set(err, ERR_INTERNAL, "%s is stored corrupt", of->noun);
	return doc;
}

int members_keep_id(const struct members_of *of, const struct jn *sent, const char *id,
	struct err *err)
{
	const struct jn *given = jn_get(sent, "id");

	if (given == NULL || jn_str_is(given, id))
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"/id: %s keeps its id, %.100s; leave it out", of->noun, id);
}

int members_bad(struct members *m, const char *where, const char *name, const char *what)
{
	return err_set(m->err, ERR_BAD_REQUEST_DATA, "%s/%s: %s", where, name, what);
}

int members_text(struct members *m, const struct jn *object, const char *where,
	const char *name, const char **out)
{
	const struct jn *v = jn_get(object, name);

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_STRING) || v->len == 0)
		return members_bad(m, where, name, "expected a string that is not empty");
	*out = jn_str(v, m->a);
	return 0;
}

int members_flag(struct members *m, const struct jn *object, const char *where,
	const char *name, bool *out)
{
	const struct jn *v = jn_get(object, name);

	if (v == NULL)
		return 0;
	if (!jn_is_bool(v))
		return members_bad(m, where, name, "expected true or false");
	*out = v->kind == JN_TRUE;
	return 0;
}

int members_positive(struct members *m, const struct jn *object, const char *where,
	const char *name, double scale, double max, int64_t *out)
{
	const struct jn *v = jn_get(object, name);
	double number;

	if (v == NULL)
		return 0;
	number = jn_number(v);
	if (!jn_is(v, JN_NUMBER) || !(number > 0) || number > max)
		return err_set(m->err, ERR_BAD_REQUEST_DATA,
			"%s/%s: expected a number greater than 0, at most %.0f", where,
			name, max);
	*out = number * scale < 1 ? 1 : (int64_t)llround(number * scale);
	return 0;
}

int members_texts(struct members *m, const struct jn *object, const char *where,
	const char *name, const char *const **out, size_t *len)
{
	const struct jn *v = jn_get(object, name);
	const char **list;
	size_t n = 0;

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_ARRAY))
		return members_bad(m, where, name, "expected an array of strings");
	if (v->count == 0)
		return members_bad(m, where, name,
			"an empty array is not allowed; leave the member out");
	list = arena_array(m->a, const char *, v->count);
	jn_each (it, v) {
		if (!jn_is(it, JN_STRING) || it->len == 0)
			return err_set(m->err, ERR_BAD_REQUEST_DATA,
				"%s/%s/%zu: expected a string that is not empty", where,
				name, n);
		list[n++] = jn_str(it, m->a);
	}
	*out = list;
	*len = n;
	return 0;
}

int members_time(struct members *m, const struct jn *object, const char *where,
	const char *name, int64_t *out)
{
	const char *text = NULL;

	if (members_text(m, object, where, name, &text) < 0)
		return -1;
	if (text != NULL && !clock_parse(text, strlen(text), out))
		return err_set(m->err, ERR_BAD_REQUEST_DATA,
			"%s/%s: '%.60s' is no DateTime; write 2030-12-31T23:59:59Z",
			where, name, text);
	return 0;
}

int members_datasets(
	struct members *m, const struct jn *object, const char *const **out, size_t *len)
{
	if (members_texts(m, object, "", "datasetId", out, len) < 0)
		return -1;
	for (size_t i = 0; i < *len; i++) {
		const char *id = (*out)[i];

		if (strcmp(id, "@none") != 0 && !iri_is_absolute(id, strlen(id)))
			return err_set(m->err, ERR_BAD_REQUEST_DATA,
				"/datasetId/%zu: '%.100s' is neither a URI nor @none", i,
				id);
	}
	return 0;
}

bool members_is_token(const char *s)
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

static int read_pair(struct members *m, const struct jn *item, const char *where,
	struct key_value *out)
{
	static const char *const known[] = {"key", "value", NULL};

	if (!jn_is(item, JN_OBJECT) || jn_get(item, "key") == NULL ||
		jn_get(item, "value") == NULL)
		return err_set(m->err, ERR_BAD_REQUEST_DATA,
			"%s: expected {\"key\": …, \"value\": …}", where);
	if (members_check(m, item, where, known) < 0 ||
		members_text(m, item, where, "key", &out->key) < 0)
		return -1;
	if (!jn_is(jn_get(item, "value"), JN_STRING))
		return members_bad(m, where, "value", "expected a string");
	out->value = jn_str(jn_get(item, "value"), m->a);
	if (!members_is_token(out->key))
		return members_bad(m, where, "key",
			"is no name of a header (letters, digits, - and the like)");
	if (has_control(out->value))
		return members_bad(m, where, "value",
			"holds a line break or another control character");
	return 0;
}

int members_pairs(struct members *m, const struct jn *object, const char *where,
	const char *name, const struct key_value **out, size_t *len)
{
	const struct jn *v = jn_get(object, name);
	struct key_value *list;
	size_t n = 0;

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_ARRAY))
		return members_bad(m, where, name,
			"expected an array of {\"key\": …, \"value\": …}");
	list = arena_array(m->a, struct key_value, v->count + 1);
	jn_each (it, v) {
		const char *place = arena_printf(m->scratch, "%s/%s/%zu", where, name, n);

		if (read_pair(m, it, place, &list[n++]) < 0)
			return -1;
	}
	*out = list;
	*len = n;
	return 0;
}

int members_check(struct members *m, const struct jn *object, const char *where,
	const char *const *known)
{
	jn_each (it, object) {
		const char *const *k = known;

		while (*k != NULL && !jn_key_is(it, *k))
			k++;
		if (*k == NULL)
			return err_set(m->err, ERR_BAD_REQUEST_DATA,
				"%s/%.*s: there is no such member here; leave it out",
				where, (int)(it->key_len < 100 ? it->key_len : 100),
				it->key);
	}
	return 0;
}
