/* SPDX-License-Identifier: Apache-2.0 */
/* EntitySelector (5.2.33), parsed: all of what is set must hold. */
#ifndef CORE_SELECTOR_H
#define CORE_SELECTOR_H

#include <stddef.h>

struct pattern;
struct type_q;

struct selector {
	const struct type_q *type; /* NULL: any ("*") */
	const char *const *ids;
	size_t ids_len; /* 0: any */
	const struct pattern *id_pattern; /* only where there are no ids; NULL: any */
};

#endif
