/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporal evolutions of entities, one instance after the other, straight into the answer:
 * normalized and concise (4.5.6 to 4.5.8), temporalValues (4.5.9), aggregatedValues
 * (4.5.19).  An evolution is begun, its series follow each with its instances or periods,
 * and it is ended; nothing of it is kept but the texts of one aggregated series.
 */
#ifndef CORE_RENDER_TEMPORAL_H
#define CORE_RENDER_TEMPORAL_H

#include <base/strbuf.h>
#include <core/aggregate.h>
#include <core/entity.h>
#include <core/render.h>
#include <core/temporal_q.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define SCOPE_IRI       NGSILD_VOCAB "scope"
#define INSTANCE_PREFIX "urn:ngsi-ld:Instance:"

enum temporal_form {
	TEMPORAL_INSTANCES, /* normalized or concise, as render->format says */
	TEMPORAL_VALUES,
	TEMPORAL_AGGREGATED,
};

struct temporal_head {
	const char *id;
	const char *const *types; /* IRIs */
	size_t types_len;
	int64_t created, modified, deleted; /* 0: none */
};

/* The instances of one attribute, or of one of its datasets where they are told apart. */
struct temporal_series {
	const char *attr; /* IRI; SCOPE_IRI: the scope */
	const char *dataset; /* IRI; NULL: the default instance */
	enum kind kind;
	bool first, last; /* of its attribute; instances are not told apart by dataset */
};

struct temporal_instance {
	int64_t time; /* of the time property that was asked for */
	int64_t seq, created, modified;
	int64_t deleted; /* 0: it is none of a deletion */
	const char *doc;
	size_t len;
};

/* Zero-initialise, set the upper part. */
struct temporal_pen {
	struct strbuf *sb;
	struct arena *arena; /* scratch of one instance */
	const struct render *render; /* now: 0, since nothing of the past expires */
	enum temporal_form form;
	const struct temporal_q *q; /* TEMPORAL_AGGREGATED */

	struct temporal_series series;
	struct strbuf methods[AGGREGATIONS], observed, wanted;
};

void temporal_entity_begin(struct temporal_pen *pen, const struct temporal_head *head);
void temporal_series_begin(
	struct temporal_pen *pen, const struct temporal_series *series);
void temporal_put(struct temporal_pen *pen, const struct temporal_instance *instance);
void temporal_put_bucket(struct temporal_pen *pen, const struct bucket *bucket);
/* How many observations a period holds, of how many it should. */
void temporal_put_complete(struct temporal_pen *pen, int64_t start, int64_t end,
	int64_t observed,
	int64_t expected); /* expected: negative where it is not known */
void temporal_series_end(struct temporal_pen *pen);
void temporal_entity_end(struct temporal_pen *pen);
void temporal_pen_fini(struct temporal_pen *pen);

#endif
