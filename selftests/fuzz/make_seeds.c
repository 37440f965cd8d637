// SPDX-License-Identifier: GPL-3.0-or-later
/* Writes the seeds of the capture fuzzers: make_seeds FOLDER, which has ingest/ and rewrite/. None is anybody's
 * capture. */
#include <stdio.h>

#include "../unit/craftcap.h"
#include "base/file.h"
#include "fosr/tag.h"

static struct cap cap, ng;
static const char *folder;

static int save(const char *sub, const char *name, const struct cap *c)
{
	struct fosr_err err = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/%s/%s", folder, sub, name);
	if (fosr_file_write(path, c->b, c->n, &err))
		return fprintf(stderr, "%s\n", err.text), 1;
	return 0;
}

static void session(int link, int v6)
{
	static const struct pkt rows[] = {
		{.us = 0, .src = 1, .dst = 210, .sport = 4000, .dport = 443, .proto = 6, .flags = 2, .seq = 1},
		{.us = 9, .src = 210, .dst = 1, .sport = 443, .dport = 4000, .proto = 6, .flags = 18, .seq = 5},
		{.us = 19,
			.src = 1,
			.dst = 210,
			.sport = 4000,
			.dport = 443,
			.proto = 6,
			.flags = 16,
			.seq = 2,
			.len = 20},
		{.us = 29,
			.src = 1,
			.dst = 210,
			.sport = 4000,
			.dport = 443,
			.proto = 6,
			.flags = 16,
			.seq = 2,
			.len = 20},
		{.us = 39, .src = 210, .dst = 1, .sport = 443, .dport = 4000, .proto = 6, .flags = 20, .seq = 6},
		{.us = 49, .src = 1, .dst = 2, .sport = 4001, .dport = 53, .proto = 17, .len = 12},
	};

	cap_begin(&cap, (__u32)link);
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		struct pkt p = rows[i];

		p.link = link;
		p.v6 = v6;
		p.vlans = v6;
		put_pkt(&cap, &p);
	}
}

/* One tagged UDP packet over Ethernet behind to->n; its length. */
static __u32 tagged_frame(struct cap *to, int v6)
{
	static const struct fosr_tag tag = {.flow = 1, .campaign = 2, .step = 3};
	static const struct fosr_secret secret = {1, 2};
	struct pkt p = {.src = 1, .dst = 2, .sport = 4001, .dport = 53, .proto = 17, .len = 5, .v6 = v6, .link = 1};
	static struct cap one;
	struct fosr_pkt pkt;
	__u32 len;

	one.n = 64;
	put_pkt(&one, &p);
	len = (__u32)one.n - 80;
	fosr_parse_eth(one.b + 80, one.b + one.n, &pkt);
	if (!v6)
		fosr_evil_set(one.b + 80, one.b + one.n, &pkt, 1);
	len = fosr_tag_insert(one.b + 80, len, &pkt, &tag, &secret);
	memcpy(to->b + to->n, one.b + one.n - len, len);
	to->n += len;
	return len;
}

static void put32le(struct cap *c, __u32 v)
{
	put32(c, __builtin_bswap32(v));
}

static void block(struct cap *c, __u32 type, const struct cap *body)
{
	__u32 len = (__u32)((body->n + 3) / 4 * 4 + 12);

	put32le(c, type);
	put32le(c, len);
	memcpy(c->b + c->n, body->b, body->n);
	c->n += body->n;
	put_zeros(c, -c->n & 3);
	put32le(c, len);
}

static void pcapng(void)
{
	static struct cap body, frame;

	ng.n = body.n = 0;
	put32le(&body, 0x1a2b3c4d);
	put32le(&body, 1);
	put32le(&body, 0xffffffff);
	put32le(&body, 0xffffffff);
	block(&ng, 0x0a0d0d0a, &body);
	body.n = 0;
	put32le(&body, 1);
	put32le(&body, 0);
	block(&ng, 1, &body);
	for (int v6 = 0; v6 < 2; v6++) {
		frame.n = body.n = 0;
		tagged_frame(&frame, v6);
		put_zeros(&body, 12);
		put32le(&body, (__u32)frame.n);
		put32le(&body, (__u32)frame.n);
		memcpy(body.b + body.n, frame.b, frame.n);
		body.n += frame.n;
		block(&ng, v6 ? 2 : 6, &body);
		body.n = 0;
		put32le(&body, (__u32)frame.n);
		memcpy(body.b + body.n, frame.b, frame.n);
		body.n += frame.n;
		block(&ng, 3, &body);
	}
}

static void classic_tagged(void)
{
	cap_begin(&cap, 1);
	for (int v6 = 0; v6 < 2; v6++) {
		size_t at = cap_open(&cap);

		tagged_frame(&cap, v6);
		cap_close(&cap, at, 0, 0);
	}
}

int main(int argc, char **argv)
{
	static const int links[] = {1, 113, 276, 101, 0};
	char name[64];
	int bad = 0;

	if (argc != 2)
		return fprintf(stderr, "usage: make_seeds FOLDER\n"), 2;
	folder = argv[1];
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(links); i++) {
		session(links[i], i % 2);
		snprintf(name, sizeof(name), "link%d.pcap", links[i]);
		bad |= save("ingest", name, &cap);
	}
	classic_tagged();
	bad |= save("rewrite", "tagged.pcap", &cap) | save("ingest", "tagged.pcap", &cap);
	pcapng();
	bad |= save("rewrite", "tagged.pcapng", &ng) | save("ingest", "tagged.pcapng", &ng);
	session(1, 0);
	return bad | save("rewrite", "plain.pcap", &cap);
}
