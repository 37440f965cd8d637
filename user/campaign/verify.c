// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/verify.h"

#include <pcap/dlt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <fosr/tag.h>

#include "base/intr.h"
#include "campaign/expected.h"
#include "ingest/capture.h"

#define ICMP 1
#define STRIDE 1024

const char *const fosr_finding_name[FOSR_FINDINGS] = {
	[FOSR_MISSING] = "missing",
	[FOSR_ALTERED] = "altered",
	[FOSR_FORGED] = "forged",
	[FOSR_EXTRA] = "extra",
	[FOSR_REPEATED] = "repeated",
	[FOSR_ANSWERED] = "answered by a kernel",
};

struct verify {
	const struct fosr_campaign *c;
	const struct fosr_verify_opts *o;
	struct fosr_verify_result *result;
	struct fosr_expected plan;
	__s64 shift; /* wall clock of a planned packet less its campaign time */
	bool shift_known;
	__u64 before; /* bytes of the captures before this one */
};

static void finding(struct verify *v, enum fosr_finding kind, __u64 flow, __u32 step, const char *fmt, ...)
	FOSR_PRINTF(5, 6);

static void finding(struct verify *v, enum fosr_finding kind, __u64 flow, __u32 step, const char *fmt, ...)
{
	struct fosr_finding_note *n;
	va_list ap;

	if (v->result->count[kind]++ >= FOSR_NOTES_PER_KIND)
		return;
	n = fosr_vec_push(&v->result->notes);
	if (!n)
		return; /* the count stands; only the detail is lost */
	n->kind = kind;
	n->packet = kind == FOSR_MISSING ? 0 : v->result->packets;
	n->flow = flow;
	n->step = step;
	va_start(ap, fmt);
	vsnprintf(n->text, sizeof(n->text), fmt, ap);
	va_end(ap);
}

static void on_time(struct verify *v, const struct fosr_expected_packet *e, __u64 ts_ns)
{
	__s64 late;

	if (!v->shift_known) {
		v->shift = (__s64)(ts_ns - e->time_ns);
		v->shift_known = true;
	}
	late = (__s64)(ts_ns - e->time_ns) - v->shift;
	v->result->early += late < 0;
	fosr_histo_add(&v->result->lateness, late < 0 ? 0 : (__u64)late);
}

/* A planned packet is there, unaltered. */
static void found(struct verify *v, struct fosr_expected_packet *e, __u64 ts_ns)
{
	struct fosr_expected_flow *f = &v->plan.flows.v[e->flow];

	if (e->seen++) {
		finding(v, FOSR_REPEATED, f->id, e->step, "seen %u times", e->seen);
		return;
	}
	v->result->seen++;
	f->seen++;
	on_time(v, e, ts_ns);
}

/* Where two frames differ first, in words. */
static void altered(struct verify *v, __u64 flow, __u32 step, const __u8 *frame, __u32 len)
{
	__u8 want[FOSR_CRAFT_ETH + FOSR_MTU_MAX];
	__u32 want_len = fosr_expected_make(&v->plan, flow, step, want), i = 0;

	while (i < len && i < want_len && frame[i] == want[i])
		i++;
	if (i < len && i < want_len)
		finding(v, FOSR_ALTERED, flow, step, "untagged byte %u is 0x%02x, planned 0x%02x", i, frame[i],
			want[i]);
	else
		finding(v, FOSR_ALTERED, flow, step, "%u bytes untagged, planned %u", len, want_len);
}

