// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A document is a frame and rows of equal size between; one value takes what the rows leave. What is too small for its
 * frame is the least that is of its kind.
 */
#include "grammar/body.h"

#include <stdio.h>

#include "base/mix.h"
#include "grammar/text.h"

#define ROW 160
#define SAMPLE 59
#define CHUNK 12 /* of PNG: length, type, checksum */
#define BOX 8 /* of MP4: length, type */

/* A document between its first words and its last ones: text, rows, and a value of what size is left. */
struct frame {
	const char *head, *before, *after; /* the value stands between `before` and `after` */
	const char *tail;
	__u32 row;
	fosr_row_fn *write;
};

static void json_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	char head[48];
	int n = snprintf(head, sizeof(head), "{\"id\":\"%08x\",\"name\":\"", row + ((__u32)seed & 0xffff));

	fosr_pen_bytes(p, head, (__u32)n);
	fosr_pen_word(p, 20, fosr_mix64(seed + row));
	fosr_pen_text(p, "\",\"text\":\"");
	fosr_pen_letters(p, size - (__u32)n - 20 - 10 - 4, fosr_mix64(seed + row));
	fosr_pen_text(p, "\"},\n");
}

static void json_line(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_text(p, "{\"field\":\"");
	fosr_pen_word(p, 16, fosr_mix64(seed + row));
	fosr_pen_text(p, "\",\"message\":\"");
	fosr_pen_letters(p, size - 10 - 16 - 13 - 3, fosr_mix64(seed + row));
	fosr_pen_text(p, "\"}\n");
}

static void html_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_text(p, "<p class=\"");
	fosr_pen_word(p, 6, fosr_mix64(seed + row % 7));
	fosr_pen_text(p, "\">");
	fosr_pen_words(p, size - 10 - 6 - 2 - 5, fosr_mix64(seed + row));
	fosr_pen_text(p, "</p>\n");
}

static void xml_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_text(p, "<item key=\"");
	fosr_pen_word(p, 8, fosr_mix64(seed + row));
	fosr_pen_text(p, "\">");
	fosr_pen_letters(p, size - 11 - 8 - 2 - 8, fosr_mix64(seed + row));
	fosr_pen_text(p, "</item>\n");
}

static void sample_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	static const char *const names[] = {
		"cpu_usage", "mem_bytes", "disk_io_s", "net_bytes", "req_total", "req_time_"};
	char line[SAMPLE + 1];

	(void)size;
	snprintf(line, sizeof(line), "%s,host=node%04u value=%u.%06u 1736154%012u\n", FOSR_PICK(names, row),
		row / 6 % 10000, (__u32)(fosr_mix64(seed + row) % 9 + 1), (__u32)(seed + row) % 1000000, row);
	fosr_pen_bytes(p, line, SAMPLE);
}

static const struct frame frames[] = {
	[FOSR_BODY_HTML] = {"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
		"Index</title>\n</head>\n<body>\n<div id=\"", "\">\n", "</div>\n</body>\n</html>\n", ROW, html_row},
	[FOSR_BODY_JSON] = {"{\"status\":\"ok\",\"items\":[\n", "{\"next\":\"", "\"}", "]}", ROW, json_row},
	[FOSR_BODY_NDJSON] = {"", "{\"index\":\"", "\"}\n", "", ROW, json_line},
	[FOSR_BODY_XML] = {"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<list>\n", "<name>", "</name>\n", "</list>\n",
		ROW, xml_row},
	[FOSR_BODY_SOAP] = {"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Header/><s:Body>\n",
		"<Value>", "</Value>", "</s:Body></s:Envelope>", ROW, xml_row},
};

/* False: n is too small for the frame. */
static bool frame_put(struct fosr_pen *p, const struct frame *f, __u32 n, __u64 seed)
{
	__u32 fixed = (__u32)(strlen(f->head) + strlen(f->before) + strlen(f->after) + strlen(f->tail)), rows;
	bool html = f->write == html_row;

	if (n <= fixed)
		return false;
	n -= fixed;
	rows = (n - 1) / f->row;
	fosr_pen_text(p, f->head);
	if (html) {
		fosr_pen_text(p, f->before);
		fosr_pen_word(p, n - rows * f->row, seed);
		fosr_pen_text(p, f->after);
	}
	fosr_pen_rows(p, rows, f->row, f->write, seed);
	if (!html) {
		fosr_pen_text(p, f->before);
		fosr_pen_word(p, n - rows * f->row, seed);
		fosr_pen_text(p, f->after);
	}
	fosr_pen_text(p, f->tail);
	return true;
}

/* Numbers are JSON, and every text is a line, a form and, between tags, of XML. */
static void small_put(struct fosr_pen *p, enum fosr_body kind, __u32 n, __u64 seed)
{
	bool json = kind == FOSR_BODY_JSON || kind == FOSR_BODY_NDJSON;
	bool xml = kind == FOSR_BODY_XML || kind == FOSR_BODY_SOAP;

	if (json && n >= 8) {
		fosr_pen_text(p, "{\"v\":\"");
		fosr_pen_word(p, n - 8, seed);
		fosr_pen_text(p, "\"}");
	} else if (json && n == 1) {
		fosr_pen_u8(p, '1');
	} else if (json && n) {
		fosr_pen_u8(p, '[');
		for (; n > 2; n--)
			fosr_pen_u8(p, '1');
		fosr_pen_u8(p, ']');
	} else if (xml && n >= 7) {
		fosr_pen_text(p, "<a>");
		fosr_pen_word(p, n - 7, seed);
		fosr_pen_text(p, "</a>");
	} else {
		fosr_pen_word(p, n, seed);
	}
}

