// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fosr/tag.h>

#include "base/intr.h"
#include "campaign/verify_priv.h"

#define ICMP 1
#define ICMP6 58
#define STRIDE 1024

const char *const fosr_finding_name[FOSR_FINDINGS] = {
	[FOSR_MISSING] = "missing",
	[FOSR_ALTERED] = "altered",
	[FOSR_FORGED] = "forged",
	[FOSR_EXTRA] = "extra",
	[FOSR_REPEATED] = "repeated",
	[FOSR_ANSWERED] = "answered by a kernel",
	[FOSR_TOO_LATE] = "too late",
	[FOSR_REORDERED] = "reordered",
	[FOSR_LATE] = "late",
};

bool fosr_verify_is_fault(const struct fosr_verify_opts *o, enum fosr_finding kind)
{
	return kind == FOSR_REORDERED ? o->in_order : kind == FOSR_LATE ? o->max_late_ns != 0 : true;
}

bool fosr_verify_noted(const struct fosr_verify *v, enum fosr_finding kind)
{
	return v->result->count[kind] < FOSR_NOTES_PER_KIND && fosr_verify_is_fault(v->o, kind);
}

void fosr_verify_find(struct fosr_verify *v, enum fosr_finding kind, __u64 flow, __u32 step, const char *fmt, ...)
{
	bool noted = fosr_verify_noted(v, kind);
	struct fosr_finding_note *n;
	va_list ap;

	v->result->count[kind]++;
	if (v->now.point != FOSR_NO_POINT)
		v->result->points.v[v->now.point].count[kind]++;
	n = noted ? fosr_vec_push(&v->result->notes) : NULL;
	if (!n)
		return; /* the count stands; only the detail is lost */
	*n = (struct fosr_finding_note){.kind = kind,
		.point = v->now.point,
		.source = v->now.source,
		.packet = v->now.number,
		.flow = flow,
		.step = step};
	va_start(ap, fmt);
	vsnprintf(n->text, sizeof(n->text), fmt, ap);
	va_end(ap);
}

/* Where two frames differ first, in words; made again only if somebody will read it. */
static int altered(
	struct fosr_verify *v, const struct fosr_expected_packet *e, const __u8 *frame, __u32 len, struct fosr_err *err)
{
	struct fosr_expected_flow *f = &v->plan.flows.v[e->flow];
	__u8 want[FOSR_CRAFT_FRAME_MAX];
	__u32 want_len = 0, i = 0;

	f->sums.altered++;
	if (fosr_verify_noted(v, FOSR_ALTERED))
		want_len = fosr_expected_make(&v->plan, e, want);
	while (i < len && i < want_len && frame[i] == want[i])
		i++;
	if (i < len && i < want_len)
		fosr_verify_find(v, FOSR_ALTERED, f->id, e->step, "untagged byte %u is 0x%02x, planned 0x%02x", i,
			frame[i], want[i]);
	else
		fosr_verify_find(v, FOSR_ALTERED, f->id, e->step, "%u bytes untagged, planned %u", len, want_len);
	return fosr_seen_part(v, e->flow, e->step, err);
}

/* A good tag of this campaign. */
static int tagged_ours(struct fosr_verify *v, __u8 *frame, __u32 len, const struct fosr_pkt *pkt,
	const struct fosr_tag *tag, struct fosr_err *err)
{
	enum fosr_expected_fate fate;
	struct fosr_expected_packet *e;
	__u32 stripped;
	int ret;

	if (tag->flags & ~FOSR_TAG_F_RETRANS) {
		fosr_verify_find(v, FOSR_EXTRA, tag->flow, tag->step, "flags 0x%x", tag->flags);
		return 0;
	}
	ret = fosr_expected_step(&v->plan, tag->flow, tag->step, &e, &fate, err);
	if (ret)
		return ret;
	if (fate == FOSR_EXPECTED_SETTLED)
		fosr_verify_find(v, FOSR_TOO_LATE, tag->flow, tag->step,
			"it comes behind so much of the plan that its step was settled");
	if (fate == FOSR_EXPECTED_NOT)
		fosr_verify_find(v, FOSR_EXTRA, tag->flow, tag->step, "no such packet is planned");
	if (fate != FOSR_EXPECTED_HELD)
		return 0;
	stripped = fosr_tag_strip(frame, len, pkt);
	frame += len - stripped;
	ret = fosr_expected_hash(&v->plan, frame, stripped) == e->hash ? fosr_seen_found(v, e, tag->flags, err)
								       : altered(v, e, frame, stripped, err);
	return ret ? ret : fosr_expected_around(&v->plan, e, err);
}