static void tagged(struct verify *v, __u8 *frame, __u32 len, const struct fosr_pkt *pkt, __u64 ts_ns)
{
	struct fosr_expected_packet *e;
	struct fosr_tag tag;
	__u32 stripped;
	__u64 mac;

	v->result->any_tag = true;
	if (fosr_tag_decode(frame, frame + len, pkt, &tag, &mac)) {
		v->result->foreign++;
		return;
	}
	if (tag.campaign != v->c->id) {
		v->result->foreign++;
		v->result->foreign_id = tag.campaign;
		return;
	}
	if (mac != fosr_tag_mac(&tag, &v->c->secret, pkt)) {
		finding(v, FOSR_FORGED, tag.flow, tag.step,
			"the tag's mac does not fit its fields, addresses and protocol");
		return;
	}
	if (tag.flags & FOSR_TAG_F_CONTROL) {
		v->result->control++;
		return;
	}
	e = tag.flags ? NULL : fosr_expected_step(&v->plan, tag.flow, tag.step);
	if (!e) {
		finding(v, FOSR_EXTRA, tag.flow, tag.step, tag.flags ? "flags 0x%x" : "no such packet is planned",
			tag.flags);
		return;
	}
	stripped = fosr_tag_strip(frame, len, pkt);
	frame += len - stripped;
	if (fosr_expected_hash(&v->plan, frame, stripped) == e->hash)
		found(v, e, ts_ns);
	else
		altered(v, tag.flow, tag.step, frame, stripped);
}

/* An ICMP error carries the head of what it is about (RFC 792), which may still be tagged. */
static bool quotes_flow(const struct verify *v, const __u8 *frame, const __u8 *end, const struct fosr_pkt *pkt)
{
	struct fosr_pkt quoted;
	const __u8 *ports;

	if (pkt->l4_proto != ICMP || fosr_parse_ip(frame, end, pkt->l4_off + 8, &quoted) != FOSR_PARSE_OK ||
		quoted.ip_version != 4)
		return false;
	ports = fosr_at(frame, end, quoted.l4_off, 4);
	return ports &&
		fosr_expected_ends(
			&v->plan, quoted.src, fosr_get16(ports), quoted.dst, fosr_get16(ports + 2), quoted.l4_proto);
}

static bool of_flow(const struct verify *v, const __u8 *frame, const __u8 *end, const struct fosr_pkt *pkt)
{
	const __u8 *ports = fosr_at(frame, end, pkt->l4_off, 4);

	return ports && pkt->ip_version == 4 && !pkt->frag_off && (pkt->l4_proto == 6 || pkt->l4_proto == 17) &&
		fosr_expected_ends(
			&v->plan, pkt->src, fosr_get16(ports), pkt->dst, fosr_get16(ports + 2), pkt->l4_proto);
}

/* No tag. In a campaign without tags the bytes say whether it is planned. */
static void untagged(struct verify *v, __u8 *frame, __u32 len, const struct fosr_pkt *pkt, __u64 ts_ns)
{
	struct fosr_expected_packet *e = NULL;

	if (v->c->taint == FOSR_TAINT_EVIL_BIT && fosr_evil_get(frame, frame + len, pkt))
		fosr_evil_set(frame, frame + len, pkt, 0);
	if (v->c->taint != FOSR_TAINT_OPTION)
		e = fosr_expected_bytes(&v->plan, frame, len);
	if (e)
		found(v, e, ts_ns);
	else if (quotes_flow(v, frame, frame + len, pkt))
		finding(v, FOSR_ANSWERED, 0, 0, "an ICMP error about a planned flow");
	else if (of_flow(v, frame, frame + len, pkt))
		finding(v, FOSR_ANSWERED, 0, 0, "%s between the ends of a planned flow%s",
			pkt->l4_proto == 6 ? "TCP" : "UDP",
			v->c->taint == FOSR_TAINT_OPTION ? ", without a tag" : ", but not planned or altered");
	else
		v->result->other++;
}

