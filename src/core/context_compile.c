/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The context processing algorithm of JSON-LD 1.1, as far as NGSI-LD lets it go (5.5.7):
 *
 * - terms of the core are never redefined, wherever the core stands in an array;
 * - scoped contexts and @reverse are refused, except in documents of a few known
 *   publishers, where they are passed over; @import works in documents, not in requests;
 * - a term mapped to null is forgotten: its name falls back to @vocab (JSON-LD would
 *   drop the member, which loses data silently);
 * - @base, @language, @direction, @version, @propagate and @protected have no effect.
 *
 * Terms are defined depth first, so their order in an object does not matter; `stamp`
 * tells which object defined a term last.
 */
#include "context_priv.h"

#include <base/err.h>
#include <base/iri.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define MAX_NESTED    16 /* documents within documents, arrays within arrays */
#define MAX_DOCUMENTS 64
#define MAX_CHAIN     64 /* terms that need terms */

struct compiler {
	struct context *ctx;
	const struct context_loader *loader;
	struct err *err;
	const char *urls[MAX_NESTED]; /* the documents being read */
	unsigned nested, documents, arrays;
	bool located; /* the error names its document */
	uint32_t stamp;
	char where[64];
};

/* One @context object on its way. */
struct local {
	const json_t *object;
	uint32_t stamp;
	bool lenient; /* from a known publisher */
	unsigned chain;
};

/* What a term or IRI stands for. */
struct meaning {
	const char *iri;
	size_t len;
	bool keyword;
};

static int process(struct compiler *c, const json_t *value);
static int define(struct compiler *c, struct local *local, const char *name);

static int refuse(struct compiler *c, const char *name, const char *what)
{
	return err_set(c->err, ERR_BAD_REQUEST_DATA, "%s%s%.80s: %s", c->where,
		name != NULL ? "/" : "", name != NULL ? name : "", what);
}

static int join(struct compiler *c, const char *a, size_t a_len, const char *b,
	struct meaning *out)
{
	size_t b_len = strlen(b);
	char *s = arena_raw(&c->ctx->arena, a_len + b_len + 1);

	memcpy(s, a, a_len);
	memcpy(s + a_len, b, b_len + 1);
	*out = (struct meaning){s, a_len + b_len, false};
	return 0;
}

/* prefix:suffix; out->iri stays NULL where it is none. */
static int expand_compact(
	struct compiler *c, struct local *local, const char *value, struct meaning *out)
{
	const char *colon = strchr(value, ':');
	const struct term *t;
	char prefix[256];
	size_t len;

	if (colon == NULL || colon == value || strncmp(colon, "://", 3) == 0)
		return 0;
	len = (size_t)(colon - value);
	if (len >= sizeof(prefix))
		return 0;
	memcpy(prefix, value, len);
	prefix[len] = '\0';
	if (local != NULL && json_object_get(local->object, prefix) != NULL &&
		define(c, local, prefix) < 0)
		return -1;
	t = context_term(c->ctx, prefix, len);
	if (t == NULL || !t->reads_prefix)
		return 0;
	return join(c, t->iri, t->iri_len, colon + 1, out);
}

/* IRI expansion, relative to the vocabulary.  out->iri is NULL for what only looks like
 * a keyword. */
static int expand(
	struct compiler *c, struct local *local, const char *value, struct meaning *out)
{
	const struct term *t;
	int rc;

	*out = (struct meaning){0};
	if (context_is_keyword(value)) {
		*out = (struct meaning){value, strlen(value), true};
		return 0;
	}
	if (context_is_reserved(value))
		return 0;
	if (local != NULL && json_object_get(local->object, value) != NULL &&
		define(c, local, value) < 0)
		return -1;
	t = context_term(c->ctx, value, strlen(value));
	if (t != NULL) {
		*out = (struct meaning){t->iri, t->iri_len, t->keyword};
		return 0;
	}
	rc = expand_compact(c, local, value, out);
	if (rc < 0 || out->iri != NULL)
		return rc;
	if (strchr(value, ':') != NULL)
		return join(c, value, strlen(value), "", out);
	return join(c, c->ctx->vocab, c->ctx->vocab_len, value, out);
}

