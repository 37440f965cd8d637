// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * RTSP 1.0 (RFC 2326): the client's turns are OPTIONS, DESCRIBE, SETUP, PLAY and keep-alives; an answer repeats CSeq.
 * Long messages of the server carry RTP between (RFC 2326 10.12); a session's name or a header takes the rest.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define LEAST 28
#define PACKET 1404 /* interleaved: 4 bytes before each */
#define HEADER 16 /* of RTP, and the 4 bytes */

static const char *const methods[] = {"OPTIONS", "DESCRIBE", "SETUP", "PLAY"};

static const char *method_of(__u32 turn)
{
	return turn < FOSR_ARRAY_SIZE(methods) ? methods[turn] : "GET_PARAMETER";
}

/* The last header takes what is left; then an empty line. */
static void finish_put(struct fosr_pen *p, const struct fosr_text *t, __u32 len, __u64 seed)
{
	__u32 left = len - t->n - 2;

	fosr_text_put(p, t);
	if (left) {
		fosr_pen_text(p, left < 16 ? "X: " : "Session: ");
		fosr_pen_word(p, left - (left < 16 ? 5 : 11), seed);
		fosr_pen_text(p, "\r\n");
	}
	fosr_pen_text(p, "\r\n");
}

static bool ends(const struct fosr_text *t, __u32 len)
{
	return t->n + 2 == len || t->n + 2 + 6 <= len;
}

static void request_put(struct fosr_pen *p, const struct fosr_speech *m)
{
	static const char *const agents[] = {
		"LibVLC/3.0.18 (LIVE555 Streaming Media v2016.11.28)", "Lavf58.76.100", "GStreamer/1.20.3", "NVR/4.61"};
	const char *method = method_of(m->turn);
	__u64 seed = fosr_mix64(m->seed + m->turn);
	struct fosr_text t = {0}, bare = {0};

	fosr_text_add(&bare, "%s * RTSP/1.0\r\nCSeq: %u\r\n", method, m->turn + 2);
	fosr_text_add(&t, "%s rtsp://", method);
	fosr_text_end(&t, m, FOSR_BWD);
	fosr_text_add(&t, "/stream%u RTSP/1.0\r\nCSeq: %u\r\n", (__u32)m->seed % 4 + 1, m->turn + 2);
	if (!ends(&t, m->len))
		t = bare;
	if (!ends(&t, m->len)) {
		fosr_pen_blank(p, m->len);
		return;
	}
	if (m->len > t.n + 40)
		fosr_text_fit(&t, m->len - 40, "User-Agent: %s\r\n", FOSR_PICK(agents, fosr_mix64(m->seed)));
	if (m->turn == 1 && m->len > t.n + 40)
		fosr_text_fit(&t, m->len - 40, "Accept: application/sdp\r\n");
	if (m->turn == 2 && m->len > t.n + 40)
		fosr_text_fit(&t, m->len - 40, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
	finish_put(p, &t, m->len, seed);
}

static void packet_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_be16(p, '$' << 8);
	fosr_pen_be16(p, size - 4);
	fosr_pen_be16(p, 0x8060);
	fosr_pen_be16(p, row);
	fosr_pen_be32(p, (__u32)seed + row / 8 * 3600);
	fosr_pen_be32(p, (__u32)(seed >> 32));
	fosr_pen_random(p, size - HEADER, fosr_mix64(seed + row));
}

/* Adds the headers of an answer with a body of n bytes. */
static void description_put(struct fosr_pen *p, struct fosr_text *t, __u32 len, __u64 seed)
{
	static const char sdp[] = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=Media\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
				  "a=rtpmap:96 H264/90000\r\na=control:track1\r\na=x-id:";
	__u32 left, body;

	fosr_text_add(t, "Content-Type: application/sdp\r\nContent-Length: ");
	left = len - t->n - 4;
	body = fosr_counted(left);
	fosr_text_add(t, "%s%u\r\n\r\n", left > body + fosr_digits(body) ? " " : "", body);
	fosr_text_put(p, t);
	fosr_pen_text(p, sdp);
	fosr_pen_word(p, body - (__u32)strlen(sdp) - 2, seed);
	fosr_pen_text(p, "\r\n");
}

static void answer_put(struct fosr_pen *p, const struct fosr_speech *m)
{
	bool asked = m->answers != FOSR_SAID_NOTHING;
	const char *method = method_of(asked ? m->answers : 4);
	__u32 rows = m->len > 2 * PACKET ? m->len / PACKET - 1 : 0, len = m->len - rows * PACKET;
	__u64 seed = fosr_mix64(m->seed + m->turn + 1000);
	struct fosr_text t = {0};

	fosr_text_add(&t, "RTSP/1.0 200 OK\r\nCSeq: %u\r\n", asked ? m->answers + 2 : 1);
	if (!ends(&t, len)) {
		fosr_pen_blank(p, m->len);
		return;
	}
	if (len > t.n + 120)
		fosr_text_add(&t, "Server: GStreamer RTSP server\r\n");
	if (len > t.n + 120 && !strcmp(method, methods[0]))
		fosr_text_add(&t, "Public: OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY, PAUSE\r\n");
	if (len > t.n + 120 && !strcmp(method, methods[2]))
		fosr_text_add(&t, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
	if (!strcmp(method, methods[1]) && len > t.n + 260)
		description_put(p, &t, len, seed);
	else
		finish_put(p, &t, len, seed);
	fosr_pen_rows(p, rows, PACKET, packet_row, m->seed);
}

void fosr_say_rtsp(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->len < LEAST)
		fosr_pen_blank(p, m->len);
	else if (m->dir == FOSR_FWD)
		request_put(p, m);
	else
		answer_put(p, m);
}
