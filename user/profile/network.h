/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is on the network: hosts, their addresses, what they offer and what they use. Read from Fos-R's YAML file as it
 * is (keys: metadata, hosts; hostname, os, usage, type, client, interfaces; ip_addr, mac_addr, services), or the same
 * in JSON. Every error names line and column, what stands there and what was expected.
 *
 * Beyond it: ip6_addr beside ip_addr; top-level keys subnets, internet (with pools of hosts) and ipv6.
 *
 * Where it differs from Fos-R: a server is by default a client of nothing (Fos-R makes it its own client); a host
 * without a hostname is called by its first address; a hostname has no comma, quote or backslash, as it stands in CSV
 * files; an interface without a MAC address gets 02:00 and its IPv4 address (IPv6: 02 and five bytes of the address's
 * SHA-256); anchors and aliases are refused; a service that no other host uses, and a client of a service that no other
 * host offers, are errors.
 */
#ifndef FOSR_PROFILE_NETWORK_H
#define FOSR_PROFILE_NETWORK_H

#include "base/digest.h"
#include "base/err.h"
#include "base/vec.h"
#include "flow/flow.h"
#include "flow/service.h"
#include "flow/stack.h"

#define FOSR_NETWORK_FILE_MAX (4u << 20) /* bytes */
#define FOSR_NETWORK_HOSTS_MAX FOSR_HOST_GROUP /* hosts are numbered below it; and as many interfaces */
#define FOSR_HOSTNAME 64
#define FOSR_DNS_NAME (FOSR_HOSTNAME + 16)
#define FOSR_USAGE_ONE 65536 /* usage 1 in fixed point, Q16 */

/* A service that an interface offers. */
struct fosr_offer {
	__u16 service; /* index in struct fosr_network's services */
	__u16 port; /* 0: as the profile says */
	__u32 line;
};

/* A part of the network, seen from its link; and the Internet. */
struct fosr_place {
	struct fosr_addr prefix;
	__u8 bits;
	__u8 hops; /* routers between it and hosts elsewhere; of the Internet: about so many */
	__u16 vlan; /* 0: none */
	bool has_router;
	__u8 router[6]; /* MAC address of its router: what comes from elsewhere has this source */
	__u64 rtt_ns; /* an answer from it does not come sooner: by its own router, or about so from the Internet; 0: as
		       * the profile says */
	__u32 line;
};

#define FOSR_PLACES_MAX 256
#define FOSR_NO_PLACE 0xffff
#define FOSR_POOL_NAME 24

struct fosr_iface {
	struct fosr_addr addr; /* the only one, or the IPv4 address */
	struct fosr_addr addr6; /* beside an IPv4 address; family 0: none */
	__u16 place, place6; /* index in struct fosr_network's places, or FOSR_NO_PLACE */
	__u8 mac[6];
	bool mac_given; /* it stands in the file */
	__u32 line, column; /* of its address in the file */
	FOSR_VEC(struct fosr_offer) offers; /* by service, then port */
};

struct fosr_host {
	char name[FOSR_HOSTNAME];
	char dns[FOSR_DNS_NAME]; /* what it is called in DNS, TLS and HTTP: its name, with a domain and without what DNS
				  * does not allow */
	enum fosr_os os;
	bool server; /* type: server; else user */
	bool pooled; /* of a pool of the Internet */
	__u32 usage; /* weight, Q16, never 0 */
	__u32 line, column;
	__u64 client[FOSR_SERVICES_MAX / 64]; /* bit set of services */
	FOSR_VEC(struct fosr_iface) ifaces; /* at least one */
};

/* Hosts of the Internet that nobody has written down, side by side in the list of hosts. */
struct fosr_pool {
	char name[FOSR_POOL_NAME];
	size_t first, hosts;
	bool ip6;
};

struct fosr_network {
	char *title, *desc, *author, *date, *version; /* metadata; title is never NULL */
	FOSR_VEC(struct fosr_host) hosts; /* at least one, in the file's order */
	char (*service)[FOSR_SERVICE_NAME]; /* names that anyone offers, sorted, each once */
	size_t services;
	size_t ifaces; /* of all hosts */
	FOSR_VEC(struct fosr_place) places; /* subnets */
	struct fosr_place internet; /* hops and rtt alone */
	FOSR_VEC(struct fosr_pool) pools;
	__u32 ip6_share; /* Q16: flows between ends that have both IPv4 and IPv6 */

	/*
	 * SHA-256 of what decides packets, as text, so that comments, order of keys, spelling of defaults and metadata
	 * do not change it: "fosr-network 1\n", then per host "host OS user|server USAGE NAME\n", "client SERVICE\n"
	 * per service used, and per interface "interface ADDRESS MAC\n", "service SERVICE PORT\n" per service offered;
	 * services sorted, hosts and interfaces in the file's order. Behind an interface "ip6 ADDRESS\n" where it has
	 * two addresses; at the end, where the file has them, "subnet PREFIX/BITS VLAN ROUTER HOPS RTT\n" per subnet,
	 * "internet HOPS RTT\n", and "ipv6 SHARE\n" where that is not one half.
	 */
	__u8 digest[FOSR_DIGEST_LEN];
};

/* name stands in messages. 0 and *out (free it with fosr_network_free()), or -EINVAL, -EFBIG, -ENOMEM. */
int fosr_network_parse(const void *yaml, size_t len, const char *name, struct fosr_network **out, struct fosr_err *err);

/* The same of a file; and -errno of reading it. */
int fosr_network_load(const char *path, struct fosr_network **out, struct fosr_err *err);

/* The same of a built-in network's name (or NULL for the default one), else a file. */
int fosr_network_open(const char *name, struct fosr_network **out, struct fosr_err *err);

/* Makes the digest anew. -ENOMEM names `name`. */
int fosr_network_digest(struct fosr_network *net, const char *name, struct fosr_err *err);

void fosr_network_free(struct fosr_network *net);

/* 0, or -EAFNOSUPPORT naming the first interface that has no IPv4 address: injectors know hosts by them. */
int fosr_network_has_ip4(const struct fosr_network *net, struct fosr_err *err);

/* Index of a service in net->service, or -ENOENT: nobody offers it. */
int fosr_network_service(const struct fosr_network *net, const char *name);

static inline bool fosr_host_is_client(const struct fosr_host *h, size_t service)
{
	return h->client[service / 64] >> (service % 64) & 1;
}

/* The interface's first offer of a service, or NULL. */
const struct fosr_offer *fosr_iface_offer(const struct fosr_iface *iface, size_t service);

/* INTERNET when the address is global (documentation ranges count as global) and in no subnet, else by the host's type.
 */
enum fosr_role fosr_iface_role(const struct fosr_host *h, const struct fosr_iface *iface);

#endif
