// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "play/recording.h"
#include "tap.h"

#define FRAMES 50000
#define LENGTH 98
#define HEAD 24
#define RECORD 16

static char folder[] = "/tmp/fosr-recording-XXXXXX", path[64];

/* Two sources, each in order, the second one handed over 40 frames late. */
static __u64 time_of(__u32 i)
{
	return 1000000000ULL + 1000ULL * (i % 2 ? i : i > 80 ? i - 80 : 0);
}

static struct fosr_recording_result record(__u64 ring, __u32 frames, __u32 length)
{
	const struct fosr_recording_opts o = {.path = path, .format = &fosr_format_pcap, .ring = ring};
	struct fosr_recording_result result = {0};
	struct fosr_recording *r;
	struct fosr_err err = {0};
	__u8 *frame = calloc(1, length);

	if (!frame || fosr_recording_open(&r, &o, &err)) {
		ok(0, "opened: %s", err.text);
		exit(1);
	}
	for (__u32 i = 0; i < frames; i++) {
		memcpy(frame, &i, sizeof(i));
		fosr_recording_put(r, frame, length, time_of(i));
	}
	ok(!fosr_recording_close(r, true, &result, &err), "a ring of %llu bytes, %u frames of %u", ring, frames,
		length);
	free(frame);
	return result;
}

/* Records in the file: each is one of those that were handed over, as it was, at most once. -1: not so. */
static long right(__u32 frames, bool *ordered)
{
	bool *seen = calloc(frames, 1), good = seen;
	__u8 data[RECORD + LENGTH], nothing[LENGTH - 4] = {0};
	FILE *f = fopen(path, "r");
	__u64 last = 0;
	long n = 0;

	*ordered = true;
	for (fseek(f, HEAD, SEEK_SET); good && fread(data, sizeof(data), 1, f); n++) {
		__u32 word[2], i;
		__u64 when;

		memcpy(word, data, sizeof(word));
		memcpy(&i, data + RECORD, sizeof(i));
		when = word[0] * FOSR_NS_PER_S + word[1];
		good = i < frames && !seen[i] && when == time_of(i) &&
			!memcmp(data + RECORD + 4, nothing, sizeof(nothing));
		if (good)
			seen[i] = true;
		*ordered &= when >= last;
		last = when;
	}
	fclose(f);
	free(seen);
	return good ? n : -1;
}

int main(void)
{
	struct fosr_recording_result r;
	bool ordered;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/r.pcap", folder);
	r = record(FOSR_RECORDING_RING, FRAMES, LENGTH);
	ok(r.recorded == FRAMES && !r.dropped && !r.disordered, "with room for all of them, all are recorded");
	ok(right(FRAMES, &ordered) == FRAMES && ordered, "each once, in order of time");
	r = record(0, FRAMES, LENGTH);
	ok(r.recorded == FRAMES && !r.dropped && r.disordered > FRAMES / 4,
		"without a ring they stay as they came, which is counted");
	ok(right(FRAMES, &ordered) == FRAMES && !ordered, "and seen");
	r = record(FOSR_RECORDING_RING_MIN, FRAMES, LENGTH);
	ok(r.ring == FOSR_RECORDING_RING_MIN && r.recorded + r.dropped == FRAMES && r.recorded,
		"with a small ring each is recorded or counted (%llu left out)", r.dropped);
	ok(right(FRAMES, &ordered) == (long)r.recorded && ordered == !r.disordered, "by the file as well");
	r = record(1 << 20, 3, 70000);
	ok(!r.recorded && r.dropped == 3, "what no entry can hold is counted");
	unlink(path);
	rmdir(folder);
	return done();
}
