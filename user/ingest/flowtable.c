// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/flowtable.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "flow/community.h"
#include "sink/rows.h"

enum column {
	CAPTURE,
	START,
	END,
	PROTO,
	SRC,
	SRC_PORT,
	DST,
	DST_PORT,
	COMMUNITY_ID,
	SERVICE,
	END_STATE,
	PACKETS, /* this and what follows in pairs: forward, backward */
	PAYLOAD = PACKETS + 2,
	BYTES = PAYLOAD + 2,
	TTL = BYTES + 2,
	FLAGS = TTL + 2,
	RETRANSMITTED = FLAGS + 2,
	REORDERED = RETRANSMITTED + 2,
	ZERO_WINDOWS = REORDERED + 2,
	GAP_MIN = ZERO_WINDOWS + 2,
	GAP_MEAN,
	GAP_MAX,
	VLAN,
	COLUMNS,
};

static const struct fosr_column column[COLUMNS] = {
	[CAPTURE] = {"capture", true},
	[START] = {"start", true},
	[END] = {"end", true},
	[PROTO] = {"proto", true},
	[SRC] = {"src", true},
	[SRC_PORT] = {"src_port", false},
	[DST] = {"dst", true},
	[DST_PORT] = {"dst_port", false},
	[COMMUNITY_ID] = {"community_id", true},
	[SERVICE] = {"service", true},
	[END_STATE] = {"end_state", true},
	[PACKETS] = {"fwd_packets", false},
	[PACKETS + 1] = {"bwd_packets", false},
	[PAYLOAD] = {"fwd_payload", false},
	[PAYLOAD + 1] = {"bwd_payload", false},
	[BYTES] = {"fwd_bytes", false},
	[BYTES + 1] = {"bwd_bytes", false},
	[TTL] = {"fwd_ttl", false},
	[TTL + 1] = {"bwd_ttl", false},
	[FLAGS] = {"fwd_flags", true},
	[FLAGS + 1] = {"bwd_flags", true},
	[RETRANSMITTED] = {"fwd_retransmitted", false},
	[RETRANSMITTED + 1] = {"bwd_retransmitted", false},
	[REORDERED] = {"fwd_reordered", false},
	[REORDERED + 1] = {"bwd_reordered", false},
	[ZERO_WINDOWS] = {"fwd_zero_windows", false},
	[ZERO_WINDOWS + 1] = {"bwd_zero_windows", false},
	[GAP_MIN] = {"gap_min_ns", false},
	[GAP_MEAN] = {"gap_mean_ns", false},
	[GAP_MAX] = {"gap_max_ns", false},
	[VLAN] = {"vlan", true},
};

/* A row in the making; value[] points into text[], or to what lives longer. */
struct row {
	char text[COLUMNS][FOSR_TIME_TEXT];
	const char *value[COLUMNS];
};

_Static_assert(FOSR_TIME_TEXT >= INET6_ADDRSTRLEN && FOSR_TIME_TEXT >= FOSR_COMMUNITY_ID, "a cell holds any value");

struct table {
	const struct fosr_flowtable_opts *o;
	struct fosr_rows *rows;
	struct fosr_err *err;
	size_t file;
};

static void number(struct row *r, int c, __u64 n)
{
	snprintf(r->text[c], sizeof(r->text[c]), "%llu", n);
	r->value[c] = r->text[c];
}

static void pair(struct row *r, enum column c, const __u64 n[2])
{
	for (int d = 0; d < 2; d++)
		number(r, (int)c + d, n[d]);
}

static void ends(struct row *r, const struct fosr_live *f)
{
	struct fosr_flow flow = {.l4 = f->l4};

	for (int d = 0; d < 2; d++) {
		int addr = d ? DST : SRC;

		flow.end[d].addr = f->addr[d];
		flow.end[d].port = f->port[d];
		r->value[addr] = inet_ntop(f->addr[d].family == 6 ? AF_INET6 : AF_INET, f->addr[d].b, r->text[addr],
			sizeof(r->text[addr]));
		number(r, d ? DST_PORT : SRC_PORT, f->port[d]);
	}
	r->value[COMMUNITY_ID] = fosr_community_id(&flow, r->text[COMMUNITY_ID]);
}

