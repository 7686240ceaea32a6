/* SPDX-License-Identifier: Apache-2.0 */
#include <net/guard.h>

#include <base/err.h>

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static bool allows(const struct guard *g, const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return guard_allows(g, (struct sockaddr *)&v4);
	ck_assert_int_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return guard_allows(g, (struct sockaddr *)&v6);
}

static const struct {
	const char *allow, *deny, *address;
	bool allowed;
} table[] = {
	{NULL, NULL, "127.0.0.1", true},
	{NULL, "none", "127.0.0.1", true},
	{NULL, "private", "127.0.0.1", false},
	{NULL, "private", "127.255.0.9", false},
	{NULL, "private", "10.1.2.3", false},
	{NULL, "private", "172.16.0.1", false},
	{NULL, "private", "172.31.255.255", false},
	{NULL, "private", "172.32.0.1", true},
	{NULL, "private", "192.168.1.1", false},
	{NULL, "private", "169.254.169.254", false},
	{NULL, "private", "100.64.0.1", false},
	{NULL, "private", "0.0.0.0", false},
	{NULL, "private", "224.0.0.1", false},
	{NULL, "private", "255.255.255.255", false},
	{NULL, "private", "8.8.8.8", true},
	{NULL, "private", "::1", false},
	{NULL, "private", "::", false},
	{NULL, "private", "fd00::1", false},
	{NULL, "private", "fe80::1", false},
	{NULL, "private", "2a00:1450::1", true},
	/* an address of IPv4 inside one of IPv6 */
	{NULL, "private", "::ffff:10.0.0.1", false},
	{NULL, "private", "::ffff:8.8.8.8", true},
	{NULL, "private", "64:ff9b::7f00:1", false},
	{NULL, "private", "2002:7f00:1::", false},
	{"10.1.0.0/16", "private", "10.1.9.9", true},
	{"10.1.0.0/16", "private", "10.2.0.1", false},
	{"10.1.0.0/16, 192.168.7.7", "private", "192.168.7.7", true},
	{NULL, "all", "8.8.8.8", false},
	{"8.8.8.0/29", "all", "8.8.8.7", true},
	{"8.8.8.0/29", "all", "8.8.8.8", false},
	{"2001:db8::/33", "all", "2001:db8:7fff::1", true},
	{"2001:db8::/33", "all", "2001:db8:8000::1", false},
	{"private", "all", "127.0.0.1", true},
};

START_TEST(tells_whom_to_call)
{
	struct err err = {0};
	struct guard *g = guard_new(table[_i].allow, table[_i].deny, &err);

	ck_assert_ptr_nonnull(g);
	ck_assert_msg(allows(g, table[_i].address) == table[_i].allowed, "row %d: %s", _i,
		table[_i].address);
	guard_free(g);
}
END_TEST

static const char *const bad[] = {"10.0.0.0/33", "10.0.0/8", "2001:db8::/129",
	"10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "localhost",
	"1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17"};

START_TEST(refuses_what_is_no_network)
{
	struct err err = {0};

	ck_assert_ptr_null(guard_new(NULL, bad[_i], &err));
	ck_assert_int_eq(err.kind, ERR_INVALID_REQUEST);
	ck_assert_ptr_nonnull(strstr(err.detail, "is no network: expected one like"));
}
END_TEST

START_TEST(knows_its_own_machine)
{
	ck_assert(guard_is_loopback("127.0.0.1"));
	ck_assert(guard_is_loopback("127.9.9.9"));
	ck_assert(guard_is_loopback("::1"));
	ck_assert(guard_is_loopback("localhost"));
	ck_assert(!guard_is_loopback("0.0.0.0"));
	ck_assert(!guard_is_loopback("::"));
	ck_assert(!guard_is_loopback("128.0.0.1"));
	ck_assert(!guard_is_loopback("localhost.example"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("guard");

	tcase_add_loop_test(tc, tells_whom_to_call, 0, sizeof(table) / sizeof(table[0]));
	tcase_add_loop_test(
		tc, refuses_what_is_no_network, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, knows_its_own_machine);
	return suite_run("guard", tc);
}
