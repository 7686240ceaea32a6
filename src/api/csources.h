/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of /csourceRegistrations and /csourceSubscriptions. */
#ifndef API_CSOURCES_H
#define API_CSOURCES_H

#include <base/attr.h>
#include <core/registration.h>

struct call;

/* What page links say of the answer (6.3.10), as the conformance suite has it. */
void csource_link_type(struct call *call);
/* How to show registrations: Accept, @context, tenant and options of the request. */
int csource_view(struct call *call, struct registration_view *out) must_check;
/* Query Context Source Registrations, 5.10.2: answers. */
int csource_query(struct call *call) must_check;

#endif
