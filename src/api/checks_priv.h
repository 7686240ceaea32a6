/* SPDX-License-Identifier: Apache-2.0 */
/* Checks on the way of a write, and the list of what they found. */
#ifndef API_CHECKS_PRIV_H
#define API_CHECKS_PRIV_H

#include <api/checks.h>
#include <base/arena.h>
#include <base/strbuf.h>
#include <core/lint.h>

#include <stdint.h>

struct call;
struct context;
struct check_log;
struct req;
struct resp;

struct checks {
	struct arena arena;
	struct profiles *profiles;
	struct territory *territory; /* NULL: none */
	struct check_log *log;
	int64_t since; /* wall clock */
	bool off; /* nothing is checked */
};

enum check_flags {
	CHECK_WHOLE = 1, /* an entity, not a fragment */
	CHECK_MERGING = 2,
	CHECK_SIMPLIFIED = 4,
};

/*
 * The last step before a write of one entity or fragment goes to its lane: warnings go to
 * the answer's headers and to the list.  true: refused, the answer is complete.
 */
bool checks_refuse(
	struct call *call, const struct jn *doc, const char *id, unsigned flags);
/* The same for the instances of one attribute. */
bool checks_refuse_attribute(
	struct call *call, const char *iri, const struct jn *instances, const char *id);

/* The warnings of a batch; zero-initialise. */
struct checks_batch {
	size_t count;
	struct strbuf list;
};
/* One element; true: refused, err is set and *findings is the list as JSON. */
bool checks_refuse_element(struct call *call, struct checks_batch *batch,
	const struct context *ctx, const struct jn *doc, const char *id, unsigned flags,
	struct err *err, const char **findings);
void checks_batch_end(struct call *call, struct checks_batch *batch);

/* A row of an import: what is found; noted in the list where `note`. */
void checks_row(struct call *call, const struct context *ctx, const struct jn *doc,
	const char *id, bool note, struct findings *found);

/* A lint of these checks. */
struct lint checks_lint(
	const struct checks *checks, const struct context *ctx, int64_t now);

/*
 * What was found lately: one row for each source (address and User-Agent), tenant, type,
 * attribute and code, with counts and the last example.  In memory: a sensor that is wrong
 * is wrong at every message, so the list fills itself again within minutes of a start, and
 * a row a message would be a write for each write.
 */
struct check_log *check_log_new(void);
void check_log_free(struct check_log *r);
struct check_log_source {
	const char *address, *agent; /* "" where it is not known */
	int tenant;
	const char *entity;
	bool refused;
	int64_t now;
};
void check_log_note(struct check_log *r, const struct check_log_source *source,
	const struct findings *found);
struct check_log_filter {
	int tenant;
	const char *type, *code; /* NULL: any */
	bool refused_only;
	size_t limit;
};
/* An array of JSON objects, the latest first; returns how many match. */
size_t check_log_write(
	struct check_log *r, const struct check_log_filter *filter, struct strbuf *sb);
/* Forgets those of the tenant. */
void check_log_clear(struct check_log *r, int tenant);

#endif
