/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of NetBIOS (RFC 1001 14, RFC 1002 4.1), as name service, datagrams and sessions write them. */
#ifndef FOSR_GRAMMAR_NETBIOS_H
#define FOSR_GRAMMAR_NETBIOS_H

#include "grammar/grammar.h"

#define FOSR_NETBIOS_NAME 34 /* bytes of a name without a scope */

/* The last byte of a name says what it is of. */
enum {
	FOSR_NETBIOS_WORKSTATION = 0x00,
	FOSR_NETBIOS_MASTERS = 0x1c,
	FOSR_NETBIOS_MASTER = 0x1d,
	FOSR_NETBIOS_ELECTION = 0x1e,
	FOSR_NETBIOS_SERVER = 0x20,
};

/* The name that a machine has by its DNS name: the first label, in capitals. */
void fosr_netbios_of(const char *dns, char name[16]);

/* n bytes: the name, encoded, and a scope of what n leaves; n == 34 or n > 35, else the rest stays zero. */
void fosr_netbios_put(struct fosr_pen *p, const char *name, __u32 type, __u32 n, __u64 seed);

/* A name that somebody on such a network looks for or has. */
const char *fosr_netbios_some(__u64 seed);
const char *fosr_netbios_group(__u64 seed);

#endif
