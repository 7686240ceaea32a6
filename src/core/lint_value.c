/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value that its schema refuses: which usual mistake it is, and what would be valid.
 * Every mend that is offered as certain was checked against the schema.
 */
#include "lint_priv.h"

#include <base/err.h>
#include <base/strbuf.h>

#include <stdlib.h>
#include <string.h>

/* What a value could have been meant as. */
struct guess {
	enum lint_code code;
	struct jn *value;
	const char *why;
	bool sure;
};

struct story {
	struct run *run;
	const struct spot *spot;
	const struct schema *schema; /* of the whole value */
};

static const char *words(const struct run *r, const struct schema *s)
{
	auto_strbuf sb = {0};

	schema_describe(s, &sb);
	return arena_strndup(r->a, sb.data != NULL ? sb.data : "", sb.len);
}

static bool parse_number(const char *text, size_t len, struct arena *a, struct jn **out)
{
	struct err err = {0};
	char *copy = arena_strndup(a, text, len), *comma = strchr(copy, ',');

	/* A French decimal comma. */
	if (comma != NULL && strchr(comma + 1, ',') == NULL)
		*comma = '.';
	*out = NULL;
	if (jn_parse(copy, len, JN_LIMITS, a, out, &err) < 0)
		return false;
	return jn_is(*out, JN_NUMBER);
}

static bool guess_percent(const struct story *st, const struct jn *v, struct guess *g)
{
	struct arena *a = st->run->a;
	const struct jn *number = v;
	struct jn *parsed;
	double d;

	if (jn_is(v, JN_STRING)) {
		size_t len;
		const char *text = jn_span(v, a, &len);

		while (len > 0 && (text[len - 1] == '%' || text[len - 1] == ' '))
			len--;
		if (!parse_number(text, len, a, &parsed))
			return false;
		number = parsed;
	}
	d = jn_number(number);
	if (!st->spot->attr->fraction || !jn_is(number, JN_NUMBER) || d <= 1 || d > 100)
		return false;
	g->code = LINT_PERCENT_FOR_FRACTION;
	g->why =
		arena_printf(a, "%s is a fraction, from 0 to 1; this looks like per cent",
			st->spot->attr->name);
	g->value = lint_number(a, d / 100);
	return true;
}

static bool guess_from_text(const struct story *st, const struct jn *v, struct guess *g)
{
	struct arena *a = st->run->a;
	const char *text;
	size_t len;

	if (!jn_is(v, JN_STRING))
		return false;
	text = jn_span(v, a, &len);
	g->code = LINT_VALUE_IN_TEXT;
	if (len == 4 && strncasecmp(text, "true", 4) == 0)
		g->value = jn_bool(a, true);
	else if (len == 5 && strncasecmp(text, "false", 5) == 0)
		g->value = jn_bool(a, false);
	else if (!parse_number(text, len, a, &g->value))
		return false;
	g->why = g->value->kind == JN_NUMBER
		? "the number was sent as a text: it cannot be compared or averaged"
		: "true and false are written without quotes";
	return true;
}

static bool guess_text(const struct story *st, const struct jn *v, struct guess *g)
{
	struct arena *a = st->run->a;
	const char *text;

	g->code = LINT_WRONG_TYPE;
	if (jn_is_bool(v)) {
		text = v->kind == JN_TRUE ? "on" : "off";
		g->why = "on and off without quotes were read as true and false on the "
			 "way";
	} else if (jn_is(v, JN_NUMBER)) {
		text = jn_text(v, a);
		g->why = "the model has a text here";
	} else {
		return false;
	}
	g->value = jn_string(a, text);
	return true;
}

static bool guess_list(const struct story *st, const struct jn *v, struct guess *g)
{
	struct arena *a = st->run->a;

	g->code = LINT_WRONG_TYPE;
	if (jn_is(v, JN_ARRAY)) {
		if (v->count != 1)
			return false;
		g->value = jn_share(a, v->child);
		g->why = "the model has a single value here, not a list";
		return true;
	}
	g->value = jn_array(a);
	jn_append(g->value, jn_share(a, v));
	g->why = "the model has a list here, even of one";
	return true;
}

/* The word of the enum that was meant. */
static bool guess_word(const struct story *st, const struct jn *v, const struct schema *s,
	struct guess *g)
{
	const struct jn *values = schema_enum(s), *best = NULL;
	unsigned least = 3;
	const char *text;
	size_t len;

