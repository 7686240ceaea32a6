/* SPDX-License-Identifier: Apache-2.0 */
/* unicodeLetter and unicodeNumber of the grammars: \p{L} and \p{N}.  Any thread. */
#ifndef CORE_LETTER_H
#define CORE_LETTER_H

#include <stdbool.h>
#include <stddef.h>

bool is_letter(unsigned code);
bool is_number(unsigned code);
/* Bytes of the character at p (valid UTF-8, before end) that may stand in a name (4.6.2)
 * or scope level (4.18): first a letter, then also numbers and '_'.  0: it may not. */
size_t name_char(const char *p, const char *end, bool first);

#endif
