// SPDX-License-Identifier: GPL-3.0-or-later
/* What is said to other injectors, and what is made of what they say. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fosr/tag.h>

#include "base/time.h"
#include "play/control.h"
#include "play/inject_priv.h"

#define LEAD_NS 100000000ULL /* between "now" and the first packet: time to get everything ready */
#define TOGETHER_NS 300000000ULL /* the same where others have to be told */
#define HELLO_NS 100000000ULL /* between two hellos to an injector */
#define SEARCH_NS 100000000ULL /* between two hellos to an address that nobody is known to play, at first */
#define SEARCH_LATER_NS FOSR_NS_PER_S
#define SEARCH_EARLY_NS (3 * FOSR_NS_PER_S) /* how long that is */
#define HELLO_BUDGET 64 /* of one look */
#define STEP_NS 10000000ULL /* between two looks while there is nothing to play */
#define MEET_NS (2 * FOSR_NS_PER_S) /* who starts late waits so long to hear from the others */
#define LAST_WORDS 3
#define NOTICE_NS (5 * FOSR_NS_PER_S) /* between two lines that say who is waited for */
#define ASTRAY_NS 10000000ULL /* starts further apart than this are worth a warning */

static bool is_self(void *arg, __u32 addr)
{
	const struct inject *in = arg;

	return fosr_u64map_get(&in->local.by_addr, addr);
}

static int note_self(struct inject *in)
{
	for (size_t h = 0; h < in->c->network->hosts.n; h++)
		for (size_t i = 0; i < in->c->network->hosts.v[h].ifaces.n; i++) {
			const struct fosr_iface *iface = &in->c->network->hosts.v[h].ifaces.v[i];
			__u32 addr = fosr_get32(iface->addr.b);
			const __u32 *dev = fosr_u64map_get(&in->local.by_addr, addr);
			struct fosr_self *s;

			if (!dev || iface->addr.family != 4)
				continue;
			s = fosr_vec_push(&in->self);
			if (!s)
				return -ENOMEM;
			*s = (struct fosr_self){addr, *dev};
		}
	return 0;
}

int fosr_dialogue_open(struct inject *in, struct fosr_err *err)
{
	int ret = note_self(in);

	if (!ret)
		ret = fosr_peers_open(&in->peers, in->c->network, is_self, in);
	return ret ? fosr_err(err, ret, "cannot prepare to talk to other injectors: %s", strerror(-ret)) : 0;
}

static const char *addr_text(__u32 addr, char text[INET_ADDRSTRLEN])
{
	struct in_addr a = {htonl(addr)};

	return inet_ntop(AF_INET, &a, text, INET_ADDRSTRLEN);
}

/* Where a message goes. */
struct route {
	size_t dev;
	__u32 self;
	const struct fosr_remote *to;
};

static int say(struct inject *in, const struct route *r, const struct fosr_common *key, const struct fosr_message *m,
	struct fosr_err *err)
{
	struct fosr_control_ends ends = {.src = r->self, .dst = r->to->addr, .nonce = in->peers.nonce};
	__u8 *frame = fosr_inject_lend(in, r->dev, err);
	struct fosr_message_ends from;
	__u32 len;

	if (!frame)
		return err->code;
	ends.number = ++in->number;
	from = (struct fosr_message_ends){ends.nonce, ends.number, ends.src, ends.dst};
	memcpy(ends.src_mac, in->local.dev[r->dev].mac, sizeof(ends.src_mac));
	memcpy(ends.dst_mac, r->to->mac, sizeof(ends.dst_mac));
	len = fosr_message_encode(m, &from, &key->secret, frame + FOSR_CONTROL_HEAD);
	frame = fosr_control_frame(key, &ends, frame, len, &len);
	in->engine.ops->send(&in->engine, r->dev, frame, len, 0);
	in->control++;
	return 0;
}

/* told: of our addresses, before; those that follow are told now. */
static int say_hello(
	struct inject *in, const struct route *r, const struct fosr_peer *p, __u32 *told, struct fosr_err *err)
{
	struct fosr_message m = {.kind = FOSR_MESSAGE_HELLO};
	struct fosr_hello *h = &m.hello;

	fosr_peers_about(p, &m);
	h->sent_ns = fosr_now_mono() + in->wall;
	h->start_ns = in->start_wall;
	h->clear_ns = fosr_exchange_clear_to(&in->exchange);
	h->speed_q16 = in->o->speed_q16;
	h->state = in->state;
	while (h->hosts < in->self.n && h->hosts < FOSR_MESSAGE_HOSTS)
		h->host[h->hosts++] = in->self.v[(*told)++ % in->self.n].addr;
	return say(in, r, &in->key, &m, err);
}

