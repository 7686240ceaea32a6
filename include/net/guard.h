/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom the broker may call: clients name the endpoints of notifications, so a broker that
 * strangers can reach must not be their way into the network behind it.  Asked about
 * addresses, after names were resolved.  Immutable; any thread.
 */
#ifndef NET_GUARD_H
#define NET_GUARD_H

#include <base/attr.h>

#include <stdbool.h>

struct err;
struct guard;
struct sockaddr;

/*
 * Lists of networks, separated by commas: "10.0.0.0/8", "2001:db8::/32", one address, or a
 * word: "private" (loopback, private, link-local, shared, reserved), "all", "none".  NULL
 * is "none".  What is in `allow` may be called, else what is in `deny` may not, all else
 * may.  NULL with err set (INVALID_REQUEST) where a list is wrong.
 */
struct guard *guard_new(const char *allow, const char *deny, struct err *err) must_check;
void guard_free(struct guard *g); /* NULL is fine */
/* IPv6 addresses that carry one of IPv4 are taken as that; what is no IP address is
 * refused. */
bool guard_allows(const struct guard *g, const struct sockaddr *address);

/* Is the text the address of a loopback interface? */
bool guard_is_loopback(const char *address);

#endif
