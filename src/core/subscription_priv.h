/* SPDX-License-Identifier: Apache-2.0 */
/* What the subscription_*.c files share. */
#ifndef CORE_SUBSCRIPTION_PRIV_H
#define CORE_SUBSCRIPTION_PRIV_H

#include "members.h"
#include "names.h"

#include <core/subscription.h>

#include <base/arena.h>
#include <base/jn.h>

#include <stdatomic.h>

/* What subscription_new() makes; the arena holds all but the contexts. */
struct owned {
	struct subscription s;
	struct context *context, *q_context, *csf_context; /* references */
	struct geo_q *geo; /* prepared */
	atomic_uint refs;
	struct arena arena;
};

/* The terms that q and csf use, beside them in a stored text. */
#define Q_TERMS   "@q"
#define CSF_TERMS "@csf"
/* jsonldContext where the client said none, and is not to see ours. */
#define OWN_CONTEXT "@jsonldContext"

/* A body on its way into a struct subscription. */
struct reader {
	struct subscription *s;
	struct members m; /* in the subscription's own arena */
};

/* ---- subscription_notification.c */
int read_notification(struct reader *r, const struct jn *doc) must_check;

/* ---- subscription_names.c */

/* Applies fn to all names that a subscription holds, but those of q: a copy. */
struct jn *names_map(
	const struct jn *doc, const struct context *ctx, name_fn fn, struct arena *a);
/* A small @context of what the text, a q, may name in ctx; NULL: the core says the same. */
struct jn *names_terms(const char *text, const struct context *ctx, struct arena *a);

#endif