static int announce(struct inject *in, const struct route *r, struct fosr_err *err)
{
	struct fosr_message m = {.kind = FOSR_MESSAGE_ANNOUNCE};

	memcpy(m.digest, in->c->digest, sizeof(m.digest));
	return say(in, r, &in->common, &m, err);
}

/* To an address that nobody is known to play: by every interface. */
static int search_for(struct inject *in, const struct fosr_remote *to, struct fosr_err *err)
{
	int ret = 0;

	for (size_t d = 0; d < in->local.devs && !ret; d++) {
		struct route r = {.dev = d, .to = to};
		size_t s = 0;

		while (s < in->self.n && in->self.v[s].dev != d)
			s++;
		if (s == in->self.n)
			continue;
		r.self = in->self.v[s].addr;
		ret = announce(in, &r, err);
		if (!ret)
			ret = say_hello(in, &r, NULL, &in->told, err);
	}
	return ret;
}

static int search(struct inject *in, __u64 now, struct fosr_err *err)
{
	__u64 pause = now < in->looked_from + SEARCH_EARLY_NS ? SEARCH_NS : SEARCH_LATER_NS;
	int ret = 0, budget = HELLO_BUDGET;

	for (size_t i = 0; i < in->peers.remote.n && !ret && budget; i++) {
		struct fosr_remote *r = &in->peers.remote.v[i];

		if (r->peer != FOSR_PEERS_NONE || now < r->hello_ns)
			continue;
		r->hello_ns = now + pause;
		ret = search_for(in, r, err);
		budget--;
	}
	return ret;
}

static int greet(struct inject *in, struct fosr_peer *p, __u64 now, struct fosr_err *err)
{
	const struct route r = {.dev = p->dev, .self = p->self, .to = &in->peers.remote.v[p->remote]};

	p->hello_ns = now + HELLO_NS;
	if (p->sure && now - p->heard_ns > FOSR_PEER_SILENT_NS)
		p->hello_ns = now + SEARCH_LATER_NS;
	else if (p->told + FOSR_MESSAGE_HOSTS < in->self.n)
		p->hello_ns = now + STEP_NS;
	return say_hello(in, &r, p, &p->told, err);
}

static int by_route(const void *a, const void *b)
{
	const struct fosr_wanted *x = a, *y = b;

	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return x->self == y->self ? 0 : x->self < y->self ? -1 : 1;
}

/* Questions, as many in a message as there are for one address. */
static int ask(struct inject *in, struct fosr_err *err)
{
	struct fosr_wanted *w = in->recover.wanted.v;
	size_t n = in->recover.wanted.n;
	int ret = 0;

	if (!n)
		return 0;
	qsort(w, n, sizeof(*w), by_route);
	for (size_t i = 0; i < n && !ret;) {
		const struct route r = {
			.dev = w[i].dev, .self = w[i].self, .to = fosr_peers_remote(&in->peers, w[i].to)};
		const struct fosr_peer *p = fosr_peers_of(&in->peers, w[i].to);
		struct fosr_message m = {.kind = FOSR_MESSAGE_ASK, .to = p->nonce};
		size_t first = i;

		while (i < n && m.asks < FOSR_MESSAGE_ASKS && !by_route(&w[first], &w[i]))
			m.ask[m.asks++] = w[i++].ask;
		ret = say(in, &r, &in->key, &m, err);
	}
	in->recover.wanted.n = 0;
	return ret;
}

int fosr_dialogue_tend(struct inject *in, __u64 now, struct fosr_err *err)
{
	int ret = search(in, now, err);

	for (size_t i = 0; i < in->peers.peer.n && !ret; i++) {
		struct fosr_peer *p = &in->peers.peer.v[i];

		if (!p->gone && now >= p->hello_ns)
			ret = greet(in, p, now, err);
	}
	return ret ? ret : ask(in, err);
}

static void warn_astray(struct inject *in, const struct fosr_peer *p)
{
	__s64 later = (__s64)(p->start_ns - (__u64)p->offset_ns - in->start_wall);
	char addr[INET_ADDRSTRLEN], by[FOSR_TIME_TEXT];

	if (p->start_ns && in->start_wall && (__u64)llabs(later) > ASTRAY_NS)
		fosr_log_warn(in->o->log,
			"the injector at %s plays the campaign %s %s than this one: give all of them the same --start, and "
			"set their clocks (chrony)",
			addr_text(in->peers.remote.v[p->remote].addr, addr),
			fosr_duration_format(by, (__u64)llabs(later) / 1000000 * 1000000),
			later > 0 ? "later" : "earlier");
}