	if (!jn_is(v, JN_STRING) || values == NULL)
		return false;
	text = jn_span(v, st->run->a, &len);
	jn_each (it, values) {
		unsigned d;

		if (!jn_is(it, JN_STRING))
			continue;
		d = name_same(text, len, it->text, it->len)
			? 0
			: name_distance(text, len, it->text, it->len,
				  len < 4           ? 0
					  : len < 8 ? 1
						    : 2);
		if (d < least && (d == 0 || (len >= 4 && d <= (len < 8 ? 1U : 2U)))) {
			least = d;
			best = it;
		}
	}
	if (best == NULL)
		return false;
	g->code = LINT_OTHER_SPELLING;
	g->value = jn_share(st->run->a, best);
	g->why = arena_printf(st->run->a, "it must be %s", words(st->run, s));
	g->sure = least == 0;
	return true;
}

/* An instant where a day is wanted. */
static bool guess_day(const struct story *st, const struct jn *v, struct guess *g)
{
	if (!jn_is(v, JN_STRING) || v->len < 11 ||
		date_look(v->text, v->len) < DATE_ZONELESS)
		return false;
	g->code = LINT_WRONG_FORMAT;
	g->value = jn_stringn(st->run->a, v->text, 10);
	g->why = "a day is wanted, without time";
	return true;
}

/* The first thing it could have been meant as that is valid. */
static bool guess(const struct story *st, const struct jn *v, const struct schema *s,
	struct guess *g)
{
	typedef bool guess_fn(const struct story *, const struct jn *, struct guess *);
	static guess_fn *const guesses[] = {
		guess_percent, guess_from_text, guess_text, guess_list, guess_day};

	for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		*g = (struct guess){.sure = true};
		if (guesses[i](st, v, g) && schema_valid(s, g->value, st->run->a))
			return true;
	}
	*g = (struct guess){.sure = true};
	return guess_word(st, v, s, g) && schema_valid(s, g->value, st->run->a);
}

static enum lint_code code_of(enum schema_rule rule)
{
	static const enum lint_code codes[] = {
		[SCHEMA_TYPE] = LINT_WRONG_TYPE,
		[SCHEMA_ENUM] = LINT_NOT_IN_LIST,
		[SCHEMA_REQUIRED] = LINT_MISSING_MEMBER,
		[SCHEMA_UNKNOWN] = LINT_UNEXPECTED_MEMBER,
		[SCHEMA_RANGE] = LINT_OUT_OF_RANGE,
		[SCHEMA_LENGTH] = LINT_WRONG_LENGTH,
		[SCHEMA_PATTERN] = LINT_WRONG_PATTERN,
		[SCHEMA_FORMAT] = LINT_WRONG_FORMAT,
		[SCHEMA_ITEMS] = LINT_WRONG_ITEMS,
		[SCHEMA_CHOICE] = LINT_NO_CHOICE_FITS,
	};

	return codes[rule];
}

static const char *deeper(const struct story *st, const char *pointer)
{
	return arena_printf(st->run->a, "/%s%s", st->spot->member, pointer);
}

/* A text where an instant is wanted. */
static bool tell_date(const struct story *st, const struct schema_fault *fault)
{
	const struct jn *v = fault->value;
	struct run *r = st->run;
	const char *slash;
	struct finding *f;
	enum date_text look;
	size_t len;

	if (fault->rule != SCHEMA_FORMAT || !jn_is(v, JN_STRING) ||
		!jn_str_is(jn_get(schema_source(fault->schema), "format"), "date-time"))
		return false;
	slash = memchr(v->text, '/', v->len);
	len = slash != NULL ? (size_t)(slash - v->text) : v->len;
	look = date_look(v->text, len);
	if (look == DATE_NONE)
		return false;
	f = lint_add(r,
		look == DATE_ZONELESS ? LINT_DATE_WITHOUT_ZONE : LINT_WRONG_FORMAT,
		st->spot, deeper(st, fault->pointer), v);
	if (slash != NULL) {
		f->why = "an instant is wanted, this is a period";
		f->mend = arena_printf(r->a,
			"send %.*s%s as the instant, and the period as dateObservedFrom "
			"and "
			"dateObservedTo",
			(int)len, v->text,
			look == DATE_ZONELESS ? "Z (or its zone)" : "");
	} else if (look == DATE_DAY) {
		f->why = "a date and time with its zone is wanted";
		f->mend = arena_printf(
			r->a, "send for example %.*sT00:00:00Z", (int)len, v->text);
	} else if (look == DATE_ZONELESS) {
		f->why = "nobody can tell which instant a time without zone is";
		f->mend = lint_zones(r, v->text, v->len);
	} else {
		f->why = "it is not written as RFC 3339 wants it";
		f->mend = "send for example 2026-01-31T08:30:00Z or "
			  "2026-01-31T09:30:00+01:00";
	}
	return true;
}

