/* SPDX-License-Identifier: Apache-2.0 */
/* Between temporal_answer.c (what is answered) and temporal_write.c (its body). */
#ifndef API_TEMPORAL_ANSWER_PRIV_H
#define API_TEMPORAL_ANSWER_PRIV_H

#include "temporal_params.h"

#include <base/arena.h>
#include <base/attr.h>
#include <base/strbuf.h>
#include <http/message.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct context;
struct err;

/* Lives until the body was sent; what it points at is in the request's arena. */
struct answer {
	struct app *app;
	struct context *ctx; /* a reference */
	struct temporal_request *request;
	struct evolution_page page;
	struct outline outline;
	struct periods periods;
	int64_t to; /* instances from here on are left out */
	int64_t first, last; /* times of all instances that were found */
	int64_t now;
	bool list;

	struct arena scratch; /* of one step */
	struct strbuf sb; /* begins with the byte that was written last */
	struct temporal_pen pen;
	size_t entities; /* that were begun */
	size_t series; /* that were begun */
	size_t at; /* the series to read on from … */
	struct place from; /* … and where in it */
	bool begun, in_entity, in_series;

	/* Exports take the periods of aggregated series instead of the pen; NULL: the pen. */
	void (*bucket)(void *self, const struct series *series, const char *dataset,
		const struct bucket *bucket);
	void *self;
};

void answer_free(struct answer *a);
/* The next part of the body (a stream's pull): what it answers is an enum pulled. */
enum pulled answer_pull(void *self, struct strbuf *out);
/* A batch of aggregated series, from a->at on. */
int answer_aggregated(struct answer *a, struct err *err) must_check;
/* Begins the series (an index of the outline) and all that stands before it. */
void answer_series(struct answer *a, size_t series);
/* Notes where the series begin and end; before answer_span(). */
void answer_ends(struct answer *a);
/* Of which interval do the periods speak that say how complete they are? */
void answer_span(const struct answer *a, int64_t *from, int64_t *to);

#endif
