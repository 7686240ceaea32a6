/* SPDX-License-Identifier: Apache-2.0 */
#include <core/aggregate.h>

#include <base/arena.h>
#include <base/clock.h>
#include <base/strbuf.h>
#include <core/entity.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define COUNTS (1u << AGGR_DISTINCT_COUNT | 1u << AGGR_TOTAL_COUNT)
#define ENDS   (1u << AGGR_MIN | 1u << AGGR_MAX)

/* {"@type": "DateTime", "@value": "…"}: one of the types of 4.6.3. */
static enum value_class typed_class(const struct jn *value)
{
	const struct jn *type = jn_get(value, "@type");

	if (!jn_is(jn_get(value, "@value"), JN_STRING))
		return VALUE_OTHER;
	if (jn_str_is(type, "Time") || jn_str_is(type, NGSILD_VOCAB "Time"))
		return VALUE_TIME;
	if (jn_str_is(type, "DateTime") || jn_str_is(type, NGSILD_VOCAB "DateTime") ||
		jn_str_is(type, "Date") || jn_str_is(type, NGSILD_VOCAB "Date"))
		return VALUE_INSTANT;
	return VALUE_OTHER;
}

/* A Time, Date or DateTime needs no @type: it is a string of its form (4.6.3). */
static enum value_class string_class(const struct jn *value)
{
	if (value->escaped)
		return VALUE_STRING;
	if (clock_is_time(value->text, value->len))
		return VALUE_TIME;
	return clock_is_date(value->text, value->len) ||
			clock_is_date_time(value->text, value->len)
		? VALUE_INSTANT
		: VALUE_STRING;
}

enum value_class value_class_of(const struct jn *instance)
{
	const struct jn *value = instance_value(instance);
	enum kind kind = instance_kind(instance);

	if (kind == KIND_LIST_PROPERTY)
		return VALUE_ARRAY;
	if (kind != KIND_PROPERTY || value == NULL)
		return VALUE_OTHER;
	switch (value->kind) {
	case JN_NUMBER:
	case JN_TRUE:
	case JN_FALSE:
		return VALUE_NUMBER;
	case JN_ARRAY:
		return VALUE_ARRAY;
	case JN_STRING:
		return string_class(value);
	default:
		return typed_class(value);
	}
}

unsigned value_class_methods(enum value_class class)
{
	static const unsigned methods[VALUE_CLASSES] = {
		[VALUE_NUMBER] = (1u << AGGREGATIONS) - 1,
		[VALUE_ARRAY] = COUNTS | ENDS | 1u << AGGR_AVG | 1u << AGGR_SUM,
		[VALUE_TIME] = COUNTS | ENDS | 1u << AGGR_AVG,
		[VALUE_INSTANT] = COUNTS | ENDS,
		[VALUE_STRING] = COUNTS | ENDS,
		[VALUE_OTHER] = COUNTS,
	};

	return methods[class];
}

/* hh:mm:ss[.f*]Z as microseconds of the day. */
static bool read_time(const char *text, size_t len, double *out)
{
	char day[CLOCK_TEXT + 16];
	int64_t us;

	if (len > CLOCK_TEXT)
		return false;
	snprintf(day, sizeof(day), "1970-01-01T%.*s", (int)len, text);
	if (!clock_parse(day, strlen(day), &us))
		return false;
	*out = (double)us;
	return true;
}

static bool read_instant(const char *text, size_t len, double *out)
{
	char midnight[CLOCK_TEXT + 16];
	int64_t us;

	if (len == 10) {
		snprintf(midnight, sizeof(midnight), "%.10sT00:00:00Z", text);
		text = midnight;
		len = strlen(midnight);
	}
	if (!clock_parse(text, len, &us))
		return false;
	*out = (double)us;
	return true;
}

/* Spreads as Chan, Golub and LeVeque add them. */
void number_sums_add(struct number_sums *to, const struct number_sums *more)
{
	double a = (double)to->count, b = (double)more->count, apart;

	if (more->count == 0)
		return;
	if (to->count == 0) {
		*to = *more;
		return;
	}
	apart = more->sum / b - to->sum / a;
	to->spread += more->spread + apart * apart * a * b / (a + b);
	to->count += more->count;
	to->sum += more->sum;
	to->sumsq += more->sumsq;
	to->energy += more->energy;
	to->min = fmin(to->min, more->min);
	to->max = fmax(to->max, more->max);
}

/* The text of a Time or an instant, with or without @type. */
static const struct jn *lexical(const struct jn *value)
{
	return jn_is(value, JN_STRING) ? value : jn_get(value, "@value");
}

/* By what the value is greater or smaller than others of its class. */
static bool measure(
	enum value_class class, const struct jn *value, struct arena *a, double *out)
{
	const char *text;
	size_t len;

	if (class == VALUE_ARRAY) {
		*out = value->count;
		return true;
	}
	if (class != VALUE_TIME && class != VALUE_INSTANT)
		return false;
	text = jn_span(lexical(value), a, &len);
	text = arena_strndup(a, text, len);
	return class == VALUE_TIME ? read_time(text, len, out)
				   : read_instant(text, len, out);
}

