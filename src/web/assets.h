/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the pages, as scripts/pages.py compiled them in. */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include <stddef.h>

struct asset {
	const char *name; /* without directory; it has the hash of what is in it */
	const char *type;
	const char *etag; /* quoted */
	const char *text, *packed; /* the same, the second by gzip */
	size_t text_len, packed_len;
};

/* The page's own document is the first; an empty name ends them. */
extern const struct asset assets[];

#endif
