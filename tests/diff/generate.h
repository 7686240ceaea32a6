/* SPDX-License-Identifier: Apache-2.0 */
/* Random documents and expressions, made of few names and values, so that they meet. */
#ifndef DIFF_GENERATE_H
#define DIFF_GENERATE_H

#include <stdint.h>

struct strbuf;

struct random {
	uint64_t state; /* not 0 */
};
unsigned random_below(struct random *r, unsigned n);

/* A document of core/entity.h with the id urn:x:<eid>. */
void generate_doc(struct random *r, int64_t eid, struct strbuf *sb);
/* A q that parses with diff_parse(). */
void generate_q(struct random *r, struct strbuf *sb);
/* Scopes as a JSON array, and a scopeQ. */
void generate_scopes(struct random *r, struct strbuf *sb);
void generate_scope_q(struct random *r, struct strbuf *sb);
/* The coordinates of a geometry, whose type is returned, and a georel. */
const char *generate_geometry(struct random *r, struct strbuf *sb);
void generate_georel(struct random *r, struct strbuf *sb);

#endif
