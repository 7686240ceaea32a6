/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGINT, SIGTERM and SIGHUP ask the program to stop.  A thread waits for them, so no
 * handler runs anywhere; a second one ends the program at once.
 */
#ifndef OPS_SIGNALS_H
#define OPS_SIGNALS_H

#include <base/attr.h>

#include <stdatomic.h>

struct err;

/* Call it once, before any other thread starts: they inherit the mask. */
int signals_start(struct err *err) must_check;
/* True once the program was asked to stop. */
const atomic_bool *signals_stop(void);
/* Blocks until then. */
void signals_wait(void);

/* Tells systemd (NOTIFY_SOCKET, where it is set) a state such as "READY=1". */
void signals_notify(const char *state);

#endif
