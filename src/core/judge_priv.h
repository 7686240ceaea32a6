/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_JUDGE_PRIV_H
#define CORE_JUDGE_PRIV_H

#include <core/apply.h>
#include <core/judge.h>
#include <core/subscription.h>

/* The document that selectors and filters look at. */
static inline const struct jn *judged_document(const struct judged *j)
{
	return j->after != NULL ? j->after : j->before;
}

/* ---- judge.c */
bool judge_id(const struct selector *sel, const struct judged *j, struct arena *a);
/* Which triggers the change pulls, whatever the subscription asks for. */
unsigned judge_triggers(const struct change *c);
/* Is the change one of a watched attribute, with another value? */
bool judge_watched(
	const struct subscription *s, const struct judged *j, const struct change *c);

/* ---- judge_why.c: what to say of a gate that is set */
const char *judge_why(const struct subscription *s, const struct judged *j,
	enum gate gate, bool passed, struct arena *a);

#endif
