/* SPDX-License-Identifier: Apache-2.0 */
/* An EntityMap as an answer, 5.2.39: a part of the ids at a time, since it may hold millions. */
#include "entity_map.h"

#include "call.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/err.h>
#include <base/log.h>
#include <store/entity_maps.h>
#include <store/readers.h>

struct map_stream {
	struct app *app;
	int64_t number, after; /* the place of the last id that was written */
	const char *context; /* JSON; NULL: it is in the Link */
};

/* The next ids, and the end of the document after the last ones. */
static int write_part(
	struct map_stream *s, struct strbuf *out, bool *more, struct err *err)
{
	struct pg *pg = readers_take(s->app->readers);
	int rc = entity_map_part(pg, s->number, &s->after, more, out, err);

	readers_put(s->app->readers, pg);
	if (rc < 0 || *more)
		return rc;
	strbuf_adds(out, "},\"linkedMaps\":{}");
	if (s->context != NULL)
		strbuf_addf(out, ",\"@context\":%s", s->context);
	strbuf_addc(out, '}');
	return 0;
}

static enum pulled pull(void *self, struct strbuf *out)
{
	struct err err = {0};
	bool more;

	if (write_part(self, out, &more, &err) == 0)
		return more ? PULLED_MORE : PULLED_END;
	log_warn("an EntityMap was cut short: %s", err.detail);
	return PULLED_BROKEN;
}

int entity_map_answer(struct call *call, const struct entity_map *map, int status)
{
	struct map_stream *s = arena_new(&call->req->arena, struct map_stream);
	char expires[CLOCK_TEXT];
	bool more;

	*s = (struct map_stream){.app = call->app,
		.number = map->number,
		.context = call_answer(call, status)};
	strbuf_addf(&call->resp->body,
		"{\"id\":\"%s\",\"type\":\"EntityMap\",\"expiresAt\":\"%s\","
		"\"entityMap\":{",
		map->id, clock_format(map->expires, expires));
	if (write_part(s, &call->resp->body, &more, &call->req->err) < 0)
		return -1;
	if (more)
		call->resp->stream = (struct stream){.pull = pull, .self = s};
	return 0;
}
