/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggregated values (4.5.19): which method goes with which values, and the values that are
 * no numbers.  Numbers and booleans are summed up in the database.
 *
 * Where one period holds values of several classes, a method looks at those of the first
 * class, in this order, that it can work with.
 */
#ifndef CORE_AGGREGATE_H
#define CORE_AGGREGATE_H

#include <base/jn.h>
#include <base/map.h>
#include <core/temporal_q.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct strbuf;

enum value_class {
	VALUE_NUMBER, /* booleans too: 1 and 0 */
	VALUE_ARRAY, /* by their sizes; of a ListProperty too */
	VALUE_TIME, /* a string hh:mm:ssZ, {"@type": "Time"}: microseconds of the day */
	VALUE_INSTANT, /* a string of a DateTime or Date, with or without @type */
	VALUE_STRING,
	VALUE_OTHER, /* objects, URIs, relationships and all other kinds: can be counted */
	VALUE_CLASSES
};

enum value_class value_class_of(const struct jn *instance);
/* The methods (a set as in struct temporal_q) that values of the class have. */
unsigned value_class_methods(enum value_class class);

/* What the database says of the numbers of a period. */
struct number_sums {
	int64_t count, distinct;
	double sum, sumsq, min, max;
	double spread; /* the sum of the squares of the differences from the mean */
	double energy; /* the sum of 10^(v/10) */
};
/* Adds up two parts of a period; all but `distinct`. */
void number_sums_add(struct number_sums *to, const struct number_sums *more);

/* The greatest and the smallest of a class, and what an average needs. */
struct extremes {
	int64_t count;
	double sum, min, max;
	const char *min_text, *max_text; /* JSON */
};

struct bucket {
	int64_t start, end;
	int64_t total; /* all values, whatever they are */
	struct number_sums numbers;
	struct extremes others[VALUE_CLASSES]; /* of all but VALUE_NUMBER */
	bool words; /* strings that are no time: the times among them are words, too */
	struct map distinct; /* texts of what is no number */
};

/* Adds a value that is no number.  Texts go into the arena. */
void bucket_add(struct bucket *b, const struct jn *instance, struct arena *a);
/* Writes the value as JSON; false, and nothing written, where there is none. */
bool bucket_value(const struct bucket *b, enum aggregation method, struct strbuf *sb);
void bucket_fini(struct bucket *b);

#endif
