/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generated expressions over generated documents: q_eval(), the document in the database
 * and the index must give one answer.  CALANQUE_DIFF_ROUNDS (expressions, each over all
 * documents) and CALANQUE_DIFF_SEED change what is tried; a failure names the seed.
 */
#include "diff.h"
#include "generate.h"

#include "q_table.h"
#include "suite.h"

#include <base/strbuf.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCS           150
#define ROUNDS_OF_DOCS 25 /* expressions before the documents are made anew */

struct world {
	struct random random;
	struct arena arena; /* of the documents */
	char *texts[DOCS];
	struct jn *docs[DOCS];
};

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void make_docs(struct world *w)
{
	diff_exec("DELETE FROM entity");
	diff_exec("BEGIN");
	for (int i = 0; i < DOCS; i++) {
		auto_strbuf sb = {0};
		char id[32];

		generate_doc(&w->random, i + 1, &sb);
		w->texts[i] = arena_strndup(&w->arena, sb.data, sb.len);
		w->docs[i] = jn_parse_trusted(w->texts[i], sb.len, &w->arena);
		ck_assert_ptr_nonnull(w->docs[i]);
		snprintf(id, sizeof(id), "urn:x:%d", i + 1);
		diff_store(i + 1, id, w->texts[i]);
	}
	diff_exec("COMMIT");
}

static const struct jn *get(void *self, const char *id, size_t len)
{
	const struct world *w = self;
	char text[32];

	if (len >= sizeof(text) || strncmp(id, "urn:x:", 6) != 0)
		return NULL;
	for (int i = 0; i < DOCS; i++) {
		snprintf(text, sizeof(text), "urn:x:%d", i + 1);
		if (strlen(text) == len && memcmp(text, id, len) == 0)
			return w->docs[i];
	}
	return NULL;
}

/* Compares with what the database found; how many satisfy q. */
static size_t compare(struct world *w, const struct q *q, const char *text,
	const struct diff_eids *found, const char *how, struct arena *a)
{
	struct q_linked linked = {get, w};
	size_t n = 0;

	for (int i = 0; i < DOCS; i++) {
		bool here = q_eval(q, w->docs[i], Q_NOW, &linked, a);
		bool there = n < found->len && found->eids[n] == i + 1;

		ck_assert_msg(here == there,
			"%s\n%s\nin memory %d, %s %d (seed %" PRIu64 ")", text,
			w->texts[i], here, how, there, setting("CALANQUE_DIFF_SEED", 1));
		n += there;
	}
	ck_assert_uint_eq(n, found->len);
	return n;
}

START_TEST(one_answer)
{
	uint64_t rounds = setting("CALANQUE_DIFF_ROUNDS", 150);
	struct world w = {
		.random.state = setting("CALANQUE_DIFF_SEED", 1) * 0x9e3779b97f4a7c15u};
	size_t some = 0;

	for (uint64_t round = 0; round < rounds; round++) {
		auto_arena a = {0};
		auto_strbuf sb = {0};
		const struct q *q;
		size_t n;

		if (round % ROUNDS_OF_DOCS == 0) {
			arena_reset(&w.arena);
			make_docs(&w);
		}
		generate_q(&w.random, &sb);
		q = diff_parse(sb.data, &a);
		n = compare(&w, q, sb.data, diff_query(q, Q_NOW, false, &a),
			"in the document", &a);
		diff_index(q, &a);
		compare(&w, q, sb.data, diff_query(q, Q_NOW, true, &a), "in the index",
			&a);
		some += n > 0 && n < DOCS;
	}
	arena_reset(&w.arena);
	/* Expressions that all or none satisfy would prove little. */
	ck_assert_uint_gt(some, rounds / 3);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("q");

	diff_start();
	tcase_set_timeout(tc, 0);
	tcase_add_test(tc, one_answer);
	return suite_run("diff q", tc);
}
