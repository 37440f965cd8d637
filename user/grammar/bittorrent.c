// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * BitTorrent's peer protocol (BEP 3), and its DHT (BEP 5) and uTP (BEP 29) over UDP: each end begins with a handshake,
 * then blocks and the messages that have the size. DHT messages have tokens and transactions of the size that is left.
 */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define HANDSHAKE 68
#define BLOCK 16384
#define PIECE (13 + BLOCK)
#define NODE 26
#define UTP_HEADER 20
#define DATAGRAM_MOST 500 /* of the DHT */

enum { INTERESTED = 2, HAVE = 4, BITFIELD = 5, ASK = 6, PIECE_ID = 7 };

static void piece_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_be32(p, size - 4);
	fosr_pen_u8(p, PIECE_ID);
	fosr_pen_be32(p, (__u32)(seed & 0x3ff) + row / 16);
	fosr_pen_be32(p, row % 16 * BLOCK);
	fosr_pen_random(p, size - 13, fosr_mix64(seed + row));
}

/* One message of n bytes. */
static void message_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	if (n < 5) {
		fosr_pen_zero(p, n);
		return;
	}
	if (n >= 18 && n <= PIECE) {
		piece_row(p, (__u32)(seed & 15), n, seed);
		return;
	}
	fosr_pen_be32(p, n - 4);
	switch (n) {
	case 5:
		fosr_pen_u8(p, INTERESTED);
		break;
	case 9:
		fosr_pen_u8(p, HAVE);
		fosr_pen_be32(p, seed & 0x3ff);
		break;
	case 17:
		fosr_pen_u8(p, ASK);
		fosr_pen_be32(p, seed & 0x3ff);
		fosr_pen_be32(p, (seed >> 10 & 15) * BLOCK);
		fosr_pen_be32(p, BLOCK);
		break;
	default:
		fosr_pen_u8(p, BITFIELD);
		fosr_pen_random(p, n - 5, seed);
	}
}

static void peer_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const clients[] = {"-qB4520-", "-TR3000-", "-UT355W-", "-DE211s-", "-lt0D80-"};
	__u64 self = fosr_mix64(m->seed + m->dir), seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	__u32 rows;

	if (!m->turn && (m->len == HANDSHAKE || m->len >= HANDSHAKE + 4)) {
		fosr_pen_text(p, "\023BitTorrent protocol");
		fosr_pen_bytes(p, "\0\0\0\0\0\020\0\005", 8);
		fosr_pen_secret(p, 20, m->seed);
		fosr_pen_text(p, FOSR_PICK(clients, self));
		fosr_pen_word(p, 12, self);
	}
	if (!fosr_pen_room(p))
		return;
	rows = fosr_pen_room(p) / PIECE;
	/* What is too short to be a message takes a block's room. */
	if (rows && fosr_pen_room(p) % PIECE && fosr_pen_room(p) % PIECE < 4)
		rows--;
	fosr_pen_rows(p, rows, PIECE, piece_row, seed);
	while (fosr_pen_room(p)) {
		__u32 n = fosr_pen_room(p);

		message_put(p, n > PIECE ? n - 9 : n, seed);
	}
}

static void string_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	fosr_pen_print(p, "%u:", n);
	fosr_pen_secret(p, n, seed);
}

/* Queries between their variable parts: the sender's id, a target, a token; a transaction of t bytes. */
#define ID "d1:ad2:id20:"
#define PING "e1:q4:ping1:t"
#define TARGET "6:target20:"
#define FIND "e1:q9:find_node1:t"
#define PEERS "9:info_hash20:"
#define ANNOUNCE "4:porti6881e5:token"
#define ANNOUNCED "e1:q13:announce_peer1:t"
#define END "1:y1:qe"
#define LENGTH(text) ((__u32)sizeof(text) - 1)
#define PING_SIZE (LENGTH(ID PING END) + 20 + 2)
#define FIND_SIZE (LENGTH(ID TARGET FIND END) + 40 + 2)
#define ANNOUNCE_SIZE (LENGTH(ID PEERS ANNOUNCE ANNOUNCED END) + 40 + 2)
#define TRANSACTION_MOST 9

enum query { NO_QUERY, IS_PING, IS_FIND, IS_ANNOUNCE };

struct query_shape {
	enum query kind;
	__u32 transaction, token;
};

/* Both ends know it: transactions have 2 to 9 bytes, tokens what is left. */
static struct query_shape query_of(__u32 len)
{
	struct query_shape s = {.transaction = 2};
	__u32 room;

