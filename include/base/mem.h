/* SPDX-License-Identifier: Apache-2.0 */
/* The heap for what outlives a request.  Out of memory aborts, so none of these answers
 * NULL; free() what they return. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size); /* zeroed */
void *mem_resize(void *p, size_t size);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len); /* exactly len bytes and a NUL */

#endif
