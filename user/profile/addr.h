/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses from and to text, and what ranges they stand in (IANA's special-purpose registries, RFC 6890). */
#ifndef FOSR_PROFILE_ADDR_H
#define FOSR_PROFILE_ADDR_H

#include "flow/flow.h"

#define FOSR_ADDR_TEXT 46
#define FOSR_MAC_TEXT 18

/* IPv4 dotted or IPv6; 0 or -EINVAL. */
int fosr_addr_parse(const char *text, struct fosr_addr *a);
char *fosr_addr_format(const struct fosr_addr *a, char buf[FOSR_ADDR_TEXT]);

/* Six pairs of hexadecimal digits between ':' or '-'; 0 or -EINVAL. */
int fosr_mac_parse(const char *text, __u8 mac[6]);
char *fosr_mac_format(const __u8 mac[6], char buf[FOSR_MAC_TEXT]);

/* Why no host can have this address ("multicast", "loopback"...), or NULL when one can. */
const char *fosr_addr_unfit(const struct fosr_addr *a);

/* Not private, shared or link-local. Documentation ranges count as global: they stand for the Internet. */
bool fosr_addr_is_global(const struct fosr_addr *a);

/* Not one that anybody on the Internet can have; of IPv4 alone. */
bool fosr_addr_is_special(const struct fosr_addr *a);

bool fosr_addr_in(const struct fosr_addr *a, const struct fosr_addr *prefix, __u8 bits);

/* Order by family, then bytes: <0, 0, >0. */
int fosr_addr_cmp(const struct fosr_addr *a, const struct fosr_addr *b);

#endif
