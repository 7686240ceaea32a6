/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses are compared as 16 bytes; those of IPv4 stand in ::ffff:0:0/96. */
#include <net/guard.h>

#include <base/err.h>
#include <base/mem.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NETWORKS 64

struct network {
	unsigned char address[16];
	unsigned bits; /* of 128 */
};

struct networks {
	struct network list[NETWORKS];
	size_t len;
};

struct guard {
	struct networks allow, deny;
};

static const char *const private_networks[] = {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10",
	"127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/127", "fc00::/7",
	"fe80::/10", "fec0::/10", "ff00::/8", NULL};

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool parse_address(const char *text, struct network *out, unsigned *most)
{
	if (inet_pton(AF_INET, text, out->address + 12) == 1) {
		memcpy(out->address, mapped, sizeof(mapped));
		*most = 32;
		return true;
	}
	*most = 128;
	return inet_pton(AF_INET6, text, out->address) == 1;
}

static bool parse_network(const char *text, struct network *out)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN], *end = NULL;
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	unsigned long bits;
	unsigned most;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!parse_address(address, out, &most))
		return false;
	bits = most;
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9')
			return false;
		bits = strtoul(slash + 1, &end, 10);
		if (*end != '\0' || bits > most)
			return false;
	}
	out->bits = (unsigned)bits + 128 - most;
	return true;
}

static int add(struct networks *n, const char *text, struct err *err)
{
	if (n->len == NETWORKS)
		return err_set(
			err, ERR_INVALID_REQUEST, "more than %d networks", NETWORKS);
	if (!parse_network(text, &n->list[n->len]))
		return err_set(err, ERR_INVALID_REQUEST,
			"'%.60s' is no network: expected one like 10.0.0.0/8 or "
			"2001:db8::/32, an address, or private, all, none",
			text);
	n->len++;
	return 0;
}

static int add_word(struct networks *n, const char *word, struct err *err)
{
	if (strcmp(word, "none") == 0)
		return 0;
	if (strcmp(word, "all") == 0)
		return add(n, "::/0", err);
	if (strcmp(word, "private") != 0)
		return add(n, word, err);
	for (const char *const *p = private_networks; *p != NULL; p++)
		if (add(n, *p, err) < 0)
			return -1;
	return 0;
}

static int parse_list(struct networks *n, const char *text, struct err *err)
{
	char *copy = mem_strdup(text != NULL ? text : ""), *rest = copy, *word;
	int rc = 0;

	while (rc == 0 && (word = strsep(&rest, ", ")) != NULL)
		if (*word != '\0')
			rc = add_word(n, word, err);
	free(copy);
	return rc;
}

struct guard *guard_new(const char *allow, const char *deny, struct err *err)
{
	struct guard *g = mem_alloc(sizeof(*g));

	if (parse_list(&g->allow, allow, err) == 0 &&
		parse_list(&g->deny, deny, err) == 0)
		return g;
	guard_free(g);
	return NULL;
}

void guard_free(struct guard *g)
{
	free(g);
}

static bool inside(const unsigned char address[16], const struct network *n)
{
	unsigned bytes = n->bits / 8, rest = n->bits % 8;

	if (memcmp(address, n->address, bytes) != 0)
		return false;
	return rest == 0 || ((address[bytes] ^ n->address[bytes]) >> (8 - rest)) == 0;
}

static bool in_list(const unsigned char address[16], const struct networks *n)
{
	for (size_t i = 0; i < n->len; i++)
		if (inside(address, &n->list[i]))
			return true;
	return false;
}

/* NAT64 (64:ff9b::/96) and 6to4 (2002::/16) lead to the IPv4 address inside. */
static void unwrap(unsigned char address[16])
{
	static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};

	if (memcmp(address, nat64, sizeof(nat64)) == 0) {
		memcpy(address, mapped, sizeof(mapped));
	} else if (address[0] == 0x20 && address[1] == 0x02) {
		memcpy(address + 12, address + 2, 4);
		memcpy(address, mapped, sizeof(mapped));
	}
}

bool guard_allows(const struct guard *g, const struct sockaddr *address)
{
	unsigned char bytes[16];

	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;

		memcpy(bytes, mapped, sizeof(mapped));
		memcpy(bytes + 12, &in->sin_addr, 4);
	} else if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)address;

		memcpy(bytes, &in->sin6_addr, 16);
		unwrap(bytes);
	} else {
		return false;
	}
	return in_list(bytes, &g->allow) || !in_list(bytes, &g->deny);
}

bool guard_is_loopback(const char *address)
{
	static const struct network v4 = {
		.address = {[10] = 0xff, [11] = 0xff, [12] = 127}, .bits = 104};
	struct network n;
	unsigned most;

	if (strcmp(address, "localhost") == 0)
		return true;
	if (!parse_address(address, &n, &most))
		return false;
	return inside(n.address, &v4) ||
		memcmp(n.address, &in6addr_loopback, sizeof(in6addr_loopback)) == 0;
}
