/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of the names in a document that has very many, all at once (store/dict.h). */
#ifndef STORE_DOC_NAMES_H
#define STORE_DOC_NAMES_H

#include <base/attr.h>

struct arena;
struct dict;
struct err;
struct jn;

/* Types, attributes and datasetIds; does nothing for a usual document. */
int doc_names_learn(struct dict *names, const struct jn *doc, struct arena *a,
	struct err *err) must_check;

#endif
