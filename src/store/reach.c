/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered is the square of metres that one entity needs; so many as are wanted
 * need so many times that.
 */
#include <store/reach.h>

#include <base/mem.h>
#include <core/geo_area.h>
#include <core/geo_q.h>
#include <core/type_q.h>
#include <store/entities.h>

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define SLOTS      8192
#define AROUND     (GEO_CELL_BITS - 24) /* bits of a cell of 10 km by 5 km */
#define FIRST      250.0 /* metres, where nothing is known */
#define LEAST      1.0
#define WIDEST     4.0 /* times, where nothing was found */
#define NARROWEST  1.4
#define NEW_WEIGHT 0.25
#define STEPS      8.0 /* between 1 and 2 metres */

struct known {
	uint64_t key;
	double square; /* metres² for one; 0: nothing is known */
};

struct reach {
	pthread_mutex_t lock; /* guards the rest */
	struct known slots[SLOTS];
};

struct reach *reach_new(void)
{
	struct reach *r = mem_alloc(sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	return r;
}

void reach_free(struct reach *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 1099511628211u;
	return h ^ h >> 29;
}

static uint64_t mix_text(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return mix(h, 0);
}

struct reach_key reach_key_of(const struct entity_query *query, struct arena *a)
{
	struct geo_place place;
	uint64_t h = mix(1469598103934665603u, (uint64_t)query->tenant);
	bool filtered = query->q != NULL || query->scope != NULL || query->attrs != NULL;
	uint64_t around;

	h = mix_text(mix(h, filtered), query->geo->property);
	for (size_t i = 0; i < query->selectors_len; i++) {
		const struct entity_selector *sel = &query->selectors[i];

		h = mix(h, sel->ids_len > 0 || sel->id_pattern != NULL);
		for (size_t j = 0; sel->type != NULL && j < sel->type->len; j++)
			for (size_t k = 0; k < sel->type->any[j].len; k++)
				h = mix_text(h, sel->type->any[j].iris[k]);
	}
	geo_place_of(query->geo, a, &place);
	around = (uint64_t)(geo_cell(place.circle.longitude, place.circle.latitude) >>
		AROUND);
	return (struct reach_key){.anywhere = h, .here = mix(h, 1 + around)};
}

static struct known *slot_of(struct reach *r, uint64_t key)
{
	return &r->slots[key % SLOTS];
}

/* More than are wanted, so that one look mostly is enough. */
static double room_for(unsigned wanted)
{
	return wanted + 2 * sqrt(wanted) + 2;
}

double reach_guess(
	struct reach *r, const struct reach_key *key, unsigned wanted, double most)
{
	const struct known *here = slot_of(r, key->here);
	const struct known *anywhere = slot_of(r, key->anywhere);
	double square = 0, metres;

	pthread_mutex_lock(&r->lock);
	if (anywhere->key == key->anywhere)
		square = anywhere->square;
	if (here->key == key->here)
		square = here->square;
	pthread_mutex_unlock(&r->lock);
	metres = square > 0 ? sqrt(square * room_for(wanted)) : FIRST;
	/* In steps, so that the same question mostly is the same statement. */
	metres = exp2(ceil(log2(fmax(metres, LEAST)) * STEPS) / STEPS);
	return fmin(metres, most);
}

double reach_further(double metres, unsigned wanted, unsigned found, double most)
{
	double times = found == 0 ? WIDEST : sqrt(room_for(wanted) / (double)found);
	double further = metres * fmin(fmax(times, NARROWEST), WIDEST);

	/* The last step is not made twice. */
	return further * NARROWEST > most ? most : further;
}

static void keep(struct reach *r, uint64_t key, double square)
{
	struct known *k = slot_of(r, key);

	/* By its logarithm: a question that found next to nothing on the whole globe must not
	 * have the next ones look as far. */
	if (k->key == key)
		k->square *= pow(square / k->square, NEW_WEIGHT);
	else
		*k = (struct known){key, square};
}

void reach_learn(
	struct reach *r, const struct reach_key *key, double metres, unsigned found)
{
	double square = fmax(metres * metres, LEAST) / fmax(found, 1);

	pthread_mutex_lock(&r->lock);
	keep(r, key->here, square);
	keep(r, key->anywhere, square);
	pthread_mutex_unlock(&r->lock);
}