static int coercion_of(
	struct compiler *c, const char *name, const json_t *type, struct term *t)
{
	const char *s = json_string_value(type);

	if (type == NULL)
		return 0;
	if (s == NULL)
		return refuse(c, name, "@type must be a string");
	if (strcmp(s, "@id") == 0)
		t->coercion = COERCION_ID;
	else if (strcmp(s, "@vocab") == 0)
		t->coercion = COERCION_VOCAB;
	else if (strcmp(s, "@json") == 0)
		t->coercion = COERCION_JSON;
	else if (s[0] != '@')
		t->coercion = COERCION_DATATYPE;
	else if (strcmp(s, "@none") != 0)
		return refuse(
			c, name, "@type must be @id, @vocab, @json, @none or an IRI");
	return 0;
}

/* The members of an expanded definition that are there, and those that must not. */
static int check_definition(struct compiler *c, const struct local *local,
	const char *name, const json_t *definition)
{
	static const char known[] = " @id @reverse @container @context @direction @index "
				    "@language @nest @prefix @protected @type ";
	const char *key;
	json_t *value;
	char spaced[24];

	json_object_foreach((json_t *)definition, key, value)
	{
		(void)snprintf(spaced, sizeof(spaced), " %s ", key);
		if (strlen(key) > sizeof(spaced) - 3 || strstr(known, spaced) == NULL)
			return err_set(c->err, ERR_BAD_REQUEST_DATA,
				"%s/%.80s: \"%.40s\" has no place in a term definition",
				c->where, name, key);
	}
	if (local->lenient)
		return 0;
	if (json_object_get(definition, "@context") != NULL)
		return refuse(c, name,
			"a scoped @context is not allowed in NGSI-LD (5.5.7); define its "
			"terms "
			"at the top of the @context");
	if (json_object_get(definition, "@reverse") != NULL)
		return refuse(c, name,
			"@reverse is not possible in NGSI-LD; name the "
			"Relationship on the entity that it starts from");
	return 0;
}

/* Decides what the term may do as a prefix. */
static void set_prefix(struct term *t, const json_t *definition)
{
	const json_t *flag = json_object_get(definition, "@prefix");
	bool delimited =
		t->iri_len > 0 && strchr(":/?#[]@", t->iri[t->iri_len - 1]) != NULL;
	bool plain = strpbrk(t->name, ":/") == NULL && !t->keyword &&
		strcmp(t->name, "_") != 0; /* of blank nodes */

	t->prefix = plain &&
		(json_is_true(flag) || (json_is_string(definition) && delimited));
	t->reads_prefix =
		plain && (json_is_true(flag) || (delimited && !json_is_false(flag)));
}

static int set_iri(
	struct compiler *c, struct local *local, struct term *t, const char *id)
{
	struct meaning m = {0};

	if (id != NULL && strcmp(id, t->name) != 0) {
		if (expand(c, local, id, &m) < 0)
			return -1;
		if (m.iri == NULL)
			return 0; /* a keyword to come: the term is ignored */
	} else {
		if (expand_compact(c, local, t->name, &m) < 0)
			return -1;
		if (m.iri == NULL && strchr(t->name, ':') == NULL)
			(void)join(c, c->ctx->vocab, c->ctx->vocab_len, t->name, &m);
		else if (m.iri == NULL)
			(void)join(c, t->name, t->name_len, "", &m);
	}
	if (m.keyword && strcmp(m.iri, "@context") == 0)
		return refuse(c, t->name, "@context cannot have another name");
	if (!m.keyword && !iri_is_absolute(m.iri, m.len))
		return err_set(c->err, ERR_BAD_REQUEST_DATA,
			"%s/%.80s: \"%.80s\" is no IRI", c->where, t->name, m.iri);
	t->keyword = m.keyword;
	t->iri = m.keyword ? arena_strdup(&c->ctx->arena, m.iri) : m.iri;
	t->iri_len = (uint32_t)m.len;
	if (m.keyword)
		c->ctx->aliases = true;
	return 0;
}

static int fill_term(
	struct compiler *c, struct local *local, struct term *t, const json_t *definition)
{
	const json_t *id = NULL;

