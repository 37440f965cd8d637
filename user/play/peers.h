/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other injectors of a campaign: which hosts they play, how far they are, how far away, what their clocks say. All
 * of it comes from hellos, which each sends to each again and again; one that echoes our nonce proves that its sender
 * is there now, and only such a sender is believed. Pure bookkeeping: frames are made and taken elsewhere.
 */
#ifndef FOSR_PLAY_PEERS_H
#define FOSR_PLAY_PEERS_H

#include "base/u64map.h"
#include "base/vec.h"
#include "play/message.h"
#include "profile/network.h"

#define FOSR_PEERS_NONE UINT32_MAX
/* An injector that says nothing for so long is taken for dead. */
#define FOSR_PEER_SILENT_NS (3 * FOSR_NS_PER_S)

/* An address of the network that another machine plays, or nobody. */
struct fosr_remote {
	__u32 addr; /* IPv4, host order */
	__u16 host; /* index in the network */
	__u8 mac[6];
	__u32 peer; /* index of the injector that plays it, or FOSR_PEERS_NONE */
	__u64 hello_ns; /* CLOCK_MONOTONIC of the next hello to it, while no injector is known there */
	bool other; /* another campaign is played there: told by an announcement */
	__u8 digest[FOSR_DIGEST_LEN]; /* of it */
};

struct fosr_peer {
	__u64 nonce;
	bool sure; /* it has echoed our nonce */
	bool gone; /* another injector plays its hosts now */
	__u32 number; /* of its last message */
	__u32 remote; /* index of the address it was last heard from */
	__u32 dev, self; /* local interface it was heard on, local address it spoke to */
	__u64 heard_ns; /* CLOCK_MONOTONIC */
	__u64 heard_wall_ns, sent_ns; /* of its last hello: by our clock, by its own */
	__u64 hello_ns; /* CLOCK_MONOTONIC of the next hello to it */
	__s64 offset_ns; /* its clock less ours, as RFC 5905 section 8 has it, of the exchange with the least delay */
	__u64 delay_ns; /* there and back; UINT64_MAX: not measured */
	__u64 clear_ns, start_ns, speed_q16;
	__u64 resume_ns; /* what it is told: both its predecessor and we were clear to here; 0: there was none */
	__u64 resumes_ns; /* what it tells us */
	__u8 state;
	__u32 told; /* of our addresses, over and over */
};

struct fosr_peers {
	__u64 nonce; /* ours */
	FOSR_VEC(struct fosr_remote) remote;
	struct fosr_u64map by_addr; /* to index in remote */
	FOSR_VEC(struct fosr_peer) peer;
};

/* self(): is that address played here? 0, -ENOMEM, or what drawing a nonce failed with. */
int fosr_peers_open(
	struct fosr_peers *ps, const struct fosr_network *net, bool (*self)(void *arg, __u32 addr), void *arg);
void fosr_peers_free(struct fosr_peers *ps);

struct fosr_remote *fosr_peers_remote(const struct fosr_peers *ps, __u32 addr);

/* The living injector that plays that address, or NULL. */
struct fosr_peer *fosr_peers_of(const struct fosr_peers *ps, __u32 addr);

struct fosr_peers_heard {
	const struct fosr_message_ends *ends;
	__u32 dev;
	__u64 now_ns; /* CLOCK_MONOTONIC */
	__u64 wall_ns; /* of the hello's arrival, our clock */
	__u64 clear_ns; /* how far we are */
};

/* A hello came from an address of the network. Its sender's entry in *out (NULL: an old message). 0 or -ENOMEM. */
int fosr_peers_hello(struct fosr_peers *ps, const struct fosr_message *m, const struct fosr_peers_heard *heard,
	struct fosr_peer **out);

/* Is a message of that injector newer than all before? Takes note of it. */
bool fosr_peers_newer(struct fosr_peer *p, __u32 number);

/* Fills in what a hello says to that injector about it; NULL: to whom it may concern. */
void fosr_peers_about(const struct fosr_peer *p, struct fosr_message *m);

/* Addresses for which no living injector is known; the first of them in *addr. */
size_t fosr_peers_absent(const struct fosr_peers *ps, __u32 *addr);

/*
 * When all are there and ready, the one with the lowest nonce says when to start; the others take its word. In *start
 * what was said, by our clock; 0: nothing yet. True: it is for us to say.
 */
bool fosr_peers_start(const struct fosr_peers *ps, __u64 *start_ns);

#endif
