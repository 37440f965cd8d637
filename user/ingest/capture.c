// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/capture.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/intr.h"
#include "ingest/dissect.h"
#include "ingest/pcapng.h"

/* First byte of a pcapng file, and of no pcap file. */
#define PCAPNG_FIRST 0x0a

/* The year 2116: later than any 32-bit time stamp, and sums of a few such times still fit in 64 bits. */
#define TS_SEC_MAX ((1ULL << 62) / FOSR_NS_PER_S - 1)

struct fosr_capture {
	pcap_t *pcap;
	struct fosr_pcapng ng; /* instead, if it has a file */
	bool each;
	char *path;
	__u64 size;
	__u64 packets;
	int link;
};

static int check_kind(FILE *f, const char *path, __u64 *size, struct fosr_err *err)
{
	struct stat st;
	int c;

	/* A stream over memory has no descriptor. */
	if (fileno(f) < 0)
		memset(&st, 0, sizeof(st));
	else if (fstat(fileno(f), &st))
		return fosr_err(err, -errno, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return fosr_err(err, -EISDIR, "%s: is a directory; name the capture files in it", path);
	*size = S_ISREG(st.st_mode) ? (__u64)st.st_size : 0;
	c = fgetc(f);
	if (c == EOF && fosr_interrupted())
		return fosr_err(err, -EINTR, "interrupted");
	if (c == EOF && ferror(f))
		return fosr_err(err, -errno, "%s: read at byte 0: %s", path, strerror(errno));
	if (c == EOF)
		return fosr_err(err, -ENODATA, "%s: is empty; a capture has at least a 24-byte header", path);
	/* One byte can be given back even on a pipe, and no capture begins with these. */
	if (c == 0x1f || c == 0x28 || c == 0xfd || c == 'B')
		return fosr_err(err, -EINVAL, "%s: is not a capture, and looks compressed; unpack it (%s) first", path,
			c == 0x1f	    ? "gunzip"
				: c == 0x28 ? "unzstd"
				: c == 0xfd ? "unxz"
					    : "bunzip2");
	ungetc(c, f);
	return 0;
}

static int check_link(struct fosr_capture *c, struct fosr_err *err)
{
	const char *name = pcap_datalink_val_to_name(c->link);

	if (fosr_link_of(c->link))
		return 0;
	return fosr_err(err, -EPROTONOSUPPORT, "%s: link type %s (%d) is not supported; supported are %s", c->path,
		name ? name : "unknown", c->link, fosr_link_list);
}

static bool is_pcapng(FILE *f)
{
	int first = fgetc(f);

	ungetc(first, f);
	return first == PCAPNG_FIRST;
}

/* Takes f over, whatever comes of it. */
static int attach_stream(struct fosr_capture *c, FILE *f, struct fosr_err *err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	int ret = check_kind(f, c->path, &c->size, err);

	if (!ret && c->each && is_pcapng(f)) {
		c->ng = (struct fosr_pcapng){.f = f, .path = c->path};
		return 0;
	}
	if (!ret) {
		c->pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, text);
		if (!c->pcap && fosr_interrupted())
			ret = fosr_err(err, -EINTR, "interrupted");
		else if (!c->pcap)
			ret = fosr_err(
				err, -EINVAL, "%s: byte 0: %s; expected a capture, pcap or pcapng", c->path, text);
	}
	if (ret) {
		if (f != stdin)
			fclose(f);
		return ret;
	}
	c->link = pcap_datalink(c->pcap);
	return c->each ? 0 : check_link(c, err);
}

static int open_stream(struct fosr_capture **out, FILE *f, const char *name, bool each, struct fosr_err *err)
{
	struct fosr_capture *c = calloc(1, sizeof(*c));
	int ret;

	*out = NULL;
	if (c) {
		c->path = strdup(name);
		c->each = each;
	}
	if (!c || !c->path) {
		if (f != stdin)
			fclose(f);
		ret = fosr_err(err, -ENOMEM, "%s: out of memory", name);
	} else {
		ret = attach_stream(c, f, err);
	}
	if (ret) {
		fosr_capture_close(c);
		return ret;
	}
	*out = c;
	return 0;
}

