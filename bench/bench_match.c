/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What matching costs a change that triggers nothing (and one that triggers one), beside
 * many subscriptions: a fifth each by id, by type with q, by idPattern, by geoQ, and by
 * type with another attribute.  Usage: bench_match [SUBSCRIPTIONS]
 */
#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <core/apply.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/subscription.h>
#include <notify/match.h>
#include <store/lane.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define V      DEFAULT_CONTEXT_VOCAB
#define ROUNDS 20000

static struct context *get(
	void *self, const struct jn *value, struct arena *a, struct err *err)
{
	return context_core();
}

static const char *text_of(size_t i, struct arena *a)
{
	static const char end[] =
		"\"notification\":{\"endpoint\":{\"uri\":\"http://127.0.0.1:9/\"}}}";
	const char *head = arena_printf(a,
		"{\"id\":\"urn:ngsi-ld:Subscription:%zu\",\"type\":\"Subscription\","
		"\"jsonldContext\":\"http://127.0.0.1/c\",",
		i);

	switch (i % 5) {
	case 0:
		return arena_printf(a,
			"%s\"entities\":[{\"type\":\"" V "Bin\",\"id\":"
			"\"urn:ngsi-ld:Bin:other-%zu\"}],%s",
			head, i, end);
	case 1:
		return arena_printf(a,
			"%s\"entities\":[{\"type\":\"" V "Bin\"}],\"watchedAttributes\":"
			"[\"" V "level\"],\"q\":\"level>%zu.5\",%s",
			head, 1 + i % 1000, end);
	case 2:
		return arena_printf(a,
			"%s\"entities\":[{\"type\":\"" V "Bin\",\"idPattern\":"
			"\"^urn:ngsi-ld:Bin:zone%05zu-.*\"}],%s",
			head, i, end);
	case 3:
		return arena_printf(a,
			"%s\"entities\":[{\"type\":\"" V "Bin\"}],\"geoQ\":{\"georel\":"
			"\"near;maxDistance==300\",\"geometry\":\"Point\","
			"\"coordinates\":[%f,%f]},%s",
			head, 4.0 + (double)(i % 997) / 997,
			44.0 + (double)(i % 1009) / 1009, end);
	default:
		return arena_printf(a,
			"%s\"entities\":[{\"type\":\"" V "Bin\"}],\"watchedAttributes\":"
			"[\"" V "attribute%zu\"],%s",
			head, i % 100, end);
	}
}

static const struct subscription *make(size_t i)
{
	const struct subscription_contexts contexts = {.get = get};
	auto_arena a = {0};
	struct err err = {0};
	const char *text = text_of(i, &a);
	struct subscription *s = subscription_new(text, strlen(text), &contexts, &err);

	if (s == NULL)
		fprintf(stderr, "%s\n", err.detail);
	assert(s != NULL);
	s->sid = (int64_t)i + 1;
	s->tenant = 1;
	return s;
}

static struct jn *parse(const char *text, struct arena *a)
{
	struct jn *v = jn_parse_trusted(text, strlen(text), a);

	assert(v != NULL);
	return v;
}

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static long resident_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long pages = 0;

	assert(f != NULL && fscanf(f, "%*d %ld", &pages) == 1);
	fclose(f);
	return pages * 4;
}

#define ENTITY                                                                           \
	"{\"id\":\"urn:ngsi-ld:Bin:mine-1\",\"type\":[\"" V "Bin\"],"                    \
	"\"createdAt\":\"2025-01-01T00:00:00Z\",\"modifiedAt\":\"2025-01-01T00:00:"      \
	"00Z\","                                                                         \
	"\"" V "level\":{\"type\":\"Property\",\"value\":%s},"                           \
	"\"https://uri.etsi.org/ngsi-ld/location\":{\"type\":\"GeoProperty\",\"value\":" \
	"{\"type\":\"Point\",\"coordinates\":[5.37,43.29]}}}"

/* CPU microseconds of one change. */
static double measure(const struct matcher *m, const char *level, size_t *found)
{
	static const struct op kinds = {
		.kind = OP_UPDATE, .id = "urn:ngsi-ld:Bin:mine-1"};
	const struct match_options options = {0};
	const struct subscription *const *list;
	auto_arena a = {0}, scratch = {0};
	struct op op = kinds;
	struct outcome out = {0};
	struct err err = {0};
	struct jn *before = parse(arena_printf(&a, ENTITY, "0.25"), &a);
	double start;

	op.now = clock_now();
	op.doc = parse(
		arena_printf(&a, "{\"" V "level\":{\"type\":\"Property\",\"value\":%s}}",
			level),
		&a);
	if (apply(&op, before, &a, &out, &err) < 0)
		abort();
	const struct entity_change change = {.tenant = 1,
		.id = op.id,
		.now = op.now,
		.before = before,
		.after = out.entity,
		.changes = out.changes};

	start = cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		*found = match_find(m, &change, &options, &scratch, &list);
		arena_rewind(&scratch);
	}
	return (cpu_us() - start) / ROUNDS;
}

static void report(const char *what, const struct matcher *m, const char *level)
{
	size_t found = 0;
	double us = measure(m, level, &found);

	printf("%-28s %8.2f us CPU a change, %zu matched\n", what, us, found);
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	const struct subscription **list = calloc(n + 1, sizeof(*list));
	long before = resident_kb();
	struct matcher *m, *newer;
	double start = cpu_us();

	assert(list != NULL);
	for (size_t i = 0; i < n; i++)
		list[i] = make(i);
	printf("%zu subscriptions: compiled in %.1f us each, ", n,
		(cpu_us() - start) / (double)(n + !n));
	start = cpu_us();
	m = match_build(list, n);
	printf("indexed in %.0f ms, %ld bytes each\n", (cpu_us() - start) / 1000,
		n > 0 ? (resident_kb() - before) * 1024 / (long)n : 0);
	report("matches none", m, "0.5");
	report("matches some by q", m, "2.7");
	start = cpu_us();
	for (size_t i = 0; i < 1000; i++) {
		const struct subscription *s = make(n + i);

		newer = match_update(m, &s, 1, NULL, 0);
		subscription_unref(s);
		match_unref(m);
		m = newer;
	}
	printf("%-28s %8.2f us CPU\n", "one subscription more",
		(cpu_us() - start) / 1000);
	report("matches none, after these", m, "0.5");
	match_unref(m);
	for (size_t i = 0; i < n; i++)
		subscription_unref(list[i]);
	free(list);
	return 0;
}
