// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/ingest.h"

#include <string.h>

#include "base/intr.h"
#include "ingest/dissect.h"

#define PROGRESS_EVERY 4096 /* packets */

void fosr_ingest_init(struct fosr_ingest *in, struct fosr_dataset *data)
{
	memset(in, 0, sizeof(*in));
	in->data = data;
	fosr_assembler_init(&in->assembler, data, &in->stats);
}

void fosr_ingest_free(struct fosr_ingest *in)
{
	fosr_assembler_free(&in->assembler);
}

static int watch_begin(struct fosr_ingest *in, __u64 ts)
{
	struct fosr_watched *w = fosr_vec_push(&in->data->watched);

	if (!w)
		return -ENOMEM;
	*w = (struct fosr_watched){.from_ns = ts, .to_ns = ts, .first = in->first_flow};
	return 0;
}

/*
 * Moves the clock on to a packet of Unix time ts. *own is the packet's monotonic time, which may lie a little behind.
 */
static int tick(struct fosr_ingest *in, __u64 ts, __u64 *own)
{
	struct fosr_ingest_clock *c = &in->clock;
	bool pause = false;

	if (!c->known) {
		c->known = pause = true;
		c->now += FOSR_INGEST_REORDER_NS;
	} else if (ts >= c->high) {
		pause = ts - c->high > FOSR_INGEST_PAUSE_NS;
		c->now += fosr_min_u64(ts - c->high, FOSR_INGEST_LEAP_NS);
	} else if (c->high - ts <= FOSR_INGEST_REORDER_NS) {
		*own = c->now - (c->high - ts);
		return 0;
	} else {
		in->stats.clock_jumps++;
		pause = true;
	}
	c->high = ts;
	*own = c->now;
	if (pause)
		return watch_begin(in, ts);
	in->data->watched.v[in->data->watched.n - 1].to_ns = ts;
	return 0;
}

static int packet(struct fosr_ingest *in, int link, const struct fosr_capture_pkt *pkt)
{
	struct fosr_seen seen;
	enum fosr_pkt_fate fate;
	__u64 own;
	int ret = tick(in, pkt->ts_ns, &own);

	if (ret)
		return ret;
	fate = fosr_dissect(link, pkt->data, pkt->caplen, pkt->origlen, &seen);
	in->stats.packets++;
	if (fate != FOSR_PKT_KEPT) {
		in->stats.fate[fate]++;
		return 0;
	}
	return fosr_assembler_packet(&in->assembler, &seen, in->clock.now, own, pkt->ts_ns);
}

static int pause_for_others(struct fosr_ingest *in, struct fosr_capture *c, struct fosr_err *err)
{
	__u64 done, total;

	if (fosr_interrupted())
		return fosr_err(err, -EINTR, "interrupted");
	if (in->progress) {
		fosr_capture_progress(c, &done, &total);
		in->progress(in->progress_arg, done, total);
	}
	return 0;
}

int fosr_ingest_capture(struct fosr_ingest *in, struct fosr_capture *c, struct fosr_err *err)
{
	struct fosr_capture_pkt pkt;
	int link = fosr_capture_link(c), ret, end;
	size_t watched = in->data->watched.n;
	__u64 n = 0;

	in->stats.files++;
	in->clock.known = false;
	in->first_flow = in->data->flows.n;
	while ((ret = fosr_capture_next(c, &pkt, err)) == 1) {
		if (in->tap)
			in->tap(in->tap_arg, link, &pkt);
		ret = packet(in, link, &pkt);
		if (ret == -ENOMEM)
			fosr_err(err, ret, "out of memory at packet %llu", (unsigned long long)n + 1);
		else if (ret)
			break;
		else if (++n % PROGRESS_EVERY == 0)
			ret = pause_for_others(in, c, err);
		if (ret)
			break;
	}
	end = fosr_assembler_end(&in->assembler);
	for (size_t i = watched; i < in->data->watched.n; i++)
		in->data->watched.v[i].end = in->data->flows.n;
	if (!ret && end == -ENOMEM)
		fosr_err(err, end, "out of memory at the end of the capture");
	if (!ret)
		ret = end;
	return ret ? ret : pause_for_others(in, c, err);
}

int fosr_ingest_file(struct fosr_ingest *in, const char *path, struct fosr_err *err)
{
	struct fosr_capture *c;
	int ret = fosr_capture_open(&c, path, err);

	if (ret)
		return ret;
	ret = fosr_ingest_capture(in, c, err);
	fosr_capture_close(c);
	return ret;
}