static void form_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	static const char *const names[] = {"user=", "q=", "data=", "token=", "event="};
	const char *name = FOSR_PICK(names, seed);

	if (n >= 60) {
		fosr_pen_text(p, "id=");
		fosr_pen_word(p, 12, seed);
		fosr_pen_u8(p, '&');
		n -= 16;
	}
	if (n > strlen(name)) {
		fosr_pen_text(p, name);
		n -= (__u32)strlen(name);
	}
	fosr_pen_letters(p, n, seed);
}

/* Chunks' checksums are nobody's business but a decoder's. */
static void png_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 data = n - 8 - (CHUNK + 13) - CHUNK - CHUNK;

	fosr_pen_bytes(p, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
	fosr_pen_be32(p, 16 + (seed & 1023));
	fosr_pen_be32(p, 16 + (seed >> 10 & 1023));
	fosr_pen_bytes(p, "\x08\x06\0\0\0", 5);
	fosr_pen_secret(p, 4, seed);
	fosr_pen_be32(p, data);
	fosr_pen_text(p, "IDAT");
	fosr_pen_random(p, data + 4, seed);
	fosr_pen_bytes(p, "\0\0\0\0IEND\xae\x42\x60\x82", 12);
}

static void mp4_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	fosr_pen_bytes(p,
		"\0\0\0\x18"
		"ftypmp42\0\0\0\0mp42isom",
		24);
	fosr_pen_be32(p, n - 24);
	fosr_pen_text(p, "mdat");
	fosr_pen_random(p, n - 24 - BOX, seed);
}

static void ipp_value(struct fosr_pen *p, __u32 tag, const char *name, const char *value)
{
	fosr_pen_u8(p, tag);
	fosr_pen_be16(p, (__u32)strlen(name));
	fosr_pen_text(p, name);
	fosr_pen_be16(p, (__u32)strlen(value));
	fosr_pen_text(p, value);
}

/* One more value of the attribute before it: no name. */
static void ipp_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_u8(p, 0x44);
	fosr_pen_be16(p, 0);
	fosr_pen_be16(p, size - 5);
	fosr_pen_word(p, size - 5, fosr_mix64(seed + row));
}

/* A request's document stands behind the attributes; an answer is attributes only. */
static void ipp_put(struct fosr_pen *p, __u32 n, bool answer, __u64 seed)
{
	__u32 rows, begin = fosr_pen_at(p);

	fosr_pen_be16(p, 0x0200);
	fosr_pen_be16(p, answer ? 0 : n > 600 ? 2 : 0xb);
	fosr_pen_be32(p, 1 + (seed & 0xff));
	fosr_pen_u8(p, 1);
	ipp_value(p, 0x47, "attributes-charset", "utf-8");
	ipp_value(p, 0x48, "attributes-natural-language", "en");
	if (!answer)
		ipp_value(p, 0x45, "printer-uri", "ipp://localhost/ipp/print");
	n -= fosr_pen_at(p) - begin;
	if (!answer && n > 600) {
		fosr_pen_u8(p, 3);
		fosr_pen_random(p, n - 1, seed);
		return;
	}
	if (answer) {
		fosr_pen_u8(p, 4);
		n--;
	}
	fosr_pen_u8(p, 0x44);
	fosr_pen_be16(p, 20);
	fosr_pen_text(p, answer ? "media-supported-list" : "requested-attributes");
	n -= 3 + 20 + 1;
	rows = n < 70 ? 0 : (n - 2 - 5) / 64;
	n -= rows * 64 + 2;
	fosr_pen_be16(p, n);
	fosr_pen_word(p, n, seed);
	fosr_pen_rows(p, rows, 64, ipp_row, seed);
	fosr_pen_u8(p, 3);
}

static void samples_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 rows = n / SAMPLE;

	fosr_pen_rows(p, rows, SAMPLE, sample_row, seed);
	fosr_pen_lines(p, n - rows * SAMPLE, seed);
}

void fosr_body_put(struct fosr_pen *p, enum fosr_body kind, __u32 n, __u64 seed)
{
	switch (kind) {
	case FOSR_BODY_LINES:
		fosr_pen_lines(p, n, seed);
		break;
	case FOSR_BODY_FORM:
		form_put(p, n, seed);
		break;
	case FOSR_BODY_PNG:
		png_put(p, n, seed);
		break;
	case FOSR_BODY_MP4:
		mp4_put(p, n, seed);
		break;
	case FOSR_BODY_BINARY:
		fosr_pen_random(p, n, seed);
		break;
	case FOSR_BODY_SAMPLES:
		samples_put(p, n, seed);
		break;
	case FOSR_BODY_IPP_REQUEST:
	case FOSR_BODY_IPP_ANSWER:
		ipp_put(p, n, kind == FOSR_BODY_IPP_ANSWER, seed);
		break;
	default:
		if (!frame_put(p, &frames[kind], n, seed))
			small_put(p, kind, n, seed);
	}
}
