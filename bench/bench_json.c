/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast base/jn parses and writes: bench_json [FILE [SECONDS]].  Without a file, one
 * normalized entity of about 1 KB as a client sends it.  The best of ten rounds counts,
 * since other work on the machine can only slow it down.
 */
#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/mem.h>
#include <base/strbuf.h>

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 10

static const char entity[] =
	"{\"id\":\"urn:ngsi-ld:WasteContainer:marseille:1er:0017\",\"type\":"
	"\"WasteContainer\","
	"\"location\":{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\","
	"\"coordinates\":"
	"[5.369780,43.296482]}},\"fillingLevel\":{\"type\":\"Property\",\"value\":0.62,"
	"\"unitCode\":\"C62\",\"observedAt\":\"2026-03-01T08:15:30.250Z\",\"accuracy\":{"
	"\"type\":\"Property\",\"value\":0.05}},\"temperature\":{\"type\":\"Property\","
	"\"value\":17.4,\"unitCode\":\"CEL\",\"observedAt\":\"2026-03-01T08:15:30.250Z\"}"
	","
	"\"address\":{\"type\":\"Property\",\"value\":{\"streetAddress\":\"12 rue de la "
	"R\xc3\xa9publique\",\"addressLocality\":\"Marseille\",\"postalCode\":\"13001\","
	"\"addressCountry\":\"FR\"}},\"refDevice\":{\"type\":\"Relationship\",\"object\":"
	"\"urn:ngsi-ld:Device:marseille:ultrasonic:0017\",\"observedAt\":"
	"\"2026-03-01T08:15:30Z\"},\"status\":{\"type\":\"Property\",\"value\":[\"ok\","
	"\"lidClosed\"]},\"@context\":[\"https://raw.githubusercontent.com/"
	"smart-data-models/"
	"dataModel.WasteManagement/master/context.jsonld\",\"https://uri.etsi.org/"
	"ngsi-ld/v1/"
	"ngsi-ld-core-context-v1.9.jsonld\"]}";

struct input {
	const char *text;
	size_t len;
	struct strbuf out;
};

typedef void (*work_fn)(struct input *in);

static void parse_checked(struct input *in)
{
	auto_arena a = {0};
	struct err err = {0};
	struct jn *v;

	if (jn_parse(in->text, in->len, JN_LIMITS, &a, &v, &err) < 0) {
		(void)fprintf(stderr, "bench_json: %s\n", err.detail);
		exit(1);
	}
}

static void parse_trusted(struct input *in)
{
	auto_arena a = {0};

	if (jn_parse_trusted(in->text, in->len, &a) == NULL)
		exit(1);
}

static void parse_and_write(struct input *in)
{
	auto_arena a = {0};

	strbuf_reset(&in->out);
	jn_write(&in->out, jn_parse_trusted(in->text, in->len, &a));
}

static struct jn *parsed;

static void write_only(struct input *in)
{
	strbuf_reset(&in->out);
	jn_write(&in->out, parsed);
}

/* Microseconds of one run, the best round. */
static double measure(struct input *in, work_fn work, double seconds)
{
	double best = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int64_t start = clock_monotonic(), used;
		double each;
		long runs = 0;

		do {
			for (int i = 0; i < 64; i++)
				work(in);
			runs += 64;
			used = clock_monotonic() - start;
		} while ((double)used < seconds * 1e6 / ROUNDS);
		each = (double)used / (double)runs;
		if (round == 0 || each < best)
			best = each;
	}
	return best;
}

static char *read_file(const char *name, size_t *len)
{
	struct strbuf sb = {0};
	FILE *f = fopen(name, "rb");
	size_t n;

	if (f == NULL) {
		perror(name);
		exit(1);
	}
	do {
		strbuf_grow(&sb, 65536);
		n = fread(sb.data + sb.len, 1, 65536, f);
		sb.len += n;
	} while (n > 0);
	(void)fclose(f);
	return strbuf_steal(&sb, len);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		work_fn work;
	} works[] = {
		{"jn_parse", parse_checked},
		{"jn_parse_trusted", parse_trusted},
		{"jn_write", write_only},
		{"parse_trusted + write", parse_and_write},
	};
	struct input in = {entity, sizeof(entity) - 1, {0}};
	double seconds = argc > 2 ? atof(argv[2]) : 1;
	auto_arena a = {0};
	char *file = NULL;

	if (argc > 1 && argv[1][0] != '\0') {
		file = read_file(argv[1], &in.len);
		in.text = file;
	}
	parse_checked(&in);
	parsed = jn_parse_trusted(in.text, in.len, &a);
	printf("%zu bytes, %zu bytes of arena\n", in.len, a.used);
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		double us = measure(&in, works[i].work, seconds);

		printf("%-22s %10.3f us %8.0f MB/s\n", works[i].name, us,
			(double)in.len / us);
	}
	strbuf_fini(&in.out);
	free(file);
	return 0;
}
