/* SPDX-License-Identifier: Apache-2.0 */
/* Names that are almost those of the model. */
#include "lint_priv.h"

#include <ctype.h>
#include <string.h>

#define NAME_MOST 64 /* longer ones are not compared */

static bool next_letter(const char *s, size_t len, size_t *i, int *c)
{
	while (*i < len && (s[*i] == '_' || s[*i] == '-' || s[*i] == ' '))
		++*i;
	if (*i == len)
		return false;
	*c = tolower((unsigned char)s[(*i)++]);
	return true;
}

bool name_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t i = 0, j = 0;
	int x = 0, y = 0;

	for (;;) {
		bool more = next_letter(a, a_len, &i, &x);

		if (more != next_letter(b, b_len, &j, &y))
			return false;
		if (!more)
			return true;
		if (x != y)
			return false;
	}
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, substitutions, and neighbours that changed places; without case. */
unsigned name_distance(
	const char *a, size_t a_len, const char *b, size_t b_len, unsigned most)
{
	unsigned char rows[3][NAME_MOST + 1];
	unsigned char *before = rows[0], *last = rows[1], *row = rows[2], *spare;

	if (a_len > NAME_MOST || b_len > NAME_MOST)
		return most + 1;
	for (size_t j = 0; j <= b_len; j++)
		last[j] = (unsigned char)j;
	for (size_t i = 1; i <= a_len; i++) {
		int x = tolower((unsigned char)a[i - 1]);

		row[0] = (unsigned char)i;
		for (size_t j = 1; j <= b_len; j++) {
			int y = tolower((unsigned char)b[j - 1]);
			unsigned d = last[j - 1] + (x != y);

			d = least(d, least(last[j], row[j - 1]) + 1U);
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
				y == tolower((unsigned char)a[i - 2]))
				d = least(d, before[j - 2] + 1U);
			row[j] = (unsigned char)d;
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[b_len] <= most ? last[b_len] : most + 1;
}

/* How many changes still are a misspelling. */
static unsigned tolerance(size_t len)
{
	if (len < 4)
		return 0;
	return len < 8 ? 1 : 2;
}

static unsigned differ(
	const char *a, size_t a_len, const struct profile_attr *attr, unsigned letters)
{
	unsigned most = tolerance(least((unsigned)a_len, (unsigned)attr->len));

	if (name_same(a, a_len, attr->name, attr->len))
		return 0;
	if (most == 0 ||
		(a_len > attr->len ? a_len - attr->len : attr->len - a_len) > most ||
		__builtin_popcount(letters ^ attr->letters) > 2 * (int)most)
		return 3;
	/* pm1 and pm10, LAeq2: other things, not misspellings. */
	if (isdigit((unsigned char)a[a_len - 1]) !=
		isdigit((unsigned char)attr->name[attr->len - 1]))
		return 3;
	most = name_distance(a, a_len, attr->name, attr->len, most);
	return most <= tolerance(least((unsigned)a_len, (unsigned)attr->len)) ? most : 3;
}

/* An attribute that is there under its right name too is none that was misspelt. */
static bool is_there(
	const struct run *r, const struct profile *p, const struct profile_attr *attr)
{
	jn_each (m, r->doc)
		if (is_attribute(m) && profile_attr(p, m->key, m->key_len) == attr)
			return true;
	return false;
}

struct guess {
	const struct profile *profile;
	const struct profile_attr *attr;
	unsigned distance;
	bool ambiguous;
};

static struct guess guess_name(const struct run *r, const char *name, size_t len)
{
	struct guess g = {.distance = 3};
	unsigned letters = name_letters(name, len);

	for (size_t i = 0; i < r->profiles_len; i++) {
		const struct profile *p = r->profiles[i];

		for (size_t j = 0; j < p->attrs_len; j++) {
			unsigned d = differ(name, len, &p->attrs[j], letters);

			if (d > g.distance || d == 3)
				continue;
			if (is_there(r, p, &p->attrs[j]))
				continue;
			g.ambiguous = d == g.distance && g.attr != NULL;
			g.profile = p;
			g.attr = &p->attrs[j];
			g.distance = d;
		}
	}
	return g;
}

void lint_unknown(struct run *r, const struct spot *s)
{
	const char *name;
	struct finding *f;
	struct guess g;
	size_t len;

	/* Of another vocabulary, or of the core: somebody means it. */
	if (!iri_is_model(s->iri, s->iri_len))
		return;
	name = iri_name(s->iri, s->iri_len, &len);
	if (s->iri_len - len == sizeof(NGSILD_VOCAB) - 1 &&
		memcmp(s->iri, NGSILD_VOCAB, sizeof(NGSILD_VOCAB) - 1) == 0)
		return;
	g = guess_name(r, name, len);
	if (g.attr == NULL && !r->l->hints)
		return;
	f = lint_add(r, g.attr != NULL ? LINT_MISSPELT_ATTRIBUTE : LINT_UNKNOWN_ATTRIBUTE,
		s, "", NULL);
	f->why = arena_printf(
		r->a, "%.*s is unknown in %s", (int)len, name, r->profiles[0]->name);
	if (g.attr == NULL) {
		f->mend = "nothing, where it is an attribute of your own; define it in "
			  "your @context";
		return;
	}
	f->mend = arena_printf(r->a, "did you mean %s?", g.attr->name);
	if (g.distance > 1 || g.ambiguous)
		return;
	f->fix.kind = FIX_RENAME;
	f->fix.node = s->attribute;
	f->fix.text = arena_printf(
		r->a, "%.*s%s", (int)(s->iri_len - len), s->iri, g.attr->name);
}

void lint_unknown_type(struct run *r, const struct jn *type)
{
	const char *name;
	struct finding *f;
	size_t len;

	if (!jn_is(type, JN_STRING) || !iri_is_model(type->text, type->len))
		return;
	name = iri_name(type->text, type->len, &len);
	for (size_t i = 0; i < profiles_count(r->l->profiles); i++) {
		const char *other = profiles_at(r->l->profiles, i)->name;
		size_t n = strlen(other);
		unsigned most = tolerance(least((unsigned)len, (unsigned)n));

		if (most == 0 || (len > n ? len - n : n - len) > most ||
			name_distance(name, len, other, n, most) > most)
			continue;
		f = lint_add(r, LINT_MISSPELT_TYPE, NULL, "/type", type);
		f->seen = arena_printf(r->a, "\"%.*s\"", (int)len, name);
		f->why = "there is no profile of this type";
		f->mend = arena_printf(r->a, "did you mean %s?", other);
		return;
	}
}
