/* SPDX-License-Identifier: Apache-2.0 */
#include <core/history_policy.h>

#include <base/err.h>
#include <base/jn.h>
#include <core/context.h>
#include <core/expand.h>

#include <string.h>

#define HOUR       (INT64_C(3600) * 1000000)
#define RULES_MAX  1000
#define DIGITS_MAX 5

struct span {
	const char *text;
	size_t len;
};

static int fail(struct err *err, struct span rule, const char *what)
{
	return err_set(err, ERR_INVALID_REQUEST,
		"history: '%.*s' %s; rules are on, off, TYPE=off, TYPE=90d or *=2y, with "
		"commas between",
		rule.len > 60 ? 60 : (int)rule.len, rule.text, what);
}

static bool is(struct span s, const char *word)
{
	return s.len == strlen(word) && memcmp(s.text, word, s.len) == 0;
}

static int64_t unit_of(char c)
{
	switch (c) {
	case 'h':
		return HOUR;
	case 'd':
		return 24 * HOUR;
	case 'w':
		return INT64_C(168) * HOUR;
	case 'y':
		return INT64_C(8760) * HOUR;
	default:
		return 0;
	}
}

static bool parse_keep(struct span s, struct history_rule *rule)
{
	int64_t n = 0, unit;

	rule->record = !is(s, "off");
	rule->keep = HISTORY_FOR_GOOD;
	if (is(s, "on") || is(s, "off"))
		return true;
	if (s.len < 2 || s.len > DIGITS_MAX + 1)
		return false;
	unit = unit_of(s.text[s.len - 1]);
	for (size_t i = 0; i + 1 < s.len; i++) {
		if (s.text[i] < '0' || s.text[i] > '9')
			return false;
		n = n * 10 + s.text[i] - '0';
	}
	rule->keep = n * unit;
	return rule->keep > 0;
}

static struct history_rule *same_type(struct history_policy *p, const char *iri)
{
	for (size_t i = 0; i < p->len; i++)
		if (strcmp(p->rules[i].iri, iri) == 0)
			return &p->rules[i];
	return NULL;
}

static int parse_rule(struct history_policy *p, struct span s, const struct context *ctx,
	bool *any, struct err *err)
{
	const char *equal = memrchr(s.text, '=', s.len);
	struct span type = {s.text, equal != NULL ? (size_t)(equal - s.text) : 0};
	struct span keep = s;
	struct history_rule rule = {0};

	if (equal != NULL)
		keep = (struct span){equal + 1, s.len - type.len - 1};
	if (!parse_keep(keep, &rule))
		return fail(err, s, "says neither on nor off nor how long");
	if (equal == NULL || is(type, "*")) {
		if (*any)
			return fail(err, s, "is a second rule for all types");
		*any = true;
		p->any = rule;
		return 0;
	}
	if (!name_is_legal(type.text, type.len))
		return fail(err, s, "does not begin with the name of a type");
	rule.iri = context_expand(ctx, type.text, type.len, &p->arena);
	if (same_type(p, rule.iri) != NULL)
		return fail(err, s, "is a second rule for its type");
	if (p->len == RULES_MAX)
		return fail(err, s, "is one rule too many");
	rule.iri = arena_strdup(&p->arena, rule.iri);
	p->rules[p->len++] = rule;
	return 0;
}

static struct span trim(const char *from, const char *to)
{
	while (from < to && *from == ' ')
		from++;
	while (to > from && to[-1] == ' ')
		to--;
	return (struct span){from, (size_t)(to - from)};
}

int history_policy_parse(const char *text, const struct context *ctx,
	struct history_policy *out, struct err *err)
{
	struct history_policy p = {
		.any = {.record = true, .keep = HISTORY_FOR_GOOD},
	};
	bool any = false;

	p.rules = arena_array(&p.arena, struct history_rule, RULES_MAX);
	for (const char *at = text;; at++) {
		const char *end = strchrnul(at, ',');

		if (parse_rule(&p, trim(at, end), ctx, &any, err) < 0) {
			arena_reset(&p.arena);
			return -1;
		}
		if (*end == '\0')
			break;
		at = end;
	}
	/* what is there of a type that is off goes when the others' goes */
	for (size_t i = 0; i < p.len; i++)
		if (!p.rules[i].record)
			p.rules[i].keep = p.any.keep;
	*out = p;
	return 0;
}

void history_policy_fini(struct history_policy *p)
{
	arena_reset(&p->arena);
}

static bool more_generous(const struct history_rule *a, const struct history_rule *b)
{
	if (b == NULL || a->record != b->record)
		return b == NULL || a->record;
	return a->keep > b->keep;
}

const struct history_rule *history_policy_find(
	const struct history_policy *p, const struct jn *types)
{
	static const struct history_rule all = {NULL, true, HISTORY_FOR_GOOD};
	const struct history_rule *found = NULL;

	if (p == NULL)
		return &all;
	if (p->len == 0)
		return &p->any;
	jn_each (it, types) {
		for (size_t i = 0; i < p->len; i++) {
			if (jn_str_is(it, p->rules[i].iri) &&
				more_generous(&p->rules[i], found))
				found = &p->rules[i];
		}
	}
	return found != NULL ? found : &p->any;
}
