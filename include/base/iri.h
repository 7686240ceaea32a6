/* SPDX-License-Identifier: Apache-2.0 */
/* URIs, percent-encoding and UTF-8. */
#ifndef BASE_IRI_H
#define BASE_IRI_H

#include <base/attr.h>

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* An absolute URI or IRI (RFC 3986/3987): a scheme, ':', at least one character after it,
 * no spaces, control characters or any of <>"{}|\^`.  What 5.2.1 means by URI. */
bool iri_is_absolute(const char *s, size_t len);
/* Nothing but what the host and port of a URL are made of (RFC 3986, 3.2); may be empty. */
bool iri_is_authority(const char *s, size_t len);
/* Decodes %XX ('+' stays unless plus_is_space); NULL where %XX is malformed, decodes to
 * U+0000 or is not UTF-8. */
char *iri_decode(struct arena *a, const char *s, size_t len, bool plus_is_space);
/* Encodes everything outside unreserved and the characters in `keep`. */
char *iri_encode(struct arena *a, const char *s, const char *keep);
bool utf8_valid(const char *s, size_t len);
/* Reads one code point (the text is valid UTF-8); returns its bytes, 0 at the end. */
size_t utf8_next(const char *s, size_t len, unsigned *code);

#endif