static int packet(struct verify *v, const struct fosr_capture_pkt *p, struct fosr_err *err)
{
	__u8 frame[65536];
	struct fosr_pkt pkt;
	__u32 len = p->caplen;

	v->result->packets++;
	if (p->caplen < p->origlen)
		return fosr_err(err, -EINVAL,
			"packet %llu was captured with %u of its %u bytes: byte for byte can only be said of "
			"whole packets; capture again without a snapshot length (tcpdump -s 0)",
			v->result->packets, p->caplen, p->origlen);
	if (len > sizeof(frame)) {
		v->result->other++;
		return 0;
	}
	memcpy(frame, p->data, len);
	if (fosr_parse_eth(frame, frame + len, &pkt) != FOSR_PARSE_OK) {
		v->result->other++;
		return 0;
	}
	/* What stands behind the IP packet is the padding of a short Ethernet frame. */
	len = pkt.l3_end < len ? pkt.l3_end : len;
	if (pkt.tag_off)
		tagged(v, frame, len, &pkt, p->ts_ns);
	else
		untagged(v, frame, len, &pkt, p->ts_ns);
	return 0;
}

static int capture(struct verify *v, const char *path, struct fosr_err *err)
{
	struct fosr_capture_pkt p;
	struct fosr_capture *c;
	__u64 done, total = 0;
	int ret = fosr_capture_open(&c, path, err);

	if (ret)
		return ret;
	if (fosr_capture_link(c) != DLT_EN10MB)
		ret = fosr_err(err, -EINVAL,
			"%s: not an Ethernet capture; verify compares whole frames: capture on an Ethernet "
			"interface (not on \"any\")",
			path);
	for (__u64 n = 0; !ret && (ret = fosr_capture_next(c, &p, err)) > 0; n++) {
		ret = packet(v, &p, err);
		if (ret)
			fosr_err_prefix(err, "%s", path);
		if (!ret && n % STRIDE == 0) {
			fosr_capture_progress(c, &done, &total);
			if (v->o->progress)
				v->o->progress(v->o->arg, v->before + done, v->before + total);
			if (fosr_interrupted())
				ret = fosr_err(err, -EINTR, "interrupted");
		}
	}
	fosr_capture_progress(c, &done, &total);
	v->before += done;
	fosr_capture_close(c);
	return ret;
}

static void count_missing(struct verify *v)
{
	for (size_t i = 0; i < v->plan.packets.n; i++) {
		const struct fosr_expected_packet *e = &v->plan.packets.v[i];

		if (!e->seen)
			finding(v, FOSR_MISSING, v->plan.flows.v[e->flow].id, e->step,
				"planned %llu.%09llu s into the campaign",
				(e->time_ns - v->c->start_ns) / FOSR_NS_PER_S,
				(e->time_ns - v->c->start_ns) % FOSR_NS_PER_S);
	}
	for (size_t i = 0; i < v->plan.flows.n; i++)
		v->result->flows_whole += v->plan.flows.v[i].seen == v->plan.flows.v[i].steps;
}

int fosr_verify(const struct fosr_campaign *c, const struct fosr_verify_opts *o, struct fosr_verify_result *result,
	struct fosr_err *err)
{
	struct verify v = {.c = c, .o = o, .result = result};
	int ret;

	*result = (struct fosr_verify_result){0};
	if (o->start_ns) {
		v.shift = (__s64)(o->start_ns - c->start_ns);
		v.shift_known = true;
	}
	ret = fosr_expected_open(&v.plan, c, err);
	if (ret)
		return ret;
	result->planned = v.plan.packets.n;
	result->flows = v.plan.flows.n;
	for (size_t i = 0; i < o->n && !ret; i++)
		ret = capture(&v, o->captures[i], err);
	if (!ret)
		count_missing(&v);
	else
		fosr_verify_release(result);
	fosr_expected_free(&v.plan);
	return ret;
}

void fosr_verify_release(struct fosr_verify_result *result)
{
	fosr_vec_free(&result->notes);
}

bool fosr_verify_holds(const struct fosr_verify_result *result)
{
	__u64 faults = 0;

	for (int i = 0; i < FOSR_FINDINGS; i++)
		faults += result->count[i];
	return !faults && result->seen == result->planned;
}
