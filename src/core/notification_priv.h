/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_NOTIFICATION_PRIV_H
#define CORE_NOTIFICATION_PRIV_H

#include <core/notification.h>

/*
 * The entity as the subscription has it told: a document of core/entity.h with the deleted
 * instances as NGSI-LD Nulls, previous values, and deletedAt where it is no more; without
 * what `attributes` leaves out.
 */
const struct jn *notified_document(
	const struct subscription *s, const struct notified *e, struct arena *a);

#endif
