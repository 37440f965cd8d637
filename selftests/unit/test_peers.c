// SPDX-License-Identifier: GPL-3.0-or-later
/* Messages between injectors, and what is made of hellos. */
#include "play/message.h"
#include "play/peers.h"
#include "tap.h"

static const struct fosr_secret secret = {0x0123456789abcdefULL, 42};
static const struct fosr_message_ends ends = {.nonce = 77, .number = 3, .src = 0x0a000001, .dst = 0x0a000002};

/* Every kind there and back; each flipped bit is noticed, each missing byte as well. */
static void test_messages(void)
{
	static struct fosr_message m[3], back;
	__u8 out[FOSR_MESSAGE_MAX];
	int bad = 0;

	m[0] = (struct fosr_message){.kind = FOSR_MESSAGE_ANNOUNCE};
	memset(m[0].digest, 7, sizeof(m[0].digest));
	m[1] = (struct fosr_message){.kind = FOSR_MESSAGE_HELLO, .to = 5};
	m[1].hello = (struct fosr_hello){1, 2, 3, 4, 5, 6, 7, FOSR_INJECTOR_PLAYING, FOSR_MESSAGE_HOSTS, {0}};
	for (int i = 0; i < FOSR_MESSAGE_HOSTS; i++)
		m[1].hello.host[i] = 0x0a000000U + (__u32)i;
	m[2] = (struct fosr_message){.kind = FOSR_MESSAGE_ASK, .to = 6, .asks = FOSR_MESSAGE_ASKS};
	for (int i = 0; i < FOSR_MESSAGE_ASKS; i++)
		m[2].ask[i] = (struct fosr_ask){(__u64)i << 40, ~0ULL >> i, (__u32)i};
	for (int k = 0; k < 3; k++) {
		__u32 len = fosr_message_encode(&m[k], &ends, &secret, out);
		struct fosr_message_ends other = ends;

		ok(len <= FOSR_MESSAGE_MAX && !fosr_message_decode(&back, &ends, &secret, out, len) &&
				!memcmp(&back, &m[k], sizeof(back)),
			"kind %d: there and back", k + 1);
		for (__u32 bit = 0; bit < len * 8; bit++) {
			out[bit / 8] ^= (__u8)(1 << bit % 8);
			bad += !fosr_message_decode(&back, &ends, &secret, out, len);
			out[bit / 8] ^= (__u8)(1 << bit % 8);
		}
		for (__u32 cut = 0; cut < len; cut++)
			bad += !fosr_message_decode(&back, &ends, &secret, out, cut);
		other.number++;
		bad += !fosr_message_decode(&back, &other, &secret, out, len);
	}
	/* Bytes 4 to 7 and the records' upper bits are under the mac as well. */
	ok(!bad, "no altered message is taken");
}

static bool is_self(void *arg, __u32 addr)
{
	return addr == 0x0a000002;
}

static struct fosr_peers ps;

static void add_remote(__u32 addr)
{
	struct fosr_remote *r = fosr_vec_push(&ps.remote);

	*r = (struct fosr_remote){.addr = addr, .peer = FOSR_PEERS_NONE};
	fosr_u64map_put(&ps.by_addr, addr, (__u32)ps.remote.n - 1);
}

/* A hello of that injector at 10.0.0.1; what became of it. */
static struct fosr_peer *hello(__u64 nonce, __u32 number, __u64 to, struct fosr_hello h, __u64 wall_ns)
{
	struct fosr_message m = {.kind = FOSR_MESSAGE_HELLO, .to = to};
	const struct fosr_message_ends from = {nonce, number, 0x0a000001, 0x0a000002};
	struct fosr_peer *p;

	m.hello = h;
	m.hello.hosts = 1;
	m.hello.host[0] = 0x0a000001;
	fosr_peers_hello(&ps, &m, &(struct fosr_peers_heard){&from, 0, 1000, wall_ns, 900}, &p);
	return p;
}

static void test_hellos(void)
{
	const struct fosr_network none = {0};
	struct fosr_message about = {0};
	struct fosr_peer *p;
	__u64 start;
	__u32 addr;

	ok(!fosr_peers_open(&ps, &none, is_self, NULL) && ps.nonce, "a nonce is drawn");
	add_remote(0x0a000001);
	add_remote(0x0a000003);
	p = hello(1, 1, 0, (struct fosr_hello){.sent_ns = 50}, 10);
	ok(p && !p->sure && fosr_peers_absent(&ps, &addr) == 2, "who does not know us is not believed");
	fosr_peers_about(p, &about);
	ok(about.to == 1 && about.hello.echo_ns == 50 && about.hello.echoed_ns == 10, "but answered");
	/* Sent at 100, there at 1150 by a clock that is 1000 ahead, back sent at 1200, here at 260: delay 110. */
	p = hello(1, 2, ps.nonce,
		(struct fosr_hello){
			.sent_ns = 1200, .echo_ns = 100, .echoed_ns = 1150, .clear_ns = 700, .start_ns = 5000},
		260);
	ok(p && p->sure && fosr_peers_of(&ps, 0x0a000001) == p, "who echoes our nonce is");
	ok(p->delay_ns == 110 && p->offset_ns == 995, "delay and clock as RFC 5905 has it");
	ok(fosr_peers_absent(&ps, &addr) == 1 && addr == 0x0a000003, "one address is left");
	ok(!fosr_peers_start(&ps, &start) && start == 5000 - 995, "the start it says, by our clock");
	ok(!hello(1, 2, ps.nonce, (struct fosr_hello){0}, 300), "the same message once more is an old one");
	ok(!hello(1, 3, ps.nonce + 2, (struct fosr_hello){0}, 300), "one for another injector is none for us");
	ok(!hello(ps.nonce, 9, 0, (struct fosr_hello){0}, 300), "our own is none either");
	p = hello(99, 1, 0, (struct fosr_hello){0}, 300);
	ok(p && p->resume_ns == 700 && fosr_peers_of(&ps, 0x0a000001)->nonce == 1,
		"a successor is told how far both ends had come");
	p = hello(99, 2, ps.nonce, (struct fosr_hello){0}, 310);
	ok(p && fosr_peers_of(&ps, 0x0a000001) == p && p->resume_ns == 700, "and takes over when it is sure");
	ok(!hello(1, 50, ps.nonce, (struct fosr_hello){0}, 320), "its predecessor is not heard again");
	for (__u64 i = 0; i < 1000; i++)
		hello(1000 + i, 1, 0, (struct fosr_hello){0}, 330);
	ok(ps.peer.n <= 4, "a thousand injectors that are never sure take no memory");
	fosr_peers_free(&ps);
}

int main(void)
{
	test_messages();
	test_hellos();
	return done();
}
