// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Any bytes through the parser, and what it accepts through tag and untag. The first byte chooses the link (bit 0: raw
 * IP instead of Ethernet) and whether the frame counts as snapped (bit 1). What must hold: no read outside the frame,
 * offsets in order, strip(insert(x)) == x, and a frame without our tag is never changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fosr/tag.h>

#define FRAME_MAX 70000

static const struct fosr_secret secret = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

static void must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

static enum fosr_parse parse(const __u8 *frame, size_t len, int raw, struct fosr_pkt *pkt)
{
	return raw ? fosr_parse_ip(frame, frame + len, 0, pkt) : fosr_parse_eth(frame, frame + len, pkt);
}

static void check_offsets(const struct fosr_pkt *pkt, size_t len)
{
	must(pkt->l3_off < pkt->l4_off && pkt->l4_off <= pkt->l3_end, "headers in order");
	must(pkt->l4_off <= len, "headers inside the frame");
	must(pkt->snapped == (len < pkt->l3_end), "snapped says what is missing");
	must(!pkt->tag_off || pkt->tag_off + fosr_tag_len(pkt) <= pkt->l4_off, "the tag is in front of layer 4");
}

static void check_l4(const __u8 *frame, size_t len, __u32 flags, struct fosr_pkt *pkt)
{
	if (fosr_parse_l4(frame, frame + len, flags, pkt) != FOSR_PARSE_OK)
		return;
	must(pkt->payload_off <= pkt->payload_end && pkt->payload_end <= pkt->l3_end, "payload inside the packet");
	must(pkt->payload_off <= len, "layer 4 header inside the frame");
}

static void check_evil(__u8 *frame, size_t len, const struct fosr_pkt *pkt)
{
	int on = fosr_evil_get(frame, frame + len, pkt);

	if (fosr_evil_set(frame, frame + len, pkt, !on))
		return;
	must(fosr_evil_get(frame, frame + len, pkt) == !on, "the evil bit turns");
	fosr_evil_set(frame, frame + len, pkt, on);
}

static void check_round_trip(__u8 *frame, size_t len, int raw, const struct fosr_pkt *pkt)
{
	struct fosr_tag tag = {.flow = 0x0123456789abcdef, .campaign = 0xdeadbeef, .step = 77, .flags = 2, .key_id = 9};
	struct fosr_tag got;
	struct fosr_pkt again;
	__u32 longer = fosr_tag_insert(frame, (__u32)len, pkt, &tag, &secret), shorter;
	__u8 *start = frame - fosr_tag_len(pkt);
	__u64 mac;

	must(!longer == !fosr_tag_has_room(pkt), "insert does what has_room says");
	if (!longer)
		return;
	must(parse(start, longer, raw, &again) == FOSR_PARSE_OK && again.tag_off == pkt->put_off, "the tag is found");
	must(!fosr_tag_decode(start, start + longer, &again, &got, &mac), "the tag decodes");
	must(!memcmp(&got, &tag, sizeof(tag)) && mac == fosr_tag_mac(&got, &secret, &again),
		"the tag is the one put in");
	shorter = fosr_tag_strip(start, longer, &again);
	must(shorter == len, "the old length comes back");
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static __u8 room[FOSR_TAG_LEN6 + FRAME_MAX];
	__u8 *frame = room + FOSR_TAG_LEN6, *exact;
	struct fosr_pkt pkt;
	size_t len = size - 1;
	int raw;

	if (!size || len > FRAME_MAX)
		return 0;
	raw = data[0] & 1;
	exact = malloc(len ? len : 1); /* so that the sanitizer sees a read past the end */
	if (!exact)
		return 0;
	memcpy(exact, data + 1, len);
	if (parse(exact, len, raw, &pkt) == FOSR_PARSE_OK) {
		check_offsets(&pkt, len);
		check_l4(exact, len, data[0] >> 1 & 1, &pkt);
		check_evil(exact, len, &pkt);
		must(!memcmp(exact, data + 1, len), "the evil bit goes off as it came");
		memcpy(frame, exact, len);
		if (!pkt.tag_off)
			must(fosr_tag_strip(frame, (__u32)len, &pkt) == len, "nothing to strip");
		check_round_trip(frame, len, raw, &pkt);
		must(!memcmp(frame, exact, len), "strip gives back what was tagged");
	}
	free(exact);
	return 0;
}