static void add_measured(
	struct extremes *e, double measured, const struct jn *value, struct arena *a)
{
	const struct jn *inner = lexical(value);

	if (e->count == 0 || measured < e->min) {
		e->min = measured;
		e->min_text = inner != NULL ? jn_text(inner, a) : NULL;
	}
	if (e->count == 0 || measured > e->max) {
		e->max = measured;
		e->max_text = inner != NULL ? jn_text(inner, a) : NULL;
	}
	e->sum += measured;
	e->count++;
}

/* In the order of Unicode, which is that of the bytes. */
static void add_string(struct extremes *e, const struct jn *value, struct arena *a)
{
	const char *text = jn_str(value, a);

	if (e->count == 0 || strcmp(text, e->min_text) < 0)
		e->min_text = text;
	if (e->count == 0 || strcmp(text, e->max_text) > 0)
		e->max_text = text;
	e->count++;
}

void bucket_add(struct bucket *b, const struct jn *instance, struct arena *a)
{
	const struct jn *value = instance_value(instance);
	enum value_class class = value_class_of(instance);
	double measured;
	char *text;

	if (value == NULL)
		return;
	text = jn_text(value, a);
	map_put(&b->distinct, text, strlen(text), b);
	b->words = b->words || class == VALUE_STRING;
	if (class != VALUE_OTHER && jn_is(value, JN_STRING))
		add_string(&b->others[VALUE_STRING], value, a);
	if (class != VALUE_STRING && measure(class, value, a, &measured))
		add_measured(&b->others[class], measured, value, a);
}

static bool put_number(struct strbuf *sb, double v)
{
	char text[32];

	if (!isfinite(v))
		return false;
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	strbuf_adds(sb, text);
	return true;
}

static bool put_time(struct strbuf *sb, double us)
{
	int64_t whole = llround(us);
	int64_t seconds = whole / SECOND, rest = whole % SECOND;

	strbuf_addf(sb, "\"%02d:%02d:%02d", (int)(seconds / 3600 % 24),
		(int)(seconds / 60 % 60), (int)(seconds % 60));
	if (rest != 0)
		strbuf_addf(sb, ".%06d", (int)rest);
	strbuf_adds(sb, "Z\"");
	return true;
}

static bool number_value(
	const struct number_sums *n, enum aggregation method, struct strbuf *sb)
{
	switch (method) {
	case AGGR_AVG:
		return put_number(sb, n->sum / (double)n->count);
	case AGGR_MAX:
		return put_number(sb, n->max);
	case AGGR_MIN:
		return put_number(sb, n->min);
	case AGGR_STDDEV:
		return put_number(sb, sqrt(n->spread / (double)n->count));
	case AGGR_SUM:
		return put_number(sb, n->sum);
	case AGGR_SUMSQ:
		return put_number(sb, n->sumsq);
	case AGGR_ENERGETIC_MEAN:
		return put_number(sb, 10 * log10(n->energy / (double)n->count));
	default:
		return false;
	}
}

static bool other_value(const struct extremes *e, enum value_class class,
	enum aggregation method, struct strbuf *sb)
{
	const char *text = method == AGGR_MIN ? e->min_text : e->max_text;

	if (method == AGGR_AVG)
		return class == VALUE_TIME ? put_time(sb, e->sum / (double)e->count)
					   : put_number(sb, e->sum / (double)e->count);
	if (method == AGGR_SUM)
		return put_number(sb, e->sum);
	if (class == VALUE_STRING)
		jn_write_string(sb, text, strlen(text));
	else if (text != NULL)
		strbuf_adds(sb, text);
	else
		return put_number(sb, method == AGGR_MIN ? e->min : e->max);
	return true;
}

bool bucket_value(const struct bucket *b, enum aggregation method, struct strbuf *sb)
{
	if (method == AGGR_TOTAL_COUNT || method == AGGR_DISTINCT_COUNT) {
		int64_t n = method == AGGR_TOTAL_COUNT
			? b->total
			: b->numbers.distinct + b->distinct.count;

		if (b->total > 0)
			strbuf_addf(sb, "%" PRId64, n);
		return b->total > 0;
	}
	if (b->numbers.count > 0)
		return number_value(&b->numbers, method, sb);
	if (b->words && (ENDS & 1u << method) != 0 && b->others[VALUE_ARRAY].count == 0)
		return other_value(&b->others[VALUE_STRING], VALUE_STRING, method, sb);
	for (int i = VALUE_ARRAY; i < VALUE_OTHER; i++)
		if (b->others[i].count > 0 &&
			(value_class_methods((enum value_class)i) & 1u << method) != 0)
			return other_value(
				&b->others[i], (enum value_class)i, method, sb);
	return false;
}

void bucket_fini(struct bucket *b)
{
	map_fini(&b->distinct);
}