static int tagged(struct fosr_verify *v, __u8 *frame, __u32 len, const struct fosr_pkt *pkt, struct fosr_err *err)
{
	struct fosr_tag tag;
	__u64 mac;

	v->result->any_tag = true;
	if (fosr_tag_decode(frame, frame + len, pkt, &tag, &mac)) {
		v->result->foreign++;
	} else if (tag.campaign == v->c->control.id && tag.flags & FOSR_TAG_F_CONTROL && !tag.key_id &&
		mac == fosr_tag_mac(&tag, &v->c->control.secret, pkt)) {
		v->result->control++;
	} else if (tag.campaign != v->c->id) {
		v->result->foreign++;
		v->result->foreign_id = tag.campaign;
	} else if (mac != fosr_tag_mac(&tag, fosr_campaign_key(v->c, tag.key_id), pkt)) {
		fosr_verify_find(v, FOSR_FORGED, tag.flow, tag.step,
			"the tag's mac does not fit its fields, addresses and protocol");
	} else if (tag.flags & FOSR_TAG_F_CONTROL) {
		v->result->control++;
	} else {
		return tagged_ours(v, frame, len, pkt, &tag, err);
	}
	return 0;
}

/* An ICMP error carries the head of what it is about (RFC 792, RFC 4443), which may still be tagged. */
static enum fosr_expected_ends quotes_flow(
	const struct fosr_verify *v, const __u8 *frame, const __u8 *end, const struct fosr_pkt *pkt)
{
	struct fosr_pkt quoted;
	const __u8 *ports;

	if (pkt->l4_proto != (pkt->ip_version == 6 ? ICMP6 : ICMP) ||
		fosr_parse_ip(frame, end, pkt->l4_off + 8, &quoted) != FOSR_PARSE_OK)
		return FOSR_ENDS_NONE;
	ports = fosr_at(frame, end, quoted.l4_off, 4);
	if (!ports)
		return FOSR_ENDS_NONE;
	return fosr_expected_ends(
		&v->plan, quoted.src, fosr_get16(ports), quoted.dst, fosr_get16(ports + 2), quoted.l4_proto);
}

static enum fosr_expected_ends of_flow(
	const struct fosr_verify *v, const __u8 *frame, const __u8 *end, const struct fosr_pkt *pkt)
{
	const __u8 *ports = fosr_at(frame, end, pkt->l4_off, 4);

	if (!ports || pkt->frag_off || (pkt->l4_proto != 6 && pkt->l4_proto != 17))
		return FOSR_ENDS_NONE;
	return fosr_expected_ends(
		&v->plan, pkt->src, fosr_get16(ports), pkt->dst, fosr_get16(ports + 2), pkt->l4_proto);
}

/* No tag, and not planned. */
static void not_planned(struct fosr_verify *v, const __u8 *frame, __u32 len, const struct fosr_pkt *pkt)
{
	enum fosr_expected_ends ends = of_flow(v, frame, frame + len, pkt);
	bool option = v->c->taint == FOSR_TAINT_OPTION;
	const char *proto = pkt->l4_proto == 6 ? "TCP" : "UDP";

	if (quotes_flow(v, frame, frame + len, pkt) != FOSR_ENDS_NONE)
		fosr_verify_find(v, FOSR_ANSWERED, 0, 0, "an ICMP error about a planned flow");
	else if (ends == FOSR_ENDS_SETTLED && !option)
		fosr_verify_find(
			v, FOSR_TOO_LATE, 0, 0, "%s between the ends of a flow that was settled before", proto);
	else if (ends != FOSR_ENDS_NONE)
		fosr_verify_find(v, FOSR_ANSWERED, 0, 0, "%s between the ends of a planned flow%s", proto,
			option ? ", without a tag" : ", but not planned or altered");
	else
		v->result->other++;
}

/* In a campaign without tags the bytes say which packet it is; its time, how far the plan is to be read for them. */
static int untagged(struct fosr_verify *v, __u8 *frame, __u32 len, const struct fosr_pkt *pkt, struct fosr_err *err)
{
	const struct fosr_expected_packet *e = NULL;
	bool by_bytes = v->c->taint != FOSR_TAINT_OPTION;
	__u64 time_ns;
	int ret = 0;

	if (v->c->taint == FOSR_TAINT_EVIL_BIT && fosr_evil_get(frame, frame + len, pkt))
		fosr_evil_set(frame, frame + len, pkt, 0);
	if (by_bytes)
		e = fosr_expected_bytes(&v->plan, frame, len);
	if (by_bytes && !e && fosr_seen_when(v, &time_ns)) {
		ret = fosr_expected_until(&v->plan, time_ns, err);
		e = fosr_expected_bytes(&v->plan, frame, len);
	}
	if (!e && !ret)
		not_planned(v, frame, len, pkt);
	if (!e || ret)
		return ret;
	e = fosr_seen_which(v, e);
	ret = fosr_seen_found(v, e, 0, err);
	return ret ? ret : fosr_expected_around(&v->plan, e, err);
}

