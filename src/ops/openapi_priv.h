/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts/embed.py makes of openapi/calanque.json. */
#ifndef OPENAPI_PRIV_H
#define OPENAPI_PRIV_H

#include <stddef.h>

struct openapi_file {
	const char *name, *text;
	size_t len;
};

extern const struct openapi_file openapi_files[];

#endif
