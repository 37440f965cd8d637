// SPDX-License-Identifier: GPL-3.0-or-later
/* What the formats write, byte for byte where it is short, and as libpcap reads it. */
#include <pcap/pcap.h>

#include "sink/format.h"
#include "writerkit.h"

#define SECOND FOSR_NS_PER_S

static const struct fosr_format_about about = {.interface = "fosr0", .comment = "seed 7"};

static size_t slurp(__u8 *got, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, got, size);

	if (fd >= 0)
		close(fd);
	unlink(path);
	return n < 0 ? 0 : (size_t)n;
}

/* Two frames, the second with a comment where there may be one; and what comes of them. */
static void golden(const struct fosr_format *f, const __u8 *want, size_t want_len)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;
	__u32 comment = f->comments ? 5 : 0;
	__u8 got[1024] = {0};
	size_t n;

	if (!ok(!fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err) && !f->begin(w, &about) &&
			    !fosr_format_write(f, w, (const __u8 *)"abc", 3, 5 * SECOND + 7, NULL, 0) &&
			    !fosr_format_write(f, w, (const __u8 *)"tdef", 4, 7 * SECOND - 1, "label", comment) &&
			    !fosr_writer_finish(w, NULL, &err),
		    "%s: written", f->name))
		return;
	n = slurp(got, sizeof(got));
	ok(n == want_len && !memcmp(got, want, n), "%s: its bytes are those of the format", f->name);
	for (size_t i = 0; i < n && i < want_len; i++)
		if (got[i] != want[i]) {
			printf("# byte %zu is %02x, expected %02x\n", i, got[i], want[i]);
			break;
		}
}

static void test_golden(void)
{
	static const __u8 ns[] = "\x4d\x3c\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"
				 "\5\0\0\0\7\0\0\0\3\0\0\0\3\0\0\0abc"
				 "\6\0\0\0\xff\xc9\x9a\x3b\4\0\0\0\4\0\0\0tdef";
	static const __u8 us[] = "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"
				 "\5\0\0\0\0\0\0\0\3\0\0\0\3\0\0\0abc"
				 "\6\0\0\0\x3f\x42\x0f\0\4\0\0\0\4\0\0\0tdef";
	static const __u8 ng[] =
		/* Section: comment, application. */
		"\x0a\x0d\x0d\x0a\x38\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"
		"\1\0\6\0seed 7\0\0\4\0\x08\0fosr-xdp\0\0\0\0\x38\0\0\0"
		/* Interface: name, resolution. */
		"\1\0\0\0\x2c\0\0\0\1\0\0\0\0\0\4\0\2\0\5\0fosr0\0\0\0\x09\0\1\0\x09\0\0\0\0\0\0\0\x2c\0\0\0"
		/* 5 000 000 007 ns and 6 999 999 999 ns, since 1970. */
		"\6\0\0\0\x24\0\0\0\0\0\0\0\1\0\0\0\7\xf2\5\x2a\3\0\0\0\3\0\0\0abc\0\x24\0\0\0"
		"\6\0\0\0\x34\0\0\0\0\0\0\0\1\0\0\0\xff\x85\x3b\xa1\4\0\0\0\4\0\0\0tdef"
		"\1\0\5\0label\0\0\0\0\0\0\0\x34\0\0\0";

	golden(&fosr_format_pcap, ns, sizeof(ns) - 1);
	golden(&fosr_format_pcap_us, us, sizeof(us) - 1);
	golden(&fosr_format_pcapng, ng, sizeof(ng) - 1);
}

static void test_names(void)
{
	size_t n = 0;
	bool same = true;

	for (; fosr_format[n] && fosr_format_name[n]; n++)
		same = same && !strcmp(fosr_format[n]->name, fosr_format_name[n]);
	ok(n == 3 && same && !fosr_format[n] && !fosr_format_name[n] && fosr_format[0] == &fosr_format_pcap,
		"names and formats are in the same order");
}

/* The i-th of the frames of the round trip. */
static __u32 length(unsigned int i)
{
	return i % 7 ? 60 + i * 37 % 1455 : i * 991 % 65536;
}

static __u64 instant(unsigned int i)
{
	/* From 1970 to beyond 2038, where signed seconds end. */
	return i * 2147483647ull * 1009 + i * 12345;
}

