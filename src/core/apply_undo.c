/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes back what imports did, record by record from the newest on.  An instance that was
 * written at the record's instant gets back what was before it, modifiedAt and all, so that
 * the next older record finds what it left.  What bears another instant was written by
 * somebody else since, and stays.
 */
#include "apply_priv.h"

#include <base/arena.h>

#include <string.h>

#define SINCE "somebody else has changed it since"

/* Is it as the record left it? */
static bool bears(const struct jn *object, const struct jn *now)
{
	const struct jn *at = jn_getn(object, "modifiedAt", 10);

	return at != NULL && jn_equal(at, now);
}

static void undo_instance(
	struct apply *ap, struct draft *d, const struct jn *record, const struct jn *now)
{
	const struct jn *dataset = record->child->next, *before = dataset->next, *rest;
	size_t len = 0, dataset_len = 0;
	const char *iri = jn_span(record->child, ap->arena, &len);
	const char *id = jn_span(dataset, ap->arena, &dataset_len);
	struct jn *attribute = draft_get(d, iri, len);
	auto_set set = {0};
	const struct jn **at;

	set_init(&set, attribute, NULL, ap->arena);
	at = set_find_id(&set, id != NULL ? id : "", dataset_len);
	if (at == NULL || !bears(*at, now)) {
		note_not_updated(ap, iri, len, SINCE);
		return;
	}
	if (before->kind == JN_NULL)
		before = NULL;
	note_attribute(ap, attribute, *at, before);
	*at = before;
	rest = set_end(&set, ap->arena);
	if (rest != NULL)
		draft_set(attribute, rest);
	else
		draft_drop(d, attribute);
}

static void undo_pair(struct apply *ap, struct draft *d, const struct jn *record,
	const char *name, enum change_kind kind)
{
	const struct jn *pair = jn_get(record, name), *before, *after;
	struct jn *is = draft_get(d, name, strlen(name));

	if (pair == NULL)
		return;
	before = pair->child->kind == JN_NULL ? NULL : pair->child;
	after = pair->child->next;
	if (is == NULL || !jn_equal(is, after)) {
		note_not_updated(ap, name, strlen(name), SINCE);
		return;
	}
	note_entity(ap, kind, jn_share(ap->arena, is), before);
	if (before != NULL)
		draft_set(is, before);
	else
		draft_drop(d, is);
}

static void undo_update(struct apply *ap, struct draft *d, const struct jn *record)
{
	const struct jn *now = jn_get(record, "now"), *was = jn_get(record, "modifiedAt");

	jn_each (it, jn_get(record, "attributes"))
		undo_instance(ap, d, it, now);
	undo_pair(ap, d, record, "type", CHANGE_TYPE);
	undo_pair(ap, d, record, "scope", CHANGE_SCOPE);
	if (jn_is(was, JN_STRING) && bears(d->object, now)) {
		draft_put(d, "modifiedAt", 10, was);
		ap->out.touched = true;
	}
}

/* Is all of the entity what the record made? */
static bool is_untouched(const struct jn *entity, const struct jn *now)
{
	if (!bears(entity, now))
		return false;
	jn_each (it, entity)
		if (is_attribute(it))
			each_instance(one, it) if (!bears(one, now)) return false;
	return true;
}

/* true: the entity is no more. */
static bool undo_creation(struct apply *ap, const struct jn *entity, const struct jn *is,
	const struct jn *record)
{
	if (!is_untouched(is, jn_get(record, "now"))) {
		note_not_updated(ap, "id", 2, SINCE);
		return false;
	}
	/* the end is all that there is to tell */
	ap->out.changes = NULL;
	ap->changes_end = &ap->out.changes;
	note_entity(ap, CHANGE_ENTITY_DELETED, entity, NULL);
	return true;
}

void apply_undo(struct apply *ap, const struct jn *entity)
{
	const struct jn *is = entity;

	jn_each (record, ap->op->doc) {
		auto_draft d = {0};

		if (jn_get(record, "created") != NULL) {
			if (undo_creation(ap, entity, is, record))
				return;
			continue;
		}
		draft_init(&d, is, 1, ap->arena);
		undo_update(ap, &d, record);
		is = draft_end(&d);
	}
	ap->out.entity = jn_share(ap->arena, is);
}
