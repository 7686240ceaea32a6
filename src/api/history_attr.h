/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of entities that have a history and no current state: POST /temporal/entities
 * makes such (5.6.11). */
#ifndef API_HISTORY_ATTR_H
#define API_HISTORY_ATTR_H

#include <base/attr.h>

#include <stdbool.h>

struct call;
struct op;

/* Delete Attribute (5.6.5) of such an entity: the deletion is recorded in its history
 * (4.5.7).  *done is false where it is none, or has no such attribute. */
int history_attr_delete(struct call *call, const struct op *op, bool *done) must_check;

#endif
