// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/live.h"

#include <netinet/in.h>
#include <string.h>

#include "fosr/tag.h"
#include "flow/step.h"

#define STEPS_KEPT 1024 /* a place in the table keeps room for this many steps for its next flow */

/* Private, shared and link-local ranges, and "this host": RFC 1918, 3927, 6598, 1122, 4193, 4291. */
static bool inside(const struct fosr_addr *addr)
{
	const __u8 *b = addr->b;

	if (addr->family == 6)
		return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
	return b[0] == 0 || b[0] == 10 || b[0] == 127 || (b[0] == 172 && b[1] >> 4 == 1) ||
		(b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) || (b[0] == 100 && b[1] >> 6 == 1);
}

static void put_addr(const struct fosr_addr *addr, __u64 words[2])
{
	memcpy(words, addr->b, 16);
}

__u64 fosr_live_key(const struct fosr_assembler *a, const struct fosr_seen *s)
{
	int low = memcmp(s->addr[0].b, s->addr[1].b, 16);
	__u64 w[5];

	low = low ? low > 0 : s->port[0] > s->port[1];
	put_addr(&s->addr[low], w);
	put_addr(&s->addr[!low], w + 2);
	w[4] = (__u64)s->port[low] << 48 | (__u64)s->port[!low] << 32 | (__u64)s->l4 << 8 | s->addr[0].family;
	return fosr_siphash(&a->secret, w, 5);
}

static int peer_of(struct fosr_assembler *a, const struct fosr_addr *addr, __u32 *index)
{
	struct fosr_peer *peer;
	__u32 *known;
	__u64 w[3], key;

	put_addr(addr, w);
	w[2] = addr->family;
	key = fosr_siphash(&a->secret, w, 3);
	known = fosr_u64map_get(&a->by_addr, key);
	if (known) {
		*index = *known;
		return 0;
	}
	*index = (__u32)a->peers.n;
	peer = fosr_vec_push(&a->peers);
	if (!peer)
		return -ENOMEM;
	peer->inside = inside(addr);
	return fosr_u64map_put(&a->by_addr, key, *index);
}

/* Lists of live flows by idle time, one per protocol. */
static int list_of(const struct fosr_live *f)
{
	return f->l4 != IPPROTO_TCP;
}

static void unlink_live(struct fosr_assembler *a, __u32 i)
{
	struct fosr_live *f = &a->live.v[i];
	int l = list_of(f);

	if (f->older != FOSR_LIVE_NONE)
		a->live.v[f->older].newer = f->newer;
	else
		a->oldest[l] = f->newer;
	if (f->newer != FOSR_LIVE_NONE)
		a->live.v[f->newer].older = f->older;
	else
		a->newest[l] = f->older;
}

static void link_newest(struct fosr_assembler *a, __u32 i)
{
	struct fosr_live *f = &a->live.v[i];
	int l = list_of(f);

	f->older = a->newest[l];
	f->newer = FOSR_LIVE_NONE;
	if (f->older != FOSR_LIVE_NONE)
		a->live.v[f->older].newer = i;
	else
		a->oldest[l] = i;
	a->newest[l] = i;
}

static int append_flow(struct fosr_assembler *a, const struct fosr_live *f)
{
	const char *name = fosr_service_by_port(f->l4, f->port[1]);
	struct fosr_sample_flow *out;
	__u32 peer[2];
	int service;

	service = fosr_services_add(&a->data->services, name, f->l4, fosr_service_port(name, f->l4));
	if (service < 0)
		return service;
	if (peer_of(a, &f->addr[0], &peer[0]) || peer_of(a, &f->addr[1], &peer[1]) ||
		fosr_vec_reserve(&a->ends, a->ends.n + 1) ||
		fosr_vec_reserve_bare(&a->data->flows, a->data->flows.n + 1) ||
		fosr_vec_reserve_bare(&a->data->steps, a->data->steps.n + f->steps.n))
		return -ENOMEM;
	out = fosr_vec_push(&a->data->flows);
	if (!out)
		return -ENOMEM;
	out->start_ns = f->start_ns;
	for (int d = 0; d < 2; d++) {
		out->bytes[d] = f->bytes[d];
		out->packets[d] = f->packets[d];
		a->ends.v[a->ends.n].peer[d] = peer[d];
	}
	a->ends.v[a->ends.n++].group = f->group;
	out->first = (__u32)a->data->steps.n;
	out->service = (__u16)service;
	out->port = f->port[1];
	out->l4 = f->l4;
	out->end_state = (__u8)fosr_track_state(&f->track);
	memcpy(&a->data->steps.v[a->data->steps.n], f->steps.v, f->steps.n * sizeof(f->steps.v[0]));
	a->data->steps.n += f->steps.n;
	a->peers.v[peer[0]].opened++;
	a->peers.v[peer[1]].answered++;
	return 0;
}

