// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/peers.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <fosr/csum.h>

#define PEERS_MAX 65536

int fosr_peers_open(
	struct fosr_peers *ps, const struct fosr_network *net, bool (*self)(void *arg, __u32 addr), void *arg)
{
	if (getrandom(&ps->nonce, sizeof(ps->nonce), 0) != sizeof(ps->nonce))
		return -errno;
	ps->nonce |= 1;
	for (size_t h = 0; h < net->hosts.n; h++)
		for (size_t i = 0; i < net->hosts.v[h].ifaces.n; i++) {
			const struct fosr_iface *iface = &net->hosts.v[h].ifaces.v[i];
			__u32 addr = fosr_get32(iface->addr.b);
			struct fosr_remote *r;

			if (iface->addr.family != 4 || self(arg, addr))
				continue;
			r = fosr_vec_push(&ps->remote);
			if (!r || fosr_u64map_put(&ps->by_addr, addr, (__u32)ps->remote.n - 1))
				return -ENOMEM;
			*r = (struct fosr_remote){.addr = addr, .host = (__u16)h, .peer = FOSR_PEERS_NONE};
			memcpy(r->mac, iface->mac, sizeof(r->mac));
		}
	return 0;
}

void fosr_peers_free(struct fosr_peers *ps)
{
	fosr_vec_free(&ps->remote);
	fosr_vec_free(&ps->peer);
	fosr_u64map_free(&ps->by_addr);
}

struct fosr_remote *fosr_peers_remote(const struct fosr_peers *ps, __u32 addr)
{
	const __u32 *i = fosr_u64map_get(&ps->by_addr, addr);

	return i ? &ps->remote.v[*i] : NULL;
}

struct fosr_peer *fosr_peers_of(const struct fosr_peers *ps, __u32 addr)
{
	const struct fosr_remote *r = fosr_peers_remote(ps, addr);

	return r && r->peer != FOSR_PEERS_NONE ? &ps->peer.v[r->peer] : NULL;
}

/* Entries of injectors that were never sure are used again: whoever repeats old hellos takes no memory. */
static struct fosr_peer *entry(struct fosr_peers *ps, __u64 nonce, __u32 remote)
{
	struct fosr_peer *p;

	for (size_t i = 0; i < ps->peer.n; i++)
		if (ps->peer.v[i].nonce == nonce)
			return &ps->peer.v[i];
	for (size_t i = 0; i < ps->peer.n; i++)
		if (!ps->peer.v[i].sure && ps->peer.v[i].remote == remote) {
			ps->peer.v[i] = (struct fosr_peer){.nonce = nonce, .delay_ns = UINT64_MAX};
			return &ps->peer.v[i];
		}
	p = ps->peer.n < PEERS_MAX ? fosr_vec_push(&ps->peer) : NULL;
	if (p)
		*p = (struct fosr_peer){.nonce = nonce, .delay_ns = UINT64_MAX};
	return p;
}

bool fosr_peers_newer(struct fosr_peer *p, __u32 number)
{
	if (number <= p->number)
		return false;
	p->number = number;
	return true;
}

/* The predecessor's progress and ours: what ended before that is done with at both ends. */
static void succeed(struct fosr_peers *ps, struct fosr_peer *p, __u32 remote, __u64 clear_ns)
{
	const struct fosr_remote *r = &ps->remote.v[remote];
	const struct fosr_peer *old = r->peer == FOSR_PEERS_NONE ? NULL : &ps->peer.v[r->peer];
	__u64 both;

	if (!old || old == p)
		return;
	both = old->clear_ns < clear_ns ? old->clear_ns : clear_ns;
	both = both ? both : 1;
	if (!p->resume_ns || both < p->resume_ns)
		p->resume_ns = both;
}

static void measure(struct fosr_peer *p, const struct fosr_hello *h, __u64 wall_ns)
{
	__s64 there = (__s64)(h->echoed_ns - h->echo_ns), back = (__s64)(h->sent_ns - wall_ns);
	__s64 delay = there - back;

	if (!h->echo_ns || delay < 0 || (__u64)delay >= p->delay_ns)
		return;
	p->delay_ns = (__u64)delay;
	p->offset_ns = (there + back) / 2;
}

static void take_over(struct fosr_peers *ps, struct fosr_peer *p, const struct fosr_hello *h)
{
	__u32 index = (__u32)(p - ps->peer.v);

	for (__u16 i = 0; i < h->hosts; i++) {
		struct fosr_remote *r = fosr_peers_remote(ps, h->host[i]);

		if (!r || r->peer == index)
			continue;
		if (r->peer != FOSR_PEERS_NONE)
			ps->peer.v[r->peer].gone = true;
		r->peer = index;
		r->other = false;
	}
}

int fosr_peers_hello(struct fosr_peers *ps, const struct fosr_message *m, const struct fosr_peers_heard *heard,
	struct fosr_peer **out)
{
	const struct fosr_hello *h = &m->hello;
	const struct fosr_remote *from = fosr_peers_remote(ps, heard->ends->src);
	struct fosr_peer *p;

	*out = NULL;
	if (!from || (m->to && m->to != ps->nonce) || heard->ends->nonce == ps->nonce)
		return 0;
	p = entry(ps, heard->ends->nonce, (__u32)(from - ps->remote.v));
	if (!p)
		return -ENOMEM;
	if (p->gone || !fosr_peers_newer(p, heard->ends->number))
		return 0;
	*out = p;
	p->remote = (__u32)(from - ps->remote.v);
	p->dev = heard->dev;
	p->self = heard->ends->dst;
	p->sent_ns = h->sent_ns;
	p->heard_wall_ns = heard->wall_ns;
	if (!p->sure)
		succeed(ps, p, p->remote, heard->clear_ns);
	if (m->to != ps->nonce)
		return 0;
	p->sure = true;
	p->heard_ns = heard->now_ns;
	p->state = h->state;
	p->clear_ns = h->clear_ns;
	p->start_ns = h->start_ns;
	p->speed_q16 = h->speed_q16;
	p->resumes_ns = h->resume_ns;
	measure(p, h, heard->wall_ns);
	take_over(ps, p, h);
	return 0;
}

void fosr_peers_about(const struct fosr_peer *p, struct fosr_message *m)
{
	m->to = p ? p->nonce : 0;
	m->hello.echo_ns = p ? p->sent_ns : 0;
	m->hello.echoed_ns = p ? p->heard_wall_ns : 0;
	m->hello.resume_ns = p ? p->resume_ns : 0;
}

size_t fosr_peers_absent(const struct fosr_peers *ps, __u32 *addr)
{
	size_t n = 0;

	for (size_t i = 0; i < ps->remote.n; i++)
		if (ps->remote.v[i].peer == FOSR_PEERS_NONE && !n++)
			*addr = ps->remote.v[i].addr;
	return n;
}

bool fosr_peers_start(const struct fosr_peers *ps, __u64 *start_ns)
{
	bool lowest = true;

	*start_ns = 0;
	for (size_t i = 0; i < ps->peer.n; i++) {
		const struct fosr_peer *p = &ps->peer.v[i];

		if (!p->sure || p->gone)
			continue;
		if (p->start_ns && !*start_ns)
			*start_ns = p->start_ns - (__u64)p->offset_ns;
		lowest &= ps->nonce < p->nonce;
	}
	return lowest && !*start_ns;
}