static int open_path(struct fosr_capture **out, const char *path, bool each, struct fosr_err *err)
{
	FILE *f;

	*out = NULL;
	if (!strcmp(path, "-"))
		return open_stream(out, stdin, "standard input", each, err);
	f = fopen(path, "rbe");
	if (!f)
		return fosr_err(err, -errno, "%s: cannot be opened: %s", path, strerror(errno));
	return open_stream(out, f, path, each, err);
}

int fosr_capture_stream(struct fosr_capture **out, FILE *f, const char *name, struct fosr_err *err)
{
	return open_stream(out, f, name, false, err);
}

int fosr_capture_open(struct fosr_capture **out, const char *path, struct fosr_err *err)
{
	return open_path(out, path, false, err);
}

int fosr_capture_each_stream(struct fosr_capture **out, FILE *f, const char *name, struct fosr_err *err)
{
	return open_stream(out, f, name, true, err);
}

int fosr_capture_each_open(struct fosr_capture **out, const char *path, struct fosr_err *err)
{
	return open_path(out, path, true, err);
}

const char *fosr_capture_iface(const struct fosr_capture *c, __u32 i, int *link)
{
	const struct fosr_pcapng_iface *iface = i < c->ng.ifaces.n ? &c->ng.ifaces.v[i] : NULL;

	*link = iface ? iface->link : c->link;
	return iface ? iface->name : "";
}

/* Classic files hold unsigned 32-bit seconds, which libpcap reads as signed. */
static __u64 to_ns(const struct timeval *tv)
{
	__u64 sec = (__u64)tv->tv_sec, sub = tv->tv_usec < 0 ? 0 : (__u64)tv->tv_usec;

	if (tv->tv_sec < 0)
		sec = tv->tv_sec >= INT32_MIN ? (__u32)tv->tv_sec : 0;
	sec += sub / FOSR_NS_PER_S;
	return fosr_min_u64(sec, TS_SEC_MAX) * FOSR_NS_PER_S + sub % FOSR_NS_PER_S;
}

int fosr_capture_next(struct fosr_capture *c, struct fosr_capture_pkt *pkt, struct fosr_err *err)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	__u64 at, total;
	int got;

	if (c->ng.f)
		return fosr_pcapng_next(&c->ng, pkt, err);
	got = pcap_next_ex(c->pcap, &h, &data);
	if (got == PCAP_ERROR_BREAK)
		return 0;
	/* A read that a signal ended is no fault of the file. */
	if (got != 1 && fosr_interrupted())
		return fosr_err(err, -EINTR, "interrupted");
	if (got != 1) {
		fosr_capture_progress(c, &at, &total);
		return fosr_err(err, -EINVAL,
			"%s: packet %llu, before byte %llu: %s; 'editcap IN OUT' saves what is before it", c->path,
			(unsigned long long)c->packets + 1, (unsigned long long)at, pcap_geterr(c->pcap));
	}
	c->packets++;
	pkt->ts_ns = to_ns(&h->ts);
	pkt->data = data;
	pkt->caplen = h->caplen;
	pkt->origlen = h->len < h->caplen ? h->caplen : h->len;
	pkt->iface = 0;
	return 1;
}

int fosr_capture_link(const struct fosr_capture *c)
{
	return c->link;
}

void fosr_capture_progress(const struct fosr_capture *c, __u64 *done, __u64 *total)
{
	FILE *f = c->ng.f ? c->ng.f : pcap_file(c->pcap);
	long at = f ? ftell(f) : -1;

	*done = at < 0 ? 0 : (__u64)at;
	*total = c->size;
}

void fosr_capture_close(struct fosr_capture *c)
{
	if (!c)
		return;
	if (c->pcap)
		pcap_close(c->pcap);
	if (c->ng.f && c->ng.f != stdin)
		fclose(c->ng.f);
	fosr_pcapng_free(&c->ng);
	free(c->path);
	free(c);
}