static __u32 comment_of(unsigned int i, char *text, size_t size)
{
	return i % 3 ? 0 : (__u32)snprintf(text, size, "flow %u%.*s", i, (int)(i % 5), "\xc3\xa9t\xc3\xa9");
}

#define FRAMES 2000

/* All records placed into one piece, from the last to the first, as several threads would. */
static bool write_piece(const struct fosr_format *f, struct fosr_writer *w, unsigned int from, unsigned int to)
{
	__u32 offset[64], total = 0;
	char text[64];
	__u8 *piece;

	for (unsigned int i = from; i < to; i++) {
		offset[i - from] = total;
		total += f->size(length(i), f->comments ? comment_of(i, text, sizeof(text)) : 0);
	}
	piece = fosr_writer_reserve(w, total);
	if (!piece)
		return false;
	/* A byte that put() forgets shows as what was in the ring before: make that something. */
	memset(piece, 0xa5, total);
	for (unsigned int i = to; i-- > from;) {
		__u8 *record = piece + offset[i - from];

		fill(record + f->head, i, length(i));
		f->put(record, length(i), instant(i), text, f->comments ? comment_of(i, text, sizeof(text)) : 0);
	}
	fosr_writer_commit(w, total);
	return true;
}

static unsigned int read_back(const struct fosr_format *f, u_int precision)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_open_offline_with_tstamp_precision(path, precision, why);
	static __u8 want[65536];
	struct pcap_pkthdr *h;
	const u_char *data;
	unsigned int n = 0;

	if (!p) {
		printf("# %s\n", why);
		return 0;
	}
	for (; pcap_next_ex(p, &h, &data) == 1; n++) {
		__u64 ns = instant(n), unit = precision == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
		__u64 part = ns % SECOND / unit;

		if (f == &fosr_format_pcap_us)
			part = ns % SECOND / 1000 * 1000 / unit;
		fill(want, n, length(n));
		if (h->caplen != length(n) || h->len != length(n) || memcmp(data, want, h->caplen) ||
			(__u32)h->ts.tv_sec != (__u32)(ns / SECOND) || (__u64)h->ts.tv_usec != part)
			break;
	}
	if (pcap_datalink(p) != DLT_EN10MB)
		n = 0;
	pcap_close(p);
	return n;
}

static void test_libpcap(const struct fosr_format *f)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;
	bool good = !fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err) && !f->begin(w, &about);

	for (unsigned int i = 0; good && i < FRAMES; i += 40)
		good = write_piece(f, w, i, i + 40);
	ok(good && !fosr_writer_finish(w, NULL, &err), "%s: %d frames, placed from behind", f->name, FRAMES);
	ok(read_back(f, PCAP_TSTAMP_PRECISION_NANO) == FRAMES, "%s: libpcap reads each of them, in nanoseconds",
		f->name);
	ok(read_back(f, PCAP_TSTAMP_PRECISION_MICRO) == FRAMES, "%s: and in microseconds", f->name);
	/* The reader of this test sees a wrong byte. */
	{
		int fd = open(path, O_WRONLY);

		ok(pwrite(fd, "\xee", 1, 2000) == 1 && read_back(f, PCAP_TSTAMP_PRECISION_NANO) < FRAMES,
			"%s: a wrong byte is seen", f->name);
		close(fd);
	}
	unlink(path);
}

/* A file of 9 frames, as tshark prints it: length, time, interface, comment of each, and the file's own comment. */
static void test_tshark(const struct fosr_format *f)
{
	const bool us = f == &fosr_format_pcap_us;
	struct fosr_err err = {0};
	struct fosr_writer *w;
	char command[900], line[600], want[600], text[64];
	unsigned int n = 0;
	bool good = !fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err) && !f->begin(w, &about) &&
		write_piece(f, w, 0, 9) && !fosr_writer_finish(w, NULL, &err);
	FILE *out;

	if (!ok(good, "%s: 9 frames", f->name) || system("tshark -v >/dev/null 2>&1 && capinfos -h >/dev/null 2>&1")) {
		ok(1, "%s: as tshark reads it # SKIP needs tshark and capinfos", f->name);
		unlink(path);
		return;
	}
	snprintf(command, sizeof(command),
		"tshark -n -r %s -T fields -e frame.len -e frame.time_epoch -e frame.interface_name -e frame.comment "
		"2>/dev/null; capinfos -k %s | sed -n 's/^Capture comment: *//p'",
		path, path);
	out = popen(command, "re");
	for (; out && n < 9 && fgets(line, sizeof(line), out); n++) {
		__u32 c = f->comments ? comment_of(n, text, sizeof(text)) : 0;
		__u64 ns = instant(n);

		snprintf(want, sizeof(want), "%u\t%llu.%09llu\t%s\t%.*s\n", length(n), ns / SECOND,
			us ? ns % SECOND / 1000 * 1000 : ns % SECOND, f->comments ? about.interface : "", (int)c, text);
		if (strcmp(line, want)) {
			printf("# tshark: %s# expected: %s", line, want);
			break;
		}
	}
	ok(n == 9, "%s: as tshark reads it: lengths, times, interface, comments", f->name);
	if (f->comments)
		ok(out && fgets(line, sizeof(line), out) && !strcmp(line, "seed 7\n"), "%s: the file's comment",
			f->name);
	if (out)
		pclose(out);
	unlink(path);
}

