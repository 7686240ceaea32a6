/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idPatterns.  Equal ones are one.  Most hold a run of characters that every id they match
 * has; of all pieces of GRAM bytes in it the rarest is what the pattern is found by.
 */
#include "match_priv.h"

#include <core/pattern.h>

#include <string.h>

#define GRAM 6

/* All selectors with one pattern. */
struct same {
	const struct pattern *pattern;
	const char *literal; /* the longest run; NULL: too short */
	size_t literal_len;
	struct bucket all;
	struct same *next; /* of the set; then of those found by one piece */
};

struct patterns {
	struct map by_text; /* struct same */
	struct map grams; /* the first struct same of each piece */
	struct same *first, *others; /* others: found by nothing */
};

/* A run of characters under way, and the longest so far. */
struct run {
	const char *best;
	size_t best_len;
	char *text;
	size_t len;
};

static void end_run(struct run *r, struct arena *a)
{
	if (r->len > r->best_len) {
		r->best = arena_strndup(a, r->text, r->len);
		r->best_len = r->len;
	}
	r->len = 0;
}

/* Past a bracket expression that begins at p. */
static const char *skip_bracket(const char *p)
{
	p++;
	p += *p == '^';
	p += *p == ']';
	for (; *p != '\0' && *p != ']'; p++) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
		} else if (*p == '[' && p[1] == ':') { /* [:alpha:] */
			const char *end = strstr(p + 2, ":]");

			p = end != NULL ? end + 1 : p;
		}
	}
	return p + (*p == ']');
}

/* Past a group that begins at p. */
static const char *skip_group(const char *p)
{
	unsigned depth = 0;

	while (*p != '\0') {
		if (*p == '[') {
			p = skip_bracket(p);
			continue;
		}
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
		p++;
	}
	return p;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Longest text that must occur; none where there are alternatives. */
static void find_literal(struct same *s, struct arena *a)
{
	const char *p = s->pattern->source;
	struct run r = {.text = arena_raw(a, strlen(p) + 1)};

	if (strchr(p, '|') != NULL)
		return;
	while (*p != '\0') {
		if (*p == '(' || *p == '[') {
			end_run(&r, a);
			p = *p == '(' ? skip_group(p) : skip_bracket(p);
		} else if (*p == '*' || *p == '?' || *p == '{') {
			r.len -= r.len > 0;
			end_run(&r, a);
			p += *p == '{' ? strcspn(p, "}") : 1;
		} else if (strchr(".^$+})]", *p) != NULL) {
			end_run(&r, a);
			p++;
		} else if (*p == '\\' && (p[1] == '\0' || is_letter_or_digit(p[1]))) {
			end_run(&r, a);
			p += p[1] == '\0' ? 1 : 2;
		} else {
			p += *p == '\\';
			r.text[r.len++] = *p++;
		}
	}
	end_run(&r, a);
	if (r.best_len >= GRAM) {
		s->literal = r.best;
		s->literal_len = r.best_len;
	}
}

void patterns_add(struct patterns **set, const struct subscription *s,
	const struct pattern *pattern, struct arena *a)
{
	size_t len = strlen(pattern->source);
	struct same *same;

	if (*set == NULL) {
		*set = arena_new(a, struct patterns);
		map_init(&(*set)->by_text);
		map_init(&(*set)->grams);
	}
	same = map_get(&(*set)->by_text, pattern->source, len);
	if (same == NULL) {
		same = arena_new(a, struct same);
		same->pattern = pattern;
		find_literal(same, a);
		same->next = (*set)->first;
		(*set)->first = same;
		map_put(&(*set)->by_text, pattern->source, len, same);
	}
	match_bucket_add(&same->all, s, a);
}

/* How often each piece occurs among all patterns. */
static void count_grams(const struct patterns *set, struct map *counts, struct arena *a)
{
	for (const struct same *s = set->first; s != NULL; s = s->next) {
		for (size_t i = 0; s->literal != NULL && i + GRAM <= s->literal_len;
			i++) {
			uint32_t *n = map_get(counts, s->literal + i, GRAM);

			if (n == NULL) {
				n = arena_new(a, uint32_t);
				map_put(counts, s->literal + i, GRAM, n);
			}
			++*n;
		}
	}
}

static const char *rarest(const struct same *s, const struct map *counts)
{
	const char *best = s->literal;
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i + GRAM <= s->literal_len; i++) {
		const uint32_t *n = map_get(counts, s->literal + i, GRAM);

		if (*n < least) {
			least = *n;
			best = s->literal + i;
		}
	}
	return best;
}

void patterns_end(struct patterns *set)
{
	auto_arena scratch = {0};
	auto_map counts = {0};

	if (set == NULL)
		return;
	count_grams(set, &counts, &scratch);
	for (struct same *s = set->first, *next; s != NULL; s = next) {
		next = s->next;
		if (s->literal == NULL) {
			s->next = set->others;
			set->others = s;
		} else {
			const char *gram = rarest(s, &counts);

			s->next = map_get(&set->grams, gram, GRAM);
			map_put(&set->grams, gram, GRAM, s);
		}
	}
	set->first = NULL;
}

void patterns_free(struct patterns *set)
{
	if (set == NULL)
		return;
	map_fini(&set->by_text);
	map_fini(&set->grams);
}

static void probe_chain(const struct same *s, struct probe *p, size_t len)
{
	for (; s != NULL; s = s->next)
		if (pattern_matches(s->pattern, p->change->id, len, p->a))
			probe_all(p, &s->all);
}

void patterns_probe(const struct patterns *set, struct probe *p)
{
	const char *id = p->change->id;
	size_t len = strlen(id);

	if (set == NULL)
		return;
	probe_chain(set->others, p, len);
	for (size_t i = 0; i + GRAM <= len && set->grams.count > 0; i++) {
		const struct same *s = map_get(&set->grams, id + i, GRAM);

		if (s != NULL)
			probe_chain(s, p, len);
	}
}
