/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Services by name. A built-in table knows usual ports (names as in Fos-R's files, then IANA's); a profile carries the
 * vocabulary that it was learned with.
 */
#ifndef FOSR_FLOW_SERVICE_H
#define FOSR_FLOW_SERVICE_H

#include "base/types.h"
#include "base/vec.h"

#define FOSR_SERVICE_NAME 24
#define FOSR_SERVICES_MAX 256

struct fosr_service {
	char name[FOSR_SERVICE_NAME]; /* lower case */
	__u16 port; /* usual port, 0 for other-tcp and other-udp */
	__u8 l4;
};

struct fosr_services {
	FOSR_VEC(struct fosr_service) list;
};

/* Name of the service that (l4, port) usually is; "other-tcp" or "other-udp" when no row has it. Never NULL. */
const char *fosr_service_by_port(__u8 l4, __u16 port);

/* The usual port of a built-in name, 0 for other-tcp, other-udp and names that the table does not have. */
__u16 fosr_service_port(const char *name, __u8 l4);

/* The port that clients of a well-known UDP port send from (RFC 2131 4.1, RFC 8415 7.2, RFC 6762 11, RFC 1002, RFC
 * 7296 2.23); 0: any. */
__u16 fosr_service_client_port(__u8 l4, __u16 port);

/* Built-in names in table order, for messages and suggestions; NULL past the last. A name may occur more than once. */
const char *fosr_service_name(size_t i);

/* Index of (name, l4) in the list, or -ENOENT. A service such as dns is one entry for UDP and one for TCP. */
int fosr_services_find(const struct fosr_services *s, const char *name, __u8 l4);

/* As fosr_services_find(), appending when absent: index, -ENOMEM, -E2BIG past FOSR_SERVICES_MAX, or -ENAMETOOLONG. */
int fosr_services_add(struct fosr_services *s, const char *name, __u8 l4, __u16 port);

#endif
