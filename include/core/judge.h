/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One subscription against one change of one entity (5.8.6): the gates, in order.  The
 * matcher and "why was I not notified" ask the same function.
 */
#ifndef CORE_JUDGE_H
#define CORE_JUDGE_H

#include <base/attr.h>
#include <base/jn.h>

#include <stdint.h>

struct arena;
struct change;
struct q_linked;
struct subscription;

enum gate {
	GATE_STATUS, /* isActive */
	GATE_EXPIRY, /* expiresAt */
	GATE_ID, /* entities: id, idPattern */
	GATE_TYPE, /* entities: type, of those selectors whose id holds */
	GATE_TRIGGER, /* notificationTrigger: some change is of a kind asked for */
	GATE_WATCHED, /* … of a watched attribute, and to another value */
	GATE_SCOPE,
	GATE_Q,
	GATE_GEO,
	GATE_THROTTLING,
	GATES, /* all are passed */
};
const char *gate_name(enum gate gate); /* "status" … */

/* A change.  What q, geoQ, scopeQ and the selectors look at is `after`, or `before` where
 * the entity was deleted. */
struct judged {
	const char *id; /* of the entity */
	const struct jn *before, *after;
	const struct change *changes; /* core/apply.h */
	int64_t now; /* of the change */
	int64_t last; /* when the subscription was last notified; 0: never, or not asked */
	const struct q_linked *linked; /* NULL: no rel{…} of q holds */
};

/* One gate: passed, failed, or not there (`set` false: the subscription has no such
 * condition). */
struct gate_result {
	bool set, passed;
	const char *why; /* "q false: fillingLevel is 0.79, not > 0.8"; never NULL */
};

/*
 * The first gate that fails, or GATES: then it is to be notified.  trace: NULL, or an array
 * of GATES, all of which are then filled, whatever fails first.  a: scratch, and the texts
 * of the trace.
 */
enum gate subscription_judge(const struct subscription *s, const struct judged *j,
	struct gate_result *trace, struct arena *a) must_check;

#endif
