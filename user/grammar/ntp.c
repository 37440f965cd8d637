// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RFC 5905. A client of 48 bytes says nothing of its clock: its transmit timestamp is a nonce (as chrony and
 * systemd-timesyncd have it), which the server repeats. What is longer has extension fields (RFC 7822) or a key's
 * digest; what fits neither is a control message (RFC 9327) or, below its header, stays zero.
 */
#include "base/mix.h"
#include "grammar/grammar.h"

#define HEADER 48
#define CONTROL 12
#define MD5 20 /* the key's number and the digest */
#define SHA1 24
#define EPOCH 2208988800ULL /* 1900 to 1970 */
#define VARIABLES \
	"version=\"ntpd 4.2.8p15@1.3728-o\", processor=\"x86_64\", system=\"Linux/5.10.0\", leap=0, stratum=3, precision=-24, "
#define NONCE(m, turn) fosr_mix64(fosr_mix64((m)->seed) + (turn))

#define VERSION(m) ((m)->len == HEADER ? 4 : 3)

enum { MODE_CLIENT = 3, MODE_SERVER = 4, MODE_CONTROL = 6 };

static __u64 timestamp(__u64 ns)
{
	return (ns / FOSR_NS_PER_S + EPOCH) << 32 | (__u64)(((__u64)(ns % FOSR_NS_PER_S) << 32) / FOSR_NS_PER_S);
}

static void ask(const struct fosr_speech *m, struct fosr_pen *p)
{
	fosr_pen_u8(p, VERSION(m) << 3 | MODE_CLIENT);
	fosr_pen_u8(p, 0);
	fosr_pen_u8(p, m->seed >> 8 & 1 ? 6 + (__u32)fosr_min_u64(m->turn, 4) : 0);
	fosr_pen_u8(p, m->seed >> 8 & 1 ? 0x20 : 0);
	fosr_pen_zero(p, 36);
	fosr_pen_be64(p, NONCE(m, m->turn));
}

/* A server of stratum 1 names its clock, others the address of theirs. */
static void tell(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char clocks[][5] = {"GPS", "PPS", "DCFa", "MRS"};
	__u64 server = fosr_mix64(m->seed + 1), drift = fosr_mix64(m->seed + m->turn * 2 + 1);
	__u32 stratum = server & 3 ? 2 + (server >> 2 & 1) : 1;
	__u64 received = m->time_ns - 20000 - drift % 60000;

	fosr_pen_u8(p, VERSION(m) << 3 | MODE_SERVER);
	fosr_pen_u8(p, stratum);
	fosr_pen_u8(p, m->seed >> 8 & 1 ? 6 + (__u32)fosr_min_u64(m->turn, 4) : 0);
	fosr_pen_u8(p, 0xe7 + (server >> 5 & 3));
	fosr_pen_be32(p, stratum == 1 ? 0 : 0x40 + (server >> 8 & 0x7ff));
	fosr_pen_be32(p, 0x10 + (server >> 20 & 0x7ff));
	if (stratum == 1)
		fosr_pen_bytes(p, clocks[server >> 32 & 3], 4);
	else
		fosr_pen_be32(p, 0xc6120000 | (server >> 32 & 0x1ffff));
	fosr_pen_be64(p, timestamp(m->time_ns - (1 + server % 900) * FOSR_NS_PER_S - drift % FOSR_NS_PER_S));
	fosr_pen_be64(p, m->answers == FOSR_SAID_NOTHING ? 0 : NONCE(m, m->answers));
	fosr_pen_be64(p, timestamp(received));
	fosr_pen_be64(p, timestamp(m->time_ns));
}

/* The key's number and its digest. */
static void digest_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (!fosr_pen_room(p))
		return;
	fosr_pen_be32(p, 1 + (m->seed & 15));
	fosr_pen_secret(p, fosr_pen_room(p), fosr_mix64(m->seed + m->turn * 2 + m->dir));
}

/* Read variables: all of them. */
static void control_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool answer = m->dir == FOSR_BWD;
	__u32 n = m->len - CONTROL, text = (__u32)fosr_min_u64(strlen(VARIABLES), n);

	fosr_pen_u8(p, 3 << 3 | MODE_CONTROL);
	fosr_pen_u8(p, answer ? 0x82 : 0x02);
	fosr_pen_be16(p, 1 + (answer && m->answers != FOSR_SAID_NOTHING ? m->answers : m->turn));
	fosr_pen_be16(p, answer ? 0x0615 : 0);
	fosr_pen_be32(p, 0);
	fosr_pen_be16(p, n);
	fosr_pen_bytes(p, VARIABLES, text);
	fosr_pen_letters(p, fosr_pen_room(p), m->seed);
}

void fosr_say_ntp(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->len < CONTROL)
		return;
	if (m->len != HEADER && m->len != HEADER + MD5 && m->len != HEADER + SHA1) {
		control_put(m, p);
		return;
	}
	if (m->dir == FOSR_FWD)
		ask(m, p);
	else
		tell(m, p);
	digest_put(m, p);
}
