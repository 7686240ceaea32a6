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

/* The documents are the first ones; NULL for a name ends them. */
enum {
	ASSET_HOME, /* of "/" */
	ASSET_PAGE, /* of all other pages */
	ASSETS_LOADED, /* those that the documents load begin here */
};
extern const struct asset assets[];

#endif
