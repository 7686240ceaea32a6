/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Late data: what was observed before the stored instance was.  Data loggers send their
 * memory hours later, networks deliver out of order; with op->keep_newer the current value
 * only moves forward in time, and what is late goes to the history alone.  Instances that
 * do not both say when they were observed follow the letter of 5.6: the last one wins.  So
 * does what somebody replaces with PUT, all or an attribute: that is no logger's way, and it
 * is how a value is mended that a wrong clock put into the future.
 */
#include "apply_priv.h"

#include <base/arena.h>
#include <base/clock.h>

static bool observed_at(const struct jn *instance, struct arena *a, int64_t *out)
{
	size_t len = 0;
	const char *text = jn_span(jn_getn(instance, "observedAt", 10), a, &len);

	return text != NULL && clock_parse(text, len, out);
}

static bool only_forward(const struct op *op)
{
	return op->keep_newer && op->kind != OP_REPLACE && op->kind != OP_REPLACE_ATTR;
}

bool is_late(const struct apply *ap, const struct jn *stored, const struct jn *instance)
{
	int64_t was, is;

	return only_forward(ap->op) && observed_at(stored, ap->arena, &was) &&
		observed_at(instance, ap->arena, &is) && is < was;
}

const struct jn *keep_newer(struct apply *ap, const struct jn *stored,
	const struct jn *name, const struct jn *attribute)
{
	auto_set set = {0};
	bool any = false;

	if (stored == NULL || attribute == NULL)
		return attribute;
	set_init(&set, attribute, stored, ap->arena);
	each_instance(it, stored)
	{
		const struct jn **new = set_find(&set, it);

		if (new == NULL || is_expired(it, ap->op->now) || !is_late(ap, it, *new))
			continue;
		note_late(ap, name, it, *new);
		*new = jn_share(ap->arena, it);
		any = true;
	}
	return any ? set_end(&set, ap->arena) : attribute;
}
