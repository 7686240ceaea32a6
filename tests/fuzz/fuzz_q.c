/* SPDX-License-Identifier: Apache-2.0 */
/* q: whatever comes is refused with a reason, or becomes a tree that can be evaluated. */
#include <core/q.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/iri.h>
#include <core/context.h>
#include <core/q_target.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One attribute of every kind, and all the members that a path may end in. */
static const char doc[] =
	"{\"id\":\"urn:x:1\",\"type\":[\"https://uri.etsi.org/ngsi-ld/default-context/"
	"T\"],"
	"\"scope\":[\"/a\"],\"createdAt\":\"2020-01-01T00:00:00Z\","
	"\"https://uri.etsi.org/ngsi-ld/default-context/"
	"a\":[{\"type\":\"Property\",\"value\":"
	"{\"k\":[1,\"x\",{\"@type\":\"DateTime\",\"@value\":\"2020-01-01T00:00:00Z\"}]},"
	"\"observedAt\":\"2020-01-01T00:00:00Z\",\"unitCode\":\"CEL\","
	"\"https://uri.etsi.org/ngsi-ld/default-context/b\":{\"type\":\"Relationship\","
	"\"object\":[\"urn:x:1\",\"http://x.org/%7e\"]}},"
	"{\"type\":\"Property\",\"value\":\"aaaaaaaaaaaaaaaa\",\"datasetId\":\"urn:d\"}],"
	"\"https://uri.etsi.org/ngsi-ld/default-context/"
	"b\":{\"type\":\"LanguageProperty\","
	"\"languageMap\":{\"en\":[\"x\",\"y\"],\"@none\":\"z\"}},"
	"\"https://uri.etsi.org/ngsi-ld/default-context/c\":{\"type\":\"Relationship\","
	"\"object\":\"urn:x:1\"}}";

static const struct jn *get(void *self, const char *id, size_t len)
{
	return len == 7 && memcmp(id, "urn:x:1", len) == 0 ? self : NULL;
}

static void use(const struct q *q, struct arena *a)
{
	struct jn *entity = jn_parse_trusted(doc, sizeof(doc) - 1, a);
	struct q_linked linked = {get, entity};

	(void)q_eval(q, entity, 0, &linked, a);
	(void)q_has_attribute(q);
	if (q->op != Q_AND && q->op != Q_OR) {
		const char *key = q_path_key(&q->path, a);
		const struct q_path *path = q_path_of_key(key, a);
		struct q_row *rows;

		assert(path != NULL && strcmp(q_path_key(path, a), key) == 0);
		(void)q_rows(path, entity, a, &rows);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena a = {.cap = 64 << 20};
	struct context *ctx = context_core();
	struct q_options options = {.ctx = ctx, .expand_values = "a,b", .max_linked = 3};
	struct err err = {0};
	struct q *q = NULL;
	int rc;

	/* What reaches q_parse() is a decoded URL or a JSON string. */
	if (utf8_valid((const char *)data, size) && memchr(data, '\0', size) == NULL) {
		rc = q_parse(arena_strndup(&a, (const char *)data, size), &options, &a,
			&q, &err);
		assert((rc == 0) == (q != NULL));
		assert((rc == 0) == (err.kind == ERR_NONE));
		assert(rc == 0 || err.kind == ERR_BAD_REQUEST_DATA ||
			err.kind == ERR_TOO_COMPLEX_QUERY);
		if (rc == 0)
			use(q, &a);
	}
	context_unref(ctx);
	return 0;
}
