/* SPDX-License-Identifier: Apache-2.0 */
/* Names within the documents that are no entities: short where clients see them, IRIs in
 * what is stored. */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include <stddef.h>

struct arena;
struct context;
struct jn;

/* Replaces each name of a text in which names stand between the characters of `breaks`
 * (parentheses that belong to a URI are part of it). */
typedef const char *(*name_fn)(
	const struct context *ctx, const char *name, size_t len, struct arena *a);
const char *names_replace(const char *text, const char *breaks, const struct context *ctx,
	name_fn fn, struct arena *a);
#define TYPE_BREAKS "|,;() "
#define PICK_BREAKS ",|{}"
/* Those functions: names that are members of entities stay. */
const char *name_expanded(
	const struct context *ctx, const char *name, size_t len, struct arena *a);
const char *name_compacted(
	const struct context *ctx, const char *name, size_t len, struct arena *a);
/* A string, or the strings of an array; all else stays, for the check to refuse. */
struct jn *names_in(const struct jn *v, const char *breaks, const struct context *ctx,
	name_fn fn, struct arena *a);

#endif
