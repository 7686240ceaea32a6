/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sweeping what has expired (4.22): a thread that looks for entities and attributes whose
 * time is over and hands them to the lanes, so that history and notifications hear of them as
 * of any deletion.  What has expired is invisible before that.  Of several brokers on one
 * database one sweeps at a time.  Expired EntityMaps go as well.
 */
#ifndef STORE_EXPIRY_H
#define STORE_EXPIRY_H

#include <base/attr.h>

struct err;
struct expiry;
struct lanes;
struct pg_config;

/* Looks every `interval_ms`. */
struct expiry *expiry_start(const struct pg_config *config, struct lanes *lanes,
	unsigned interval_ms, struct err *err) must_check;
/* Before the lanes are stopped.  NULL is fine. */
void expiry_stop(struct expiry *expiry);

#endif
