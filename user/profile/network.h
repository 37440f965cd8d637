/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is on the network: hosts, their addresses, what they offer and what they use. Read from Fos-R's YAML file as it
 * is (keys: metadata, hosts; hostname, os, usage, type, client, interfaces; ip_addr, mac_addr, services), or the same
 * in JSON. Every error names line and column, what stands there and what was expected.
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

struct fosr_iface {
	struct fosr_addr addr;
	__u8 mac[6];
	__u32 line, column; /* of its address in the file */
	FOSR_VEC(struct fosr_offer) offers; /* by service, then port */
};

struct fosr_host {
	char name[FOSR_HOSTNAME];
	char dns[FOSR_DNS_NAME]; /* what it is called in DNS, TLS and HTTP: its name, with a domain and without what DNS
				  * does not allow */
	enum fosr_os os;
	bool server; /* type: server; else user */
	__u32 usage; /* weight, Q16, never 0 */
	__u32 line, column;
	__u64 client[FOSR_SERVICES_MAX / 64]; /* bit set of services */
	FOSR_VEC(struct fosr_iface) ifaces; /* at least one */
};

struct fosr_network {
	char *title, *desc, *author, *date, *version; /* metadata; title is never NULL */
	FOSR_VEC(struct fosr_host) hosts; /* at least one, in the file's order */
	char (*service)[FOSR_SERVICE_NAME]; /* names that anyone offers, sorted, each once */
	size_t services;
	size_t ifaces; /* of all hosts */

	/*
	 * SHA-256 of what decides packets, as text, so that comments, order of keys, spelling of defaults and metadata
	 * do not change it: "fosr-network 1\n", then per host "host OS user|server USAGE NAME\n", "client SERVICE\n"
	 * per service used, and per interface "interface ADDRESS MAC\n", "service SERVICE PORT\n" per service offered;
	 * services sorted, hosts and interfaces in the file's order.
	 */
	__u8 digest[FOSR_DIGEST_LEN];
};

/* name stands in messages. 0 and *out (free it with fosr_network_free()), or -EINVAL, -EFBIG, -ENOMEM. */
int fosr_network_parse(const void *yaml, size_t len, const char *name, struct fosr_network **out, struct fosr_err *err);

/* The same of a file; and -errno of reading it. */
int fosr_network_load(const char *path, struct fosr_network **out, struct fosr_err *err);

void fosr_network_free(struct fosr_network *net);

/* 0, or -EAFNOSUPPORT naming the first interface that has an IPv6 address. */
int fosr_network_ipv4_only(const struct fosr_network *net, struct fosr_err *err);

/* Index of a service in net->service, or -ENOENT: nobody offers it. */
int fosr_network_service(const struct fosr_network *net, const char *name);

static inline bool fosr_host_is_client(const struct fosr_host *h, size_t service)
{
	return h->client[service / 64] >> (service % 64) & 1;
}

/* The interface's first offer of a service, or NULL. */
const struct fosr_offer *fosr_iface_offer(const struct fosr_iface *iface, size_t service);

/* INTERNET when the address is global (documentation ranges count as global), else by the host's type. */
enum fosr_role fosr_iface_role(const struct fosr_host *h, const struct fosr_iface *iface);

#endif
