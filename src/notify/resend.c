/* SPDX-License-Identifier: Apache-2.0 */
#include <notify/resend.h>

#include <base/arena.h>
#include <base/err.h>
#include <core/judge.h>
#include <core/subscription.h>
#include <notify/event.h>
#include <store/outbox.h>

#define PAGE 500
#define MOST 100000

/* As the lanes judged it. */
static bool matches(
	const struct subscription *s, const struct outbox_event *e, struct arena *a)
{
	struct event event;
	struct judged j;

	if (event_read(e->body, e->body_len, e->at, a, &event) < 0 || event.len != 1)
		return false;
	j = (struct judged){
		.id = e->id,
		.before = event.entities[0].before,
		.after = event.entities[0].after,
		.changes = event.entities[0].changes,
		.now = e->at,
	};
	return subscription_judge(s, &j, NULL, a) == GATES;
}

static int resend_page(struct pg *pg, const struct subscription *s,
	const struct outbox_event *events, size_t len, struct arena *a, int64_t *n,
	struct err *err)
{
	int64_t *due = arena_array(a, int64_t, len);
	size_t due_len = 0;

	for (size_t i = 0; i < len; i++)
		if (matches(s, &events[i], a))
			due[due_len++] = events[i].event;
	*n = 0;
	return due_len > 0 ? outbox_again(pg, s->sid, due, due_len, n, err) : 0;
}

int resend_range(struct pg *pg, const struct subscription *s, int64_t from, int64_t to,
	int64_t *n, int64_t *until, struct err *err)
{
	int64_t after = 0;
	size_t len = PAGE;

	*n = 0;
	*until = 0;
	while (len == PAGE) {
		struct outbox_event *events;
		auto_arena a = {0};
		int64_t more;

		if (outbox_events(pg, s->tenant, after, from, to, PAGE, &a, &events, &len,
			    err) < 0 ||
			resend_page(pg, s, events, len, &a, &more, err) < 0)
			return -1;
		*n += more;
		if (len > 0)
			after = events[len - 1].event;
		if (*n >= MOST && len == PAGE) {
			*until = events[len - 1].at;
			return 0;
		}
	}
	return 0;
}

/* Of entities, or of sources. */
static bool is_of_its_kind(
	const struct subscription *s, const struct outbox_event *e, struct arena *a)
{
	struct event event;

	return event_read(e->body, e->body_len, e->at, a, &event) == 0 &&
		(event.sources != NULL) == s->of_sources;
}

int resend_one(struct pg *pg, const struct subscription *s, int64_t event, int64_t *n,
	struct err *err)
{
	struct outbox_event stored;
	auto_arena a = {0};

	if (outbox_revive(pg, s->sid, event, n, err) < 0)
		return -1;
	if (*n > 0)
		return 0;
	if (outbox_event(pg, event, &a, &stored, err) < 0)
		return -1;
	if (stored.tenant != s->tenant || !is_of_its_kind(s, &stored, &a))
		return err_set(err, ERR_NOT_FOUND,
			"this notification is none of the subscription's");
	return outbox_again(pg, s->sid, &event, 1, n, err);
}
