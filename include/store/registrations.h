/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Context source registrations in the database: their text (core/registration.h), which the
 * others must agree with.  So whoever writes one is alone.  Those that have expired are not
 * there.
 */
#ifndef STORE_REGISTRATIONS_H
#define STORE_REGISTRATIONS_H

#include <base/attr.h>
#include <core/registration.h>

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct pg;

struct stored_registration {
	int64_t rid;
	const char *id;
	const char *text; /* core/registration.h, NUL-terminated */
	size_t len;
	struct registration_output output; /* created, modified */
};

/* NULL, which is logged: it was stored by a version that took what this one
 * does not.  It matches nothing and claims nothing then, can be read, mended and deleted. */
const struct registration *registrations_compile(
	const struct stored_registration *r) must_check;

/* All of the tenant's, in the order of creation. */
int registrations_all(struct pg *pg, int tenant, int64_t now, struct arena *a,
	struct stored_registration **out, size_t *len, struct err *err) must_check;

/* A change, in one transaction that nobody else is in.  What a step refuses is refused. */
struct registration_change {
	/* The text to store, of the one that is there (NULL: create).  Not called to
	 * delete. */
	int (*make)(void *self, struct pg *pg, const struct stored_registration *old,
		const char **text, int64_t *expires, struct err *err);
	/* When it is written. */
	int (*written)(void *self, struct pg *pg, const struct stored_registration *old,
		struct err *err);
	void *self;
};
struct registration_key {
	int tenant;
	const char *id;
	int64_t now;
};
/* ALREADY_EXISTS. */
int registrations_create(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a,
	struct err *err) must_check;
/* NOT_FOUND. */
int registrations_update(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a,
	struct err *err) must_check;
/* NOT_FOUND. */
int registrations_delete(struct pg *pg, const struct registration_key *key,
	const struct registration_change *change, struct arena *a,
	struct err *err) must_check;

/* NOT_FOUND. */
int registrations_get(struct pg *pg, const struct registration_key *key, struct arena *a,
	struct stored_registration *out, struct err *err) must_check;

/* Removes those whose time is over, of all tenants, in one transaction; `gone` is called
 * for each in it. */
struct registration_sweep {
	int (*gone)(void *self, struct pg *pg, int tenant,
		const struct stored_registration *old, struct err *err);
	void *self;
};
int registrations_sweep(struct pg *pg, int64_t now,
	const struct registration_sweep *sweep, struct err *err) must_check;

#endif
