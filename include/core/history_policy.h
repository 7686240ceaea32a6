/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose history is kept, and for how long:
 *
 *	policy   = rule *("," rule)
 *	rule     = keep / type "=" keep
 *	type     = "*" / name or IRI of a type
 *	keep     = "on" / "off" / 1*DIGIT ("h" / "d" / "w" / "y")
 *
 * A rule without type is for "*": all that have no rule of their own; without such a rule
 * they are "on".  An entity of several types with rules gets the most generous one.
 */
#ifndef CORE_HISTORY_POLICY_H
#define CORE_HISTORY_POLICY_H

#include <base/arena.h>
#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct context;
struct err;
struct jn;

#define HISTORY_FOR_GOOD INT64_MAX

struct history_rule {
	const char *iri; /* of the type; NULL: any other */
	bool record;
	int64_t keep; /* us; HISTORY_FOR_GOOD.  Of what is there where record is false, too */
};

struct history_policy {
	struct history_rule any;
	struct history_rule *rules;
	size_t len;
	struct arena arena; /* what it points to */
};

/* ctx: for the names of types.  INVALID_REQUEST says which rule is wrong; *out is filled
 * on success and to be given to history_policy_fini(). */
int history_policy_parse(const char *text, const struct context *ctx,
	struct history_policy *out, struct err *err) must_check;
void history_policy_fini(struct history_policy *p);
/* types: array of IRIs, as in an entity document.  No policy (NULL) keeps everything. */
const struct history_rule *history_policy_find(
	const struct history_policy *p, const struct jn *types);

#endif
