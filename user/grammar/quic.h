/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connection IDs that QUIC's packets and the ClientHello in them agree on. */
#ifndef FOSR_GRAMMAR_QUIC_H
#define FOSR_GRAMMAR_QUIC_H

#include "base/mix.h"

#define QUIC_CID 8

/* Bytes of the id that the client has chosen for itself: browsers need none. */
static inline __u32 fosr_quic_client_cid(__u64 flow_seed, __u8 cid[QUIC_CID])
{
	__u64 v = fosr_mix64(flow_seed + 0x91c);

	for (int i = 0; i < QUIC_CID; i++)
		cid[i] = (__u8)(v >> 8 * i);
	return v % 10 < 7 ? 0 : QUIC_CID;
}

#endif
