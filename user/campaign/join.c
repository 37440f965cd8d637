// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A merge by (time, addresses). The plan's order goes on with flow and step; but all packets between two addresses are
 * in the same shard, which has them in order already.
 */
#include "campaign/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fosr/parse.h>

#include "base/intr.h"
#include "flow/pair.h"
#include "ingest/capture.h"
#include "sink/format.h"

/* Packets between two looks at the interrupt flag. */
#define STRIDE 4096

struct shard {
	const char *name;
	struct fosr_capture *capture;
	struct fosr_capture_pkt pkt; /* the next one */
	struct fosr_pair pair;
	bool more;
};

struct join {
	const struct fosr_join_opts *o;
	struct fosr_join_result *result;
	struct fosr_writer *writer;
	struct shard *shard;
};

static struct fosr_pair pair_of(const struct fosr_capture_pkt *pkt)
{
	struct fosr_addr a = {0}, b = {0};
	struct fosr_pkt p;

	if (fosr_parse_eth(pkt->data, pkt->data + pkt->caplen, &p) == FOSR_PARSE_OK) {
		a.family = b.family = p.ip_version;
		memcpy(a.b, p.src, sizeof(a.b));
		memcpy(b.b, p.dst, sizeof(b.b));
	}
	return fosr_pair(&a, &b);
}

static int advance(struct shard *s, struct fosr_err *err)
{
	__u64 before = s->pkt.ts_ns;
	int ret = fosr_capture_next(s->capture, &s->pkt, err);

	if (ret < 0)
		return ret;
	s->more = ret > 0;
	if (!s->more)
		return 0;
	if (s->pkt.caplen != s->pkt.origlen || s->pkt.caplen > FOSR_FORMAT_FRAME_MAX)
		return fosr_err(err, -EINVAL, "%s: a packet of %u bytes, of which %u are there: not a shard", s->name,
			s->pkt.origlen, s->pkt.caplen);
	if (s->pkt.ts_ns < before)
		return fosr_err(err, -EINVAL, "%s: its packets are not in order of time: not a shard", s->name);
	s->pair = pair_of(&s->pkt);
	return 0;
}

/* Shards are pcap files in nanoseconds: in others, packets of different times can look like ties. */
static int check_magic(const char *name, struct fosr_err *err)
{
	static const __u8 want[4] = {0x4d, 0x3c, 0xb2, 0xa1};
	FILE *f = fopen(name, "rbe");
	__u8 magic[4] = {0};
	size_t n;

	if (!f)
		return fosr_err(err, -errno, "%s: cannot open: %s", name, strerror(errno));
	n = fread(magic, 1, sizeof(magic), f);
	fclose(f);
	return n == sizeof(magic) && !memcmp(magic, want, sizeof(want))
		? 0
		: fosr_err(err, -EINVAL, "%s: not a shard: those are pcap files in nanoseconds, by create-pcap --shard",
			  name);
}

static int open_all(struct join *j, struct fosr_err *err)
{
	int ret = 0;

	j->shard = calloc(j->o->n, sizeof(*j->shard));
	if (!j->shard)
		return fosr_err(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < j->o->n && !ret; i++) {
		j->shard[i].name = j->o->shards[i];
		ret = check_magic(j->o->shards[i], err);
		if (!ret)
			ret = fosr_capture_open(&j->shard[i].capture, j->o->shards[i], err);
		if (!ret)
			ret = advance(&j->shard[i], err);
	}
	if (!ret)
		ret = fosr_writer_open(&j->writer, j->o->path, FOSR_WRITER_AUTO, j->o->log, err);
	if (!ret && fosr_format_pcap.begin(j->writer, &(struct fosr_format_about){0}))
		ret = fosr_writer_error(j->writer, err);
	return ret;
}

static struct shard *first(const struct join *j)
{
	struct shard *best = NULL;

	for (size_t i = 0; i < j->o->n; i++) {
		struct shard *s = &j->shard[i];

		if (s->more &&
			(!best || s->pkt.ts_ns < best->pkt.ts_ns ||
				(s->pkt.ts_ns == best->pkt.ts_ns && fosr_pair_cmp(&s->pair, &best->pair) < 0)))
			best = s;
	}
	return best;
}

static void report(const struct join *j)
{
	__u64 sum = 0;

	for (size_t i = 0; i < j->o->n; i++) {
		__u64 done, total;

		fosr_capture_progress(j->shard[i].capture, &done, &total);
		sum += done;
	}
	if (j->o->progress)
		j->o->progress(j->o->arg, sum);
}

static int merge(struct join *j, struct fosr_err *err)
{
	struct shard *s;

	while ((s = first(j))) {
		int ret;

		if (fosr_format_write(&fosr_format_pcap, j->writer, s->pkt.data, s->pkt.caplen, s->pkt.ts_ns, NULL, 0))
			return fosr_writer_error(j->writer, err);
		ret = advance(s, err);
		if (ret)
			return ret;
		if (j->result->packets++ % STRIDE)
			continue;
		if (fosr_interrupted())
			return fosr_err(err, -EINTR, "interrupted");
		report(j);
	}
	return 0;
}

int fosr_join(const struct fosr_join_opts *o, struct fosr_join_result *result, struct fosr_err *err)
{
	struct join j = {.o = o, .result = result};
	int ret;

	*result = (struct fosr_join_result){0};
	ret = open_all(&j, err);
	if (!ret)
		ret = merge(&j, err);
	if (!ret)
		ret = fosr_writer_finish(j.writer, &result->writer, err);
	else
		fosr_writer_abort(j.writer);
	for (size_t i = 0; j.shard && i < o->n; i++)
		if (j.shard[i].capture)
			fosr_capture_close(j.shard[i].capture);
	free(j.shard);
	return ret;
}
