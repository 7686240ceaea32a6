/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of near: the first that are found within some reach are the first of all. */
#include "entities_priv.h"

#include <core/geo_q.h>

static bool is_near(const struct entity_query *query)
{
	return query->map == 0 && query->geo != NULL &&
		query->geo->rel == GEOREL_NEAR_MAX;
}

/* With the row that tells whether there are more. */
static unsigned wanted(const struct entity_query *query)
{
	return query->offset + query->limit + 1;
}

void near_begin(struct statement *s)
{
	const struct entity_query *query = s->query;

	if (s->reach > 0 || !is_near(query))
		return;
	s->reach_key = reach_key_of(query, s->sql.arena);
	s->reach = reach_guess(
		s->index->reach, &s->reach_key, wanted(query), query->geo->distance);
}

bool near_falls_short(struct statement *s, const PGresult *res)
{
	const struct entity_query *query = s->query;
	unsigned rows = (unsigned)PQntuples(res);
	unsigned found = rows > 0 ? query->offset + rows : 0;

	if (s->reach == 0)
		return false;
	if (rows <= query->limit && s->reach < query->geo->distance) {
		s->reach = reach_further(
			s->reach, wanted(query), found, query->geo->distance);
		s->further = true;
		return true;
	}
	if (found > 0 || query->offset == 0) /* else nobody knows how many there are */
		reach_learn(s->index->reach, &s->reach_key,
			rows > query->limit ? pg_get_float(res, (int)rows - 1, 1)
					    : s->reach,
			found);
	return false;
}
