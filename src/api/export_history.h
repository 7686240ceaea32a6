/* SPDX-License-Identifier: Apache-2.0 */
/* Between export_history.c, export_history_rows.c and export_wide.c. */
#ifndef API_EXPORT_HISTORY_H
#define API_EXPORT_HISTORY_H

#include "call.h"
#include "exports.h"
#include "temporal_answer_priv.h"

#include <base/attr.h>

#include <stdbool.h>

struct wide_cursor;

/* In the request's arena. */
struct history_export {
	struct call call;
	const struct export_format *format;
	struct temporal_request *request;
	bool wide, aggregated;
	struct layout *layout; /* of tables */
	struct table *table;
	struct zone *zone;

	struct arena page_arena; /* of the page of evolutions: */
	struct evolution_page page;
	struct outline outline;
	struct periods periods;
	const struct jn **places; /* by evolution; NULL: not needed */
	bool last_page;

	size_t at; /* the series of the page to read on from … */
	struct place from; /* … and where in it */
	struct wide_cursor *cursors; /* of one evolution, while it is written */
	size_t cursors_len;
	struct arena scratch; /* of one step */
	bool begun, some;
};

/* The next page; the query goes on after it. */
int history_page(struct history_export *x, struct err *err) must_check;
/* The id and types of an evolution as a document. */
struct jn *history_entity(
	const struct history_export *x, size_t evolution, struct arena *a);
/* NULL: it is none. */
struct jn *history_instance(const struct series_row *row, struct arena *a);

/* Each writes some rows from x->at on, and moves that on: instances as they are, or the
 * periods of aggregated series. */
int history_instances(
	struct history_export *x, struct strbuf *out, struct err *err) must_check;
int history_periods(
	struct history_export *x, struct strbuf *out, struct err *err) must_check;

/* Writes some rows of the evolution whose first series is x->at; moves x->at on when it is
 * done. */
int history_wide(
	struct history_export *x, struct strbuf *out, struct err *err) must_check;
void history_wide_fini(struct history_export *x);

#endif
