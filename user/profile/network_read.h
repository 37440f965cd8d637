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

/* Fills r->net from r->y. */
int fosr_net_read(struct fosr_net_reader *r);

/* Joins clients and offers, fills the defaults, and checks what only the whole file can tell. */
int fosr_net_join(struct fosr_net_reader *r);

/* The built-in table's spelling of a service's name at n (case and spaces ignored, len bytes of text), or an error. */
int fosr_net_service_name(const struct fosr_net_reader *r, const struct fosr_yaml_node *n, const char *text, size_t len,
	const char **name);

#endif
