/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payloads that their dissectors believe, one function per protocol, for payload.c. Sizes are the model's, to the byte.
 */
#ifndef FOSR_CRAFT_GRAMMAR_H
#define FOSR_CRAFT_GRAMMAR_H

#include "craft/craft.h"

/* len random bytes; returns their partial sum. */
__u64 fosr_random_put(__u8 *p, __u32 len, __u64 seed);

/*
 * DNS over UDP (RFC 1035), and what is written in its form: multicast DNS (RFC 6762), LLMNR (RFC 4795). An answer has
 * the id and the question of the query before it. False: the packet is none, or too short for a header.
 */
bool fosr_dns_put(const struct fosr_payload_at *at, __u8 *p, __u32 len);

#endif
