/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the network reader: from the tree of the file to a struct fosr_network whose parts are still to be joined. */
#ifndef FOSR_PROFILE_NETWORK_READ_H
#define FOSR_PROFILE_NETWORK_READ_H

#include "profile/network.h"
#include "profile/yaml.h"

/* "This host is a client of that service", as it stands in the file. */
struct fosr_net_use {
	__u32 host;
	__u32 node; /* of the service's name */
};

struct fosr_net_reader {
	const struct fosr_yaml *y;
	struct fosr_network *net;
	struct fosr_err *err;
	FOSR_VEC(const char *)
	names; /* of the services offered, as first met; offers hold indices of these until joined */
	FOSR_VEC(__u32) offer_node; /* by name: where it is offered first */
	FOSR_VEC(struct fosr_net_use) uses;
	FOSR_VEC(__u8) client_given; /* by host: it has the key `client` */
};

/* A key of a map: what it sets. obj is what the map describes. */
struct fosr_net_field {
	const char *name;
	int (*set)(struct fosr_net_reader *r, const struct fosr_yaml_node *value, void *obj);
};

#define FOSR_NET_NOT(r, n, expected) \
	fosr_yaml_err((r)->y, n, (r)->err, "read '%.60s', expected %s", fosr_yaml_text((r)->y, n), expected)

int fosr_net_out_of_memory(const struct fosr_net_reader *r);

/* Reads a map by its fields; seen gets one bit per field that was there. */
int fosr_net_map(struct fosr_net_reader *r, const struct fosr_yaml_node *n, const struct fosr_net_field *fields,
	size_t count, const char *what, void *obj, unsigned int *seen);

/* A text without control characters, of 1 to max bytes (0 allowed when `empty`). */
int fosr_net_text(struct fosr_net_reader *r, const struct fosr_yaml_node *n, bool empty, size_t max);

/* A list, or nothing at all ("services:"), which is an empty one. */
int fosr_net_list(struct fosr_net_reader *r, const struct fosr_yaml_node *n, const char *expected);

/* A weight above 0 as Q16; a host's own MAC address. */
int fosr_net_weight(struct fosr_net_reader *r, const struct fosr_yaml_node *n, __u32 *q16);
int fosr_net_mac(struct fosr_net_reader *r, const struct fosr_yaml_node *n, __u8 mac[6]);

/* A host at the end of the list, an interface at the end of its list, an offer ("name" or "name:port" at node `at`) */
int fosr_net_new_host(struct fosr_net_reader *r, const struct fosr_yaml_node *n, struct fosr_host **out);
int fosr_net_new_iface(
	struct fosr_net_reader *r, const struct fosr_yaml_node *n, struct fosr_host *h, struct fosr_iface **out);
int fosr_net_offer(struct fosr_net_reader *r, struct fosr_iface *iface, __u32 at);

/* What network.h says of hosts without a MAC address, and of names in DNS. */
int fosr_net_derive_mac(struct fosr_net_reader *r, struct fosr_iface *iface);
void fosr_net_dns_name(struct fosr_host *h);

/* network_place.c: the keys subnets and internet. */
int fosr_net_subnets(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj);
int fosr_net_internet(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj);

/* Which subnet each address is in. */
void fosr_net_places(struct fosr_network *net);

/* Fills r->net from r->y. */
int fosr_net_read(struct fosr_net_reader *r);

/* Joins clients and offers, fills the defaults, and checks what only the whole file can tell. */
int fosr_net_join(struct fosr_net_reader *r);

/* The built-in table's spelling of a service's name at n (case and spaces ignored, len bytes of text), or an error. */
int fosr_net_service_name(const struct fosr_net_reader *r, const struct fosr_yaml_node *n, const char *text, size_t len,
	const char **name);

#endif
