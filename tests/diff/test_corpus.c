/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzzers of q and of patterns start from, or found (CALANQUE_CORPUS: a
 * directory with the folders q and pattern): whatever the parser lets pass, the database
 * must accept and answer alike.
 */
#include "diff.h"
#include "generate.h"

#include "q_table.h"
#include "suite.h"

#include <base/iri.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/pattern.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef CORPUS
#define CORPUS "."
#endif

#define DOCS 40

static struct jn *docs[DOCS];
static struct arena docs_arena;

static void make_docs(void)
{
	struct random r = {.state = 7};

	diff_exec("DELETE FROM entity");
	for (int i = 0; i < DOCS; i++) {
		auto_strbuf sb = {0};
		char id[32];

		generate_doc(&r, i + 1, &sb);
		docs[i] = jn_parse_trusted(
			arena_strndup(&docs_arena, sb.data, sb.len), sb.len, &docs_arena);
		snprintf(id, sizeof(id), "urn:x:%d", i + 1);
		diff_store(i + 1, id, sb.data);
	}
}

/* The text of a file, NULL where it could not reach a parser. */
static char *read_text(const char *path, struct arena *a)
{
	FILE *f = fopen(path, "rb");
	char *text = arena_alloc(a, 5000);
	size_t len;

	ck_assert_ptr_nonnull(f);
	len = fread(text, 1, 4999, f);
	fclose(f);
	return utf8_valid(text, len) && memchr(text, '\0', len) == NULL ? text : NULL;
}

static void try_q(const char *text, struct arena *a)
{
	struct context *ctx = context_core();
	struct q_options o = {.ctx = ctx, .expand_values = "e", .max_linked = 2};
	const struct diff_eids *found;
	struct err err = {0};
	struct q *q = NULL;
	size_t n = 0;

	if (q_parse(text, &o, a, &q, &err) == 0) {
		found = diff_query(q, Q_NOW, false, a);
		for (int i = 0; i < DOCS; i++) {
			bool there = n < found->len && found->eids[n] == i + 1;

			/* No links: they would need all documents in memory by id. */
			ck_assert_msg(strchr(text, '{') != NULL ||
					q_eval(q, docs[i], Q_NOW, NULL, a) == there,
				"%s\n%s", text, jn_text(docs[i], a));
			n += there;
		}
	}
	context_unref(ctx);
}

static void try_pattern(const char *text, struct arena *a)
{
	const char *line = strchr(text, '\n');
	size_t len = line == NULL ? strlen(text) : (size_t)(line - text);
	const char *subject = line == NULL ? text : line + 1;
	struct pattern *p = NULL;
	struct err err = {0};

	if (pattern_parse(text, len, "q", 0, a, &p, &err) == 0)
		ck_assert_msg(pattern_matches(p, subject, strlen(subject), a) ==
				diff_matches(subject, p->text),
			"%s (%s)", text, p->text);
}

static void try_all(const char *folder, void (*try)(const char *text, struct arena *a))
{
	const char *root = getenv("CALANQUE_CORPUS");
	struct dirent *entry;
	char path[1024];
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", root != NULL ? root : CORPUS, folder);
	dir = opendir(path);
	ck_assert_msg(dir != NULL, "%s", path);
	while ((entry = readdir(dir)) != NULL) {
		auto_arena a = {0};
		const char *text;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", root != NULL ? root : CORPUS,
			folder, entry->d_name);
		text = read_text(path, &a);
		if (text != NULL)
			try(text, &a);
		n++;
	}
	closedir(dir);
	ck_assert_int_gt(n, 0);
}

START_TEST(queries)
{
	make_docs();
	try_all("q", try_q);
	arena_reset(&docs_arena);
}
END_TEST

START_TEST(patterns)
{
	try_all("pattern", try_pattern);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("corpus");

	diff_start();
	tcase_set_timeout(tc, 0);
	tcase_add_test(tc, queries);
	tcase_add_test(tc, patterns);
	return suite_run("diff corpus", tc);
}