/* In the order of their bits, the highest first. */
static void flags(struct row *r, enum column c, __u8 seen)
{
	static const char letter[] = "CEUAPRSF";
	char *p = r->text[c];

	r->value[c] = p;
	for (int i = 0; i < 8; i++)
		if (seen & 0x80 >> i)
			*p++ = letter[i];
	*p = 0;
}

static void tcp(struct row *r, const struct fosr_sums *s)
{
	for (int d = 0; d < 2; d++)
		flags(r, FLAGS + (enum column)d, s->flags[d]);
	pair(r, RETRANSMITTED, s->retransmitted);
	pair(r, REORDERED, s->reordered);
	pair(r, ZERO_WINDOWS, s->zero_windows);
}

static void gaps(struct row *r, const struct fosr_sums *s)
{
	__u64 n = s->packets[0] + s->packets[1] - 1;

	if (!n)
		return;
	number(r, GAP_MIN, s->gap_min);
	number(r, GAP_MEAN, s->gap_sum / n);
	number(r, GAP_MAX, s->gap_max);
}

static void vlan(struct row *r, const struct fosr_sums *s)
{
	if (s->vlans == 1)
		number(r, VLAN, s->vlan[0]);
	if (s->vlans < 2)
		return;
	snprintf(r->text[VLAN], sizeof(r->text[VLAN]), "%u.%u", s->vlan[0], s->vlan[1]);
	r->value[VLAN] = r->text[VLAN];
}

static int put_flow(void *arg, const struct fosr_live *f, const struct fosr_sums *s)
{
	const struct table *t = arg;
	struct row r;

	memset(r.value, 0, sizeof(r.value));
	r.value[CAPTURE] = t->o->captures[t->file];
	r.value[START] = fosr_time_format(r.text[START], f->start_ns);
	r.value[END] = fosr_time_format(r.text[END], s->end_ns);
	r.value[PROTO] = f->l4 == IPPROTO_TCP ? "tcp" : "udp";
	r.value[SERVICE] = fosr_service_by_port(f->l4, f->port[1]);
	r.value[END_STATE] = fosr_end_state_name[fosr_track_state(&f->track)];
	ends(&r, f);
	pair(&r, PACKETS, s->packets);
	pair(&r, PAYLOAD, s->payload);
	pair(&r, BYTES, s->frame);
	for (int d = 0; d < 2; d++)
		if (s->packets[d])
			number(&r, TTL + d, s->ttl[d]);
	if (f->l4 == IPPROTO_TCP)
		tcp(&r, s);
	gaps(&r, s);
	vlan(&r, s);
	return fosr_rows_put(t->rows, r.value, t->err);
}

static void progress(void *arg, __u64 done, __u64 total)
{
	const struct table *t = arg;

	if (t->o->progress)
		t->o->progress(t->o->arg, t->file, done, total);
}

static int read_captures(struct table *t, struct fosr_ingest_stats *stats)
{
	struct fosr_dataset data = {0};
	struct fosr_ingest in;
	int ret = 0;

	fosr_ingest_init(&in, &data);
	in.assembler.taker = (struct fosr_flow_taker){.flow = put_flow, .arg = t};
	in.progress = progress;
	in.progress_arg = t;
	for (t->file = 0; t->file < t->o->n && !ret; t->file++)
		ret = fosr_ingest_file(&in, t->o->captures[t->file], t->err);
	*stats = in.stats;
	fosr_ingest_free(&in);
	fosr_dataset_free(&data);
	return ret;
}

int fosr_flowtable(const struct fosr_flowtable_opts *o, struct fosr_ingest_stats *stats, struct fosr_err *err)
{
	struct table t = {.o = o, .err = err};
	int ret = fosr_rows_open(&t.rows, o->outfile, column, COLUMNS, o->log, err);

	if (ret)
		return ret;
	ret = read_captures(&t, stats);
	if (!ret)
		return fosr_rows_finish(t.rows, err);
	fosr_rows_abort(t.rows);
	return ret;
}