static int heard_hello(struct inject *in, const struct fosr_message *m, const struct fosr_message_ends *ends,
	size_t dev, const struct fosr_xsk_frame *f)
{
	__u64 stamp = fosr_rx_stamp(f), now = fosr_now_mono();
	const struct fosr_peers_heard heard = {.ends = ends,
		.dev = (__u32)dev,
		.now_ns = now,
		.wall_ns = (stamp ? stamp : now) + in->wall,
		.clear_ns = fosr_exchange_clear_to(&in->exchange)};
	struct fosr_peer *p, *was = fosr_peers_of(&in->peers, ends->src);
	int ret = fosr_peers_hello(&in->peers, m, &heard, &p);

	if (ret || !p)
		return ret;
	/* It does not know us, or we have just learned that it does. */
	if (!m->to || p != was)
		p->hello_ns = 0;
	if (p->sure && p != was)
		warn_astray(in, p);
	return 0;
}

static void heard_announcement(struct inject *in, const struct fosr_message *m, __u32 src)
{
	struct fosr_remote *r = fosr_peers_remote(&in->peers, src);
	char addr[INET_ADDRSTRLEN];

	if (!r || r->other || !memcmp(m->digest, in->c->digest, sizeof(m->digest)))
		return;
	r->other = true;
	memcpy(r->digest, m->digest, sizeof(r->digest));
	fosr_log_warn(in->o->log,
		"the injector at %s plays another campaign (%02x%02x%02x%02x..., this is %02x%02x%02x%02x...): it is shut out; "
		"give both the same campaign options",
		addr_text(src, addr), m->digest[0], m->digest[1], m->digest[2], m->digest[3], in->c->digest[0],
		in->c->digest[1], in->c->digest[2], in->c->digest[3]);
}

static int heard_ask(struct inject *in, const struct fosr_message *m, const struct fosr_message_ends *ends)
{
	struct fosr_peer *p = fosr_peers_of(&in->peers, ends->src);
	int ret = 0;

	if (!p || p->nonce != ends->nonce || m->to != in->peers.nonce || !fosr_peers_newer(p, ends->number))
		return 0;
	for (__u16 i = 0; i < m->asks && !ret; i++)
		ret = fosr_recover_asked(in, &m->ask[i]);
	return ret;
}

int fosr_dialogue_arrived(struct inject *in, size_t dev, const struct fosr_tag *tag, const struct fosr_pkt *pkt,
	const struct fosr_xsk_frame *f)
{
	const struct fosr_message_ends ends = {tag->flow, tag->step, fosr_get32(pkt->src), fosr_get32(pkt->dst)};
	bool ours = tag->campaign == in->key.id;
	struct fosr_message m;

	if (pkt->ip_version != 4 || pkt->l4_proto != FOSR_CONTROL_PROTO || pkt->l3_end < pkt->l4_off ||
		pkt->l3_end > f->len || !is_self(in, ends.dst) || (!ours && tag->campaign != in->common.id) ||
		fosr_message_decode(&m, &ends, ours ? &in->key.secret : &in->common.secret, f->data + pkt->l4_off,
			pkt->l3_end - pkt->l4_off))
		return 0;
	if (ours && m.kind == FOSR_MESSAGE_HELLO)
		return heard_hello(in, &m, &ends, dev, f);
	if (ours && m.kind == FOSR_MESSAGE_ASK)
		return heard_ask(in, &m, &ends);
	if (!ours && m.kind == FOSR_MESSAGE_ANNOUNCE)
		heard_announcement(in, &m, ends.src);
	return 0;
}

/* Once all are ready, one of them says when. */
static void agree_on_start(struct inject *in)
{
	__u32 addr;

	if (fosr_peers_start(&in->peers, &in->start_wall) && !fosr_peers_absent(&in->peers, &addr))
		in->start_wall = fosr_now_mono() + in->wall + TOGETHER_NS;
}

static void say_who_is_missing(struct inject *in, __u64 now, __u64 *said)
{
	char text[INET_ADDRSTRLEN];
	__u32 addr;
	size_t n = fosr_peers_absent(&in->peers, &addr);

	if (!n || now - *said < NOTICE_NS)
		return;
	*said = now;
	fosr_log_warn(in->o->log,
		"waiting for the injectors of %zu address%s, the first is %s: run the same command there, or leave the host "
		"out of the network file",
		n, n == 1 ? "" : "es", addr_text(addr, text));
}