static int packet(struct fosr_verify *v, struct fosr_err *err)
{
	const struct fosr_capture_pkt *p = v->now.pkt;
	__u8 frame[65536];
	struct fosr_pkt pkt;
	__u32 len = p->caplen;

	v->result->packets++;
	v->result->points.v[v->now.point].captured++;
	if (p->caplen < p->origlen)
		return fosr_err(err, -EINVAL,
			"%s: packet %llu was captured with %u of its %u bytes: byte for byte can only be said of "
			"whole packets; capture again without a snapshot length (tcpdump -s 0)",
			v->o->captures[v->now.source], v->now.number, p->caplen, p->origlen);
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
	return pkt.tag_off ? tagged(v, frame, len, &pkt, err) : untagged(v, frame, len, &pkt, err);
}

static int read_all(struct fosr_verify *v, struct fosr_err *err)
{
	__u64 done, total;
	int ret;

	while ((ret = fosr_vantage_next(&v->vantage, &v->now, err)) > 0) {
		ret = fosr_seen_points(v, err);
		if (!ret)
			ret = packet(v, err);
		if (ret)
			return ret;
		if (v->result->packets % STRIDE != 1)
			continue;
		if (fosr_interrupted())
			return fosr_err(err, -EINTR, "interrupted");
		fosr_vantage_progress(&v->vantage, &done, &total);
		if (v->o->progress)
			v->o->progress(v->o->arg, done, total);
	}
	return ret;
}

static int open_all(struct fosr_verify *v, struct fosr_err *err)
{
	const struct fosr_expected_ops ops = {.packet = fosr_seen_settle, .flow = fosr_seen_flow, .arg = v};
	__u32 asked = v->o->window ? v->o->window : FOSR_VERIFY_WINDOW;
	__u32 window = (__u32)fosr_max_u64(asked, FOSR_VERIFY_WINDOW_MIN);
	int ret = fosr_vantage_open(&v->vantage, v->o->captures, v->o->n, v->o->join, err);

	if (!ret && v->o->flows)
		ret = fosr_verify_flows_open(&v->flows, v->o->flows, v->o->log, err);
	if (!ret)
		ret = fosr_expected_open(&v->plan, v->c, window, &ops, err);
	return ret ? ret : fosr_seen_points(v, err);
}

static int finish(struct fosr_verify *v, struct fosr_err *err)
{
	int ret = fosr_expected_end(&v->plan, err);

	v->result->flows = v->plan.flows_planned;
	for (size_t i = 0; i < v->result->points.n; i++)
		memcpy(v->result->points.v[i].name, v->vantage.points.v[i].name, FOSR_POINT_NAME);
	if (!ret) {
		ret = fosr_verify_flows_finish(v->flows, err);
		v->flows = NULL;
	}
	return ret;
}

int fosr_verify(const struct fosr_campaign *c, const struct fosr_verify_opts *o, struct fosr_verify_result *result,
	struct fosr_err *err)
{
	struct fosr_verify *v = calloc(1, sizeof(*v));
	int ret;

	*result = (struct fosr_verify_result){0};
	if (!v)
		return fosr_err(err, -ENOMEM, "out of memory");
	v->c = c;
	v->o = o;
	v->result = result;
	v->anchor = o->start_ns;
	v->anchored = o->start_ns != 0;
	ret = open_all(v, err);
	if (!ret)
		ret = read_all(v, err);
	if (!ret)
		ret = finish(v, err);
	if (ret)
		fosr_verify_release(result);
	fosr_verify_flows_abort(v->flows);
	fosr_seen_free(v);
	fosr_expected_free(&v->plan);
	fosr_vantage_close(&v->vantage);
	free(v);
	return ret;
}

void fosr_verify_release(struct fosr_verify_result *result)
{
	fosr_vec_free(&result->points);
	fosr_vec_free(&result->delays);
	fosr_vec_free(&result->notes);
}

bool fosr_verify_holds(const struct fosr_verify_opts *o, const struct fosr_verify_result *result)
{
	__u64 faults = 0;

	for (int i = 0; i < FOSR_FINDINGS; i++)
		faults += fosr_verify_is_fault(o, i) ? result->count[i] : 0;
	return !faults && result->seen == result->planned;
}
