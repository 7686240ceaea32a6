/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /calanque/v1/events: which entities this broker changes, as it changes them, by
 * Server-Sent Events.  An event is an id; who wants more asks for the entity.  Who does not
 * read is told once to look at everything anew, whatever it missed.
 */
#ifndef API_EVENTS_H
#define API_EVENTS_H

#include <base/attr.h>

struct change_watcher;
struct err;
struct events;

/* NULL with err set. */
struct events *events_new(struct err *err) must_check;
/* For struct lanes_config; borrowed, lives as long as the events. */
const struct change_watcher *events_watcher(struct events *events);
/* Ends all streams: before the server is stopped.  NULL is fine. */
void events_close(struct events *events);
/* After the lanes and the server have stopped.  NULL is fine. */
void events_free(struct events *events);

#endif