	if (len >= PING_SIZE + 2 && len <= PING_SIZE + TRANSACTION_MOST) {
		s.kind = IS_PING;
		s.transaction = len - PING_SIZE;
	} else if (len >= FIND_SIZE + 2 && len <= FIND_SIZE + TRANSACTION_MOST) {
		s.kind = IS_FIND;
		s.transaction = len - FIND_SIZE;
	} else if (len >= ANNOUNCE_SIZE + 2 + 3 && len < DATAGRAM_MOST) {
		s.kind = IS_ANNOUNCE;
		room = len - ANNOUNCE_SIZE - 2 - 1;
		s.token = fosr_counted(room);
		s.transaction += room - s.token - fosr_digits(s.token);
	}
	return s;
}

static void query_put(const struct fosr_speech *m, struct fosr_pen *p, const struct query_shape *s, __u64 seed)
{
	fosr_pen_text(p, ID);
	fosr_pen_secret(p, 20, m->seed);
	if (s->kind != IS_PING) {
		fosr_pen_text(p, s->kind == IS_FIND ? TARGET : PEERS);
		fosr_pen_secret(p, 20, fosr_mix64(seed));
	}
	if (s->kind == IS_ANNOUNCE) {
		fosr_pen_text(p, ANNOUNCE);
		string_put(p, s->token, seed + 1);
	}
	fosr_pen_text(p, s->kind == IS_PING ? PING : s->kind == IS_FIND ? FIND : ANNOUNCED);
	string_put(p, s->transaction, seed + 2);
	fosr_pen_text(p, END);
}

#define FOUND "d1:rd2:id20:"
#define NODES "5:nodes"
#define TOKEN "5:token"
#define FOUND_END "e1:t"
#define FOUND_TAIL "1:y1:re"
#define FOUND_SIZE (LENGTH(FOUND FOUND_END FOUND_TAIL) + 20 + 2)

/* How an answer divides `left` bytes into nodes, and a token where they leave something. False: it cannot. */
static bool found_of(__u32 left, __u32 *count, __u32 *token)
{
	for (*count = 8;; --*count) {
		__u32 size = *count * NODE, nodes = *count ? LENGTH(NODES) + fosr_digits(size) + 1 + size : 0, room;

		*token = 0;
		if (left == nodes)
			return true;
		if (left > nodes + LENGTH(TOKEN) + 2) {
			room = left - nodes - LENGTH(TOKEN) - 1;
			*token = fosr_counted(room);
			if (*token + fosr_digits(*token) == room)
				return true;
		}
		if (!*count)
			return false;
	}
}

static bool found_put(const struct fosr_speech *m, struct fosr_pen *p, const struct query_shape *s, __u64 asked)
{
	__u32 fixed = FOUND_SIZE + s->transaction, count, token;

	if (m->len < fixed || m->len >= DATAGRAM_MOST || !found_of(m->len - fixed, &count, &token))
		return false;
	fosr_pen_text(p, FOUND);
	fosr_pen_secret(p, 20, ~m->seed);
	if (count) {
		fosr_pen_text(p, NODES);
		string_put(p, count * NODE, asked + 3);
	}
	if (token) {
		fosr_pen_text(p, TOKEN);
		string_put(p, token, asked + 4);
	}
	fosr_pen_text(p, FOUND_END);
	string_put(p, s->transaction, asked + 2);
	fosr_pen_text(p, FOUND_TAIL);
	return true;
}

static void utp_put(const struct fosr_speech *m, struct fosr_pen *p, __u64 seed)
{
	__u32 type = m->len > UTP_HEADER ? 0 : m->turn ? 2 : 4;

	fosr_pen_u8(p, type << 4 | 1);
	fosr_pen_u8(p, 0);
	fosr_pen_be16(p, (__u32)(m->seed & 0xfffe) + m->dir);
	fosr_pen_be32(p, (__u32)(m->time_ns / 1000));
	fosr_pen_be32(p, m->turn ? 20000 + (__u32)(seed & 0xfff) : 0);
	fosr_pen_be32(p, 0xf000);
	fosr_pen_be16(p, 1 + m->turn);
	fosr_pen_be16(p, m->answers == FOSR_SAID_NOTHING ? 0 : 1 + m->answers);
	fosr_pen_random(p, fosr_pen_room(p), seed);
}

/* What is no query and answers none is uTP. */
static void datagram_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool answers = m->dir == FOSR_BWD && m->answers != FOSR_SAID_NOTHING;
	struct query_shape s = query_of(answers ? m->before : m->len);
	__u64 seed = fosr_mix64(m->seed + (answers ? m->answers : m->turn) * 2 + (m->dir ^ answers));

	if (m->len < UTP_HEADER)
		fosr_pen_zero(p, m->len);
	else if (s.kind && !answers)
		query_put(m, p, &s, seed);
	else if (!s.kind || !found_put(m, p, &s, seed))
		utp_put(m, p, seed);
}

void fosr_say_bittorrent(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->flow->l4 == IPPROTO_TCP)
		peer_put(m, p);
	else
		datagram_put(m, p);
}