/* put() of a record must not reach into its neighbours, whatever the lengths. */
static void test_inside(const struct fosr_format *f)
{
	static __u8 room[8192];
	static const char comment[] = "0123456789";
	bool good = true;

	for (__u32 len = 0; len < 70; len++)
		for (__u32 c = 0; c <= (f->comments ? 9 : 0); c++) {
			__u32 size = f->size(len, c);

			memset(room, 0x5a, sizeof(room));
			f->put(room + 64, len, 1, comment, c);
			for (__u32 i = 0; i < 64; i++)
				good = good && room[i] == 0x5a && room[64 + size + i] == 0x5a;
			for (__u32 i = 0; i < len; i++)
				good = good && room[64 + f->head + i] == 0x5a;
			good = good && (!f->comments || (!(size % 4) && room[64 + size - 1] != 0x5a));
		}
	ok(good, "%s: nothing is written outside of the record, or over its frame", f->name);
}

static void test_long_comment(void)
{
	const struct fosr_format *f = &fosr_format_pcapng;
	struct fosr_err err = {0};
	struct fosr_writer *w;
	char *text = malloc(FOSR_FORMAT_COMMENT_MAX + 10);
	char why[PCAP_ERRBUF_SIZE] = "";
	struct pcap_pkthdr *h;
	const u_char *data;
	pcap_t *p;

	memset(text, 'x', FOSR_FORMAT_COMMENT_MAX + 9);
	text[FOSR_FORMAT_COMMENT_MAX + 9] = 0;
	ok(!fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err) &&
			!f->begin(w, &(struct fosr_format_about){.interface = text, .comment = text}) &&
			!fosr_format_write(f, w, (const __u8 *)"abc", 3, 1, text, FOSR_FORMAT_COMMENT_MAX) &&
			!fosr_writer_finish(w, NULL, &err),
		"texts of any length, cut to what an option holds");
	p = pcap_open_offline(path, why);
	ok(p && pcap_next_ex(p, &h, &data) == 1 && h->caplen == 3 && pcap_next_ex(p, &h, &data) == PCAP_ERROR_BREAK,
		"are sound to libpcap%s%s", *why ? ": " : "", why);
	if (p)
		pcap_close(p);
	unlink(path);
	free(text);
}

static void test_write_error(void)
{
	struct fosr_err err = {0};
	struct fosr_writer *w;
	bool good = true;

	if (!ok(!fosr_writer_open(&w, path, FOSR_WRITER_AUTO, NULL, &err), "a file"))
		return;
	fosr_writer_reserve(w, FOSR_WRITER_RESERVE_MAX + 1);
	for (size_t i = 0; fosr_format[i]; i++)
		good = good && fosr_format[i]->begin(w, &about) == -EMSGSIZE &&
			fosr_format_write(fosr_format[i], w, (const __u8 *)"", 0, 0, NULL, 0) == -EMSGSIZE;
	ok(good, "a write error is handed on");
	fosr_writer_abort(w);
}

int main(void)
{
	make_folder("test_format");
	test_golden();
	test_names();
	for (size_t i = 0; fosr_format[i]; i++) {
		test_libpcap(fosr_format[i]);
		test_inside(fosr_format[i]);
		test_tshark(fosr_format[i]);
	}
	test_long_comment();
	test_write_error();
	ok(!rmdir(folder), "nothing is left behind");
	return done();
}