	if (json_is_null(definition))
		return 0;
	if (json_is_string(definition)) {
		id = definition;
	} else if (json_is_object(definition)) {
		if (check_definition(c, local, t->name, definition) < 0 ||
			coercion_of(c, t->name, json_object_get(definition, "@type"), t) <
				0)
			return -1;
		id = json_object_get(definition, "@id");
		if (json_object_get(definition, "@reverse") != NULL || json_is_null(id))
			return 0;
		if (id != NULL && !json_is_string(id))
			return refuse(c, t->name, "@id must be a string");
	} else {
		return refuse(
			c, t->name, "a term is defined by an IRI, an object or null");
	}
	if (set_iri(c, local, t, json_string_value(id)) < 0)
		return -1;
	if (t->iri != NULL)
		set_prefix(t, definition);
	return 0;
}

/* Defines one term of the object, after those that it needs. */
static int define(struct compiler *c, struct local *local, const char *name)
{
	struct context *ctx = c->ctx;
	size_t len = strlen(name);
	struct term *t = map_get(&ctx->terms, name, len);
	int rc;

	if (t != NULL && t->stamp == local->stamp)
		return t->busy ? refuse(c, name, "the term is defined by itself") : 0;
	if (ctx->core != NULL && map_get(&ctx->core->terms, name, len) != NULL)
		return 0; /* 5.5.7: the core has absolute precedence */
	if (++local->chain > MAX_CHAIN)
		return refuse(c, name, "too many terms that need each other");
	if (t == NULL) {
		t = arena_new(&ctx->arena, struct term);
		t->name = arena_strndup(&ctx->arena, name, len);
		t->name_len = (uint32_t)len;
		map_put(&ctx->terms, t->name, len, t);
	}
	*t = (struct term){.name = t->name, .name_len = t->name_len, .busy = true};
	t->stamp = local->stamp;
	rc = fill_term(c, local, t, json_object_get(local->object, name));
	t->busy = false;
	local->chain--;
	return rc;
}

static int set_vocab(struct compiler *c, struct local *local, const json_t *vocab)
{
	const char *s = json_string_value(vocab);
	struct meaning m;

	if (vocab == NULL)
		return 0;
	if (json_is_null(vocab)) {
		assert(c->ctx->core != NULL);
		c->ctx->vocab = c->ctx->core->vocab;
		c->ctx->vocab_len = c->ctx->core->vocab_len;
		return 0;
	}
	/* terms of this very object do not count yet */
	if (s == NULL ||
		(strchr(s, ':') == NULL && !context_defines(c->ctx, s, strlen(s))))
		return refuse(c, "@vocab", "must be an absolute IRI, or null");
	if (expand(c, NULL, s, &m) < 0)
		return -1;
	if (m.iri == NULL || !iri_is_absolute(m.iri, m.len))
		return refuse(c, "@vocab", "must be an absolute IRI, or null");
	c->ctx->vocab = m.iri;
	c->ctx->vocab_len = m.len;
	return 0;
}

static bool is_known_publisher(const char *url)
{
	static const char *const known[] = {"https://uri.etsi.org/", "https://w3id.org/",
		"https://www.w3.org/", "http://www.w3.org/", "https://schema.org", NULL};

	for (int i = 0; url != NULL && known[i] != NULL; i++) {
		if (strncmp(url, known[i], strlen(known[i])) == 0)
			return true;
	}
	return false;
}

static const char *here(const struct compiler *c)
{
	return c->nested > 0 ? c->urls[c->nested - 1] : NULL;
}

static int import(struct compiler *c, const json_t *url)
{
	if (url == NULL)
		return 0;
	if (here(c) == NULL)
		return refuse(
			c, "@import", "is not allowed here; make the @context an array");
	if (!json_is_string(url))
		return refuse(c, "@import", "must be a URL");
	return process(c, url);
}