static int wait_for_all(struct inject *in, struct fosr_err *err)
{
	__u64 said = fosr_now_mono();
	int ret = 0;

	while (!ret && !in->start_wall) {
		ret = fosr_inject_wait(in, fosr_now_mono() + STEP_NS, err);
		if (!ret)
			agree_on_start(in);
		say_who_is_missing(in, fosr_now_mono(), &said);
	}
	return ret;
}

/* The campaign has begun elsewhere: what was played, maybe by a predecessor of this process, the others know. */
static int join_late(struct inject *in, struct fosr_err *err)
{
	__u64 deadline = fosr_now_mono() + MEET_NS, now, speed = in->o->speed_q16;
	__u32 addr;
	int ret = 0;

	while (!ret && fosr_peers_absent(&in->peers, &addr) && fosr_now_mono() < deadline)
		ret = fosr_inject_wait(in, fosr_now_mono() + STEP_NS, err);
	now = fosr_now_mono() - in->anchor;
	if (speed && speed != FOSR_ENGINE_MAX)
		now = (__u64)((unsigned __int128)now * speed >> 16);
	in->recover.since_ns = in->recover.copies_to_ns = in->c->start_ns + now;
	return ret;
}

int fosr_dialogue_begin(struct inject *in, struct fosr_err *err)
{
	__u64 now = fosr_now_mono();
	int ret = 0;

	in->looked_from = now;
	in->start_wall = in->o->start_ns;
	if (!in->start_wall && !in->o->when_ready)
		in->start_wall = now + LEAD_NS + in->wall;
	in->anchor = in->start_wall ? in->start_wall - in->wall : 0;
	if (!in->recover.on)
		return 0;
	if (!in->start_wall)
		ret = wait_for_all(in, err);
	in->anchor = in->start_wall - in->wall;
	if (!ret && in->anchor < now && in->o->speed_q16 != FOSR_ENGINE_MAX)
		ret = join_late(in, err);
	in->state = FOSR_INJECTOR_PLAYING;
	return ret;
}

static bool is_silent(const struct fosr_peer *p, __u64 now)
{
	return now - p->heard_ns > FOSR_PEER_SILENT_NS;
}

bool fosr_dialogue_over(const struct inject *in, __u64 now)
{
	for (size_t i = 0; i < in->peers.peer.n; i++) {
		const struct fosr_peer *p = &in->peers.peer.v[i];

		if (p->sure && !p->gone && p->state != FOSR_INJECTOR_FINISHED && !is_silent(p, now))
			return false;
	}
	return true;
}

int fosr_dialogue_end(struct inject *in, struct fosr_err *err)
{
	int ret = 0;

	for (int n = 0; n < LAST_WORDS && !ret; n++) {
		for (size_t i = 0; i < in->peers.peer.n && !ret; i++)
			if (in->peers.peer.v[i].sure && !in->peers.peer.v[i].gone)
				ret = greet(in, &in->peers.peer.v[i], fosr_now_mono(), err);
		if (!ret)
			ret = fosr_inject_wait(in, fosr_now_mono() + STEP_NS / 10, err);
	}
	return ret;
}

void fosr_dialogue_report(struct inject *in)
{
	__u64 now = fosr_now_mono();

	for (size_t i = 0; i < in->peers.peer.n; i++) {
		const struct fosr_peer *p = &in->peers.peer.v[i];
		struct fosr_met *m = p->sure && !p->gone ? fosr_vec_push(&in->result->met) : NULL;

		if (m)
			*m = (struct fosr_met){.addr = in->peers.remote.v[p->remote].addr,
				.delay_ns = p->delay_ns,
				.offset_ns = p->offset_ns,
				.silent = p->state != FOSR_INJECTOR_FINISHED && is_silent(p, now)};
	}
	for (size_t i = 0; i < in->peers.remote.n; i++) {
		const struct fosr_remote *r = &in->peers.remote.v[i];
		struct fosr_met *m = r->other ? fosr_vec_push(&in->result->met) : NULL;

		if (!m)
			continue;
		*m = (struct fosr_met){.addr = r->addr, .delay_ns = UINT64_MAX, .other = true};
		memcpy(m->digest, r->digest, sizeof(m->digest));
	}
}