static void tell_member(const struct story *st, const struct schema_fault *fault)
{
	struct run *r = st->run;
	struct finding *f = lint_add(r, code_of(fault->rule), st->spot,
		arena_printf(r->a, "%s/%.*s", deeper(st, fault->pointer),
			(int)fault->member_len, fault->member),
		NULL);
	bool missing = fault->rule == SCHEMA_REQUIRED;

	f->why = arena_printf(r->a,
		missing ? "the member %.*s is missing"
			: "the model has no member %.*s here",
		(int)fault->member_len, fault->member);
	f->mend = missing ? "add it" : "leave it out, or correct its name";
}

static void tell_rule(const struct story *st, const struct schema_fault *fault)
{
	struct run *r = st->run;
	struct finding *f = lint_add(r, code_of(fault->rule), st->spot,
		deeper(st, fault->pointer), fault->value);
	const char *wanted = words(r, fault->schema);

	f->why = arena_printf(r->a, "it must be %s", wanted);
	if (fault->rule == SCHEMA_TYPE && jn_is_bool(fault->value))
		f->mend = arena_printf(r->a,
			"send %s; leave the attribute out where nothing was measured",
			wanted);
	else if (fault->rule == SCHEMA_RANGE)
		f->mend = "correct the value or its unit; leave the attribute out where "
			  "nothing was measured";
	else
		f->mend = arena_printf(r->a, "send %s", wanted);
}

static void tell(void *cookie, const struct schema_fault *fault)
{
	const struct story *st = cookie;
	struct run *r = st->run;
	const struct schema *s = fault->pointer[0] == '\0' ? st->schema : fault->schema;
	struct finding *f;
	struct guess g;

	if (fault->member != NULL) {
		tell_member(st, fault);
		return;
	}
	if (guess(st, fault->value, s, &g)) {
		f = lint_add(
			r, g.code, st->spot, deeper(st, fault->pointer), fault->value);
		f->why = g.why;
		f->mend = arena_printf(r->a, g.sure ? "send %s" : "did you mean %s?",
			lint_text(r, g.value));
		if (g.sure) {
			f->fix.kind = FIX_VALUE;
			f->fix.node = fault->value;
			f->fix.value = g.value;
		}
		return;
	}
	if (!tell_date(st, fault))
		tell_rule(st, fault);
}

/* A Relationship to one is as good as to a list of one. */
static const struct schema *settle(const struct spot *s, const struct schema *schema)
{
	if (s->kind != KIND_RELATIONSHIP || !jn_is(s->value, JN_STRING) ||
		schema_takes(schema, JN_STRING) || !schema_takes(schema, JN_ARRAY) ||
		schema_items(schema) == NULL)
		return schema;
	return schema_items(schema);
}

static void tell_misspelt(
	struct run *r, const struct spot *s, const struct jn *m, const struct jn *known)
{
	struct finding *f = lint_add(r, LINT_MISSPELT_ATTRIBUTE, s,
		arena_printf(r->a, "/%s/%.*s", s->member, (int)m->key_len, m->key), NULL);

	f->why = arena_printf(r->a, "%.*s is unknown in %s of %s", (int)m->key_len,
		m->key, s->attr->name, s->profile->name);
	f->fix.kind = FIX_RENAME;
	f->fix.node = m;
	f->fix.text = arena_strndup(r->a, known->key, known->key_len);
	f->mend = arena_printf(r->a, "did you mean %s?", f->fix.text);
}

/* Members of an object that are the model's but for case and the like. */
static void check_members(
	struct run *r, const struct spot *s, const struct schema *schema)
{
	const struct jn *known = jn_get(schema_source(schema), "properties");

	jn_each (m, known != NULL ? s->value : NULL) {
		if (jn_getn(known, m->key, m->key_len) != NULL)
			continue;
		jn_each (it, known)
			if (name_same(m->key, m->key_len, it->key, it->key_len) &&
				jn_getn(s->value, it->key, it->key_len) == NULL) {
				tell_misspelt(r, s, m, it);
				break;
			}
	}
}

void lint_value(struct run *r, const struct spot *s)
{
	size_t before = r->out->count;

	if (r->l->merging && jn_is(s->value, JN_OBJECT) && s->kind != KIND_GEO_PROPERTY)
		return;
	for (size_t i = 0; i < s->attr->schemas_len; i++) {
		const struct schema *schema = settle(s, s->attr->schemas[i]);
		struct story st = {r, s, schema};

		if (s->kind == KIND_LANGUAGE_PROPERTY && schema_takes(schema, JN_STRING))
			continue;
		if (!schema_valid(schema, s->value, r->a))
			(void)schema_explain(schema, s->value, r->a, tell, &st);
		else if (jn_is(s->value, JN_OBJECT) && s->kind != KIND_GEO_PROPERTY)
			check_members(r, s, schema);
		if (r->out->count > before)
			return;
	}
}