static int process_object(struct compiler *c, const json_t *object)
{
	struct local local = {object, ++c->stamp, is_known_publisher(here(c)), 0};
	const json_t *version = json_object_get(object, "@version");
	const char *name;
	json_t *value;

	if (c->ctx->core == NULL)
		local.lenient = true;
	if (version != NULL && json_number_value(version) != 1.1)
		return refuse(c, "@version", "must be 1.1");
	if (import(c, json_object_get(object, "@import")) < 0 ||
		set_vocab(c, &local, json_object_get(object, "@vocab")) < 0)
		return -1;
	json_object_foreach((json_t *)object, name, value)
	{
		if (name[0] == '\0')
			return refuse(c, name, "a term cannot be empty");
		if (strcmp(name, "@context") == 0)
			return refuse(c, name, "an @context inside the @context");
		if (name[0] == '@' &&
			(context_is_keyword(name) || context_is_reserved(name)))
			continue;
		if (define(c, &local, name) < 0)
			return -1;
	}
	return 0;
}

/* Reads a document that stands by its URL. */
static int process_document(struct compiler *c, const char *url, const json_t *document)
{
	const json_t *value = json_object_get(document, "@context");
	char where[sizeof(c->where)];
	unsigned arrays = c->arrays;
	int rc;

	if (value == NULL)
		return err_set(
			c->err, ERR_BAD_REQUEST_DATA, "%.200s: has no \"@context\"", url);
	memcpy(where, c->where, sizeof(where));
	(void)snprintf(c->where, sizeof(c->where), "@context");
	c->arrays = 0;
	c->urls[c->nested++] = url;
	rc = process(c, value);
	c->nested--;
	c->arrays = arrays;
	memcpy(c->where, where, sizeof(where));
	/* The innermost document is where it is wrong, the outermost what was asked for;
	 * all between would push the reason out of the detail. */
	if (rc < 0 && (!c->located || c->nested == 0))
		(void)err_wrap(c->err, "%.100s", url);
	c->located = c->located || rc < 0;
	return rc;
}

static int process_url(struct compiler *c, const char *ref)
{
	const char *url = ref, *base = here(c);
	json_auto_t *loaded = NULL;
	const json_t *document;

	if (base != NULL)
		url = context_resolve(base, ref, &c->ctx->arena);
	if (!iri_is_absolute(url, strlen(url)))
		return err_set(c->err, ERR_BAD_REQUEST_DATA,
			"%s: \"%.100s\" is no absolute URL", c->where, ref);
	if (context_is_core_url(url))
		return 0; /* always there */
	for (unsigned i = 0; i < c->nested; i++) {
		if (strcmp(c->urls[i], url) == 0)
			return err_set(c->err, ERR_BAD_REQUEST_DATA,
				"%s: %.160s leads back to itself", c->where, url);
	}
	if (c->nested == MAX_NESTED || c->documents++ == MAX_DOCUMENTS)
		return refuse(c, NULL, "too many @contexts within each other");
	document = context_builtin(url);
	if (document == NULL && c->loader == NULL)
		return err_set(c->err, ERR_CONTEXT_NOT_AVAILABLE,
			"%.200s: cannot be loaded", url);
	if (document == NULL) {
		if (c->loader->load(c->loader->self, url, &loaded, c->err) < 0)
			return -1;
		document = loaded;
	}
	return process_document(c, url, document);
}

static int process_array(struct compiler *c, const json_t *array)
{
	size_t len = strlen(c->where), i;
	const json_t *item;

	if (++c->arrays > MAX_NESTED)
		return refuse(c, NULL, "too many arrays within each other");
	json_array_foreach(array, i, item)
	{
		(void)snprintf(c->where + len, sizeof(c->where) - len, "/%zu", i);
		if (process(c, item) < 0)
			return -1;
		c->where[len] = '\0';
	}
	c->arrays--;
	return 0;
}

static int process(struct compiler *c, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return process_url(c, json_string_value(value));
	case JSON_OBJECT:
		return process_object(c, value);
	case JSON_ARRAY:
		return process_array(c, value);
	case JSON_NULL:
		return refuse(
			c, NULL, "null is not allowed: the core @context always applies");
	default:
		return refuse(c, NULL, "must be a URL, an object or an array of these");
	}
}

int context_compile(struct context *ctx, const json_t *value,
	const struct context_loader *loader, struct err *err)
{
	struct compiler c = {
		.ctx = ctx, .loader = loader, .err = err, .where = "@context"};

	ctx->vocab = ctx->core != NULL ? ctx->core->vocab : "";
	ctx->vocab_len = strlen(ctx->vocab);
	if (process(&c, value) < 0)
		return -1;
	context_index(ctx);
	return 0;
}