int fosr_live_finish(struct fosr_assembler *a, __u32 i)
{
	struct fosr_live *f = &a->live.v[i];
	__u32 *place = fosr_vec_push(&a->unused);
	int ret = place ? 0 : -ENOMEM;

	if (place)
		*place = i;
	fosr_u64map_del(&a->by_key, f->key);
	unlink_live(a, i);
	a->alive--;
	if (a->taker.flow) {
		if (!ret)
			ret = a->taker.flow(a->taker.arg, f, &a->sums.v[i]);
		a->stats->flows_kept++;
	} else if (f->group && f->l4 == IPPROTO_TCP) {
		a->stats->flows_group++;
	} else if (!f->steps.n) {
		a->stats->flows_empty++;
	} else if (!ret) {
		ret = append_flow(a, f);
		a->stats->flows_kept += !ret;
	}
	a->live_steps -= f->steps.n;
	f->steps.n = 0;
	if (f->steps.cap > STEPS_KEPT)
		fosr_vec_free(&f->steps);
	return ret;
}

int fosr_live_expire(struct fosr_assembler *a, __u64 now)
{
	static const __u64 idle[2] = {FOSR_INGEST_IDLE_TCP_NS, FOSR_INGEST_IDLE_UDP_NS};
	int ret = 0;

	for (int l = 0; l < 2; l++)
		while (!ret && a->oldest[l] != FOSR_LIVE_NONE && now - a->live.v[a->oldest[l]].idle_since > idle[l]) {
			a->stats->flows_idle++;
			ret = fosr_live_finish(a, a->oldest[l]);
		}
	return ret;
}

static int evict_one(struct fosr_assembler *a)
{
	int l = a->oldest[0] == FOSR_LIVE_NONE;

	if (!l && a->oldest[1] != FOSR_LIVE_NONE)
		l = a->live.v[a->oldest[1]].idle_since < a->live.v[a->oldest[0]].idle_since;
	a->stats->flows_evicted++;
	return fosr_live_finish(a, a->oldest[l]);
}

static int take_place(struct fosr_assembler *a, __u32 *index)
{
	int ret;

	if (a->alive >= FOSR_INGEST_FLOWS) {
		ret = evict_one(a);
		if (ret)
			return ret;
	}
	if (a->unused.n) {
		*index = a->unused.v[--a->unused.n];
		return 0;
	}
	*index = (__u32)a->live.n;
	if (a->taker.flow && !fosr_vec_push(&a->sums))
		return -ENOMEM;
	return fosr_vec_push(&a->live) ? 0 : -ENOMEM;
}

int fosr_live_begin(
	struct fosr_assembler *a, const struct fosr_seen *s, __u64 key, __u64 now, __u64 own, __u64 ts, __u32 *index)
{
	/* A SYN-ACK comes from the responder. */
	int opener = (s->flags & (FOSR_TCP_SYN | FOSR_TCP_ACK | FOSR_TCP_RST)) == (FOSR_TCP_SYN | FOSR_TCP_ACK);
	int ret = take_place(a, index);
	struct fosr_live *f, old;

	if (ret || (ret = fosr_u64map_put(&a->by_key, key, *index)))
		return ret;
	f = &a->live.v[*index];
	old = *f;
	memset(f, 0, sizeof(*f));
	f->steps = old.steps;
	for (int d = 0; d < 2; d++) {
		f->addr[d] = s->addr[opener ^ d];
		f->port[d] = s->port[opener ^ d];
	}
	f->l4 = s->l4;
	f->group = s->group;
	f->key = key;
	f->start_ns = ts;
	f->idle_since = now;
	f->last_step = own;
	f->track.l4 = s->l4;
	if (a->taker.flow)
		a->sums.v[*index] = (struct fosr_sums){0};
	link_newest(a, *index);
	a->alive++;
	a->stats->flows++;
	return 0;
}

static __u8 role_of(const struct fosr_peer *p)
{
	if (!p->inside)
		return FOSR_ROLE_INTERNET;
	return p->opened >= p->answered ? FOSR_ROLE_USER : FOSR_ROLE_SERVER;
}

void fosr_live_settle_roles(struct fosr_assembler *a)
{
	for (size_t i = 0; i < a->ends.n; i++) {
		__u8 opener = role_of(&a->peers.v[a->ends.v[i].peer[0]]);
		__u8 responder = a->ends.v[i].group ? FOSR_ROLE_GROUP : role_of(&a->peers.v[a->ends.v[i].peer[1]]);

		a->data->flows.v[a->first_flow + i].roles = (__u8)(opener * FOSR_ROLES + responder);
	}
	a->first_flow = a->data->flows.n;
	a->ends.n = 0;
	a->peers.n = 0;
	fosr_u64map_free(&a->by_addr);
}

int fosr_live_finish_all(struct fosr_assembler *a)
{
	int ret = 0;

	for (int l = 0; l < 2; l++)
		while (!ret && a->oldest[l] != FOSR_LIVE_NONE)
			ret = fosr_live_finish(a, a->oldest[l]);
	return ret;
}

void fosr_live_touch(struct fosr_assembler *a, __u32 i, __u64 now)
{
	a->live.v[i].idle_since = now;
	unlink_live(a, i);
	link_newest(a, i);
}
