/* SPDX-License-Identifier: Apache-2.0 */
/* What changed between two documents of one entity, as apply() would have told it. */
#ifndef CORE_CHANGES_H
#define CORE_CHANGES_H

#include <core/apply.h>

struct arena;

/*
 * before or after may be NULL, not both.  An instance was written where its modifiedAt
 * differs, or anything else of it.  In the order of the documents; NULL: nothing changed.
 */
struct change *changes_between(
	const struct jn *before, const struct jn *after, struct arena *a);

#endif
