// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * SIP (RFC 3261) with SDP (RFC 8866): an end asks, and the other answers with the same dialog, transaction and method.
 * What is asked follows from the size: calls have a description of their media. A description's attributes or a header
 * take what is left; short messages have the compact forms of headers.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define CALL_LEAST 620
#define DESCRIBED 160 /* the least room for a description */
#define SPARE 16 /* for the header that takes what is left */

static const char *const agents[] = {"Asterisk PBX 18.10.0", "Linphone/5.2.0 (belle-sip/5.3.6)", "Z 5.6.2 v2.10.20.5",
	"Yealink SIP-T46S 66.86.0.15", "Grandstream GXP2170 1.0.11.39", "FPBX-16.0.33(18.12.1)", "snomD785/10.1.175.16",
	"Cisco-SIPGateway/IOS-16.9.5", "PolycomVVX-VVX_411-UA/5.9.7"};

struct call {
	__u64 seed; /* of the dialog: both ends have it */
	__u32 number; /* CSeq */
	const char *method;
	enum fosr_dir from;
	bool compact;
};

/* What an end asks in its turn with so many bytes. */
static struct call call_of(const struct fosr_speech *m, enum fosr_dir from, __u32 turn, __u32 len)
{
	static const char *const methods[] = {"REGISTER", "OPTIONS", "REGISTER", "SUBSCRIBE", "OPTIONS", "NOTIFY"};
	__u64 seed = fosr_mix64(m->seed + from);

	return (struct call){.seed = seed,
		.number = 1 + (__u32)(seed & 63) + turn,
		.method = len >= CALL_LEAST ? "INVITE" : FOSR_PICK(methods, fosr_mix64(seed + turn)),
		.from = from};
}

static void address_add(struct fosr_text *t, const struct fosr_end *e, bool port)
{
	fosr_text_addr(t, &e->addr);
	if (port)
		fosr_text_add(t, ":%u", e->port);
}

/* The headers that a request and its answers share. */
static void dialog_add(struct fosr_text *t, const struct fosr_speech *m, const struct call *c, bool answer)
{
	const struct fosr_end *from = &m->flow->end[c->from], *to = &m->flow->end[!c->from];
	bool registers = !strcmp(c->method, "REGISTER");
	__u32 a = 100 + (__u32)(c->seed >> 8) % 900, b = registers ? a : 100 + (__u32)(c->seed >> 20) % 900;

	fosr_text_add(t, c->compact ? "v: SIP/2.0/UDP " : "Via: SIP/2.0/%s ", m->flow->l4 == 17 ? "UDP" : "TCP");
	address_add(t, from, true);
	fosr_text_add(t, ";branch=z9hG4bK%08x", (__u32)fosr_mix64(c->seed + c->number));
	fosr_text_add(t, c->compact ? "\r\nf: <sip:%u@" : "\r\nFrom: <sip:%u@", a);
	address_add(t, registers ? to : from, false);
	fosr_text_add(
		t, c->compact ? ">;tag=%04x\r\nt: <sip:%u@" : ">;tag=%04x\r\nTo: <sip:%u@", (__u32)(c->seed >> 48), b);
	address_add(t, to, false);
	fosr_text_add(t, answer ? ">;tag=as%04x" : ">", (__u32)(c->seed >> 32) & 0xffff);
	fosr_text_add(t, c->compact ? "\r\ni: %08x" : "\r\nCall-ID: %08x@", (__u32)(c->seed >> 16));
	if (!c->compact)
		address_add(t, from, false);
	fosr_text_add(t, "\r\nCSeq: %u %s\r\n", c->number, c->method);
}

/* Headers that are left out where there is no room. */
static void extras_add(struct fosr_text *t, const struct fosr_speech *m, const struct call *c, bool answer, __u32 most)
{
	const struct fosr_end *self = &m->flow->end[m->dir];
	struct fosr_text contact = {0};

	address_add(&contact, self, true);
	if (!answer)
		fosr_text_fit(t, most, "Max-Forwards: 70\r\n");
	fosr_text_fit(t, most, "Contact: <sip:%u@%s>\r\n", 100 + (__u32)(c->seed >> 8) % 900, contact.s);
	fosr_text_fit(t, most, "%s: %s\r\n", answer ? "Server" : "User-Agent",
		FOSR_PICK(agents, fosr_mix64(m->seed + 10 + m->dir)));
	if (!strcmp(c->method, "REGISTER") || !strcmp(c->method, "SUBSCRIBE"))
		fosr_text_fit(t, most, "Expires: %u\r\n", 60u << (c->seed & 3));
	if (!strcmp(c->method, "SUBSCRIBE") || !strcmp(c->method, "NOTIFY"))
		fosr_text_fit(t, most, "Event: message-summary\r\n");
	if (!strcmp(c->method, "NOTIFY"))
		fosr_text_fit(t, most, "Subscription-State: active\r\n");
	fosr_text_fit(t, most, "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, MESSAGE\r\n");
	fosr_text_fit(t, most, "Supported: replaces, timer\r\n");
}

/* n bytes of SDP: codecs as they fit, and an attribute of what is left. */
static void description_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	static const char *const lines[] = {"a=sendrecv\r\n", "a=rtpmap:0 PCMU/8000\r\n", "a=rtpmap:8 PCMA/8000\r\n",
		"a=rtpmap:101 telephone-event/8000\r\n", "a=fmtp:101 0-16\r\n", "a=ptime:20\r\n",
		"a=rtpmap:96 opus/48000/2\r\n", "a=rtcp-mux\r\n"};
	struct fosr_text t = {0}, address = {0};
	bool six = m->flow->end[m->dir].addr.family == 6;

	fosr_text_addr(&address, &m->flow->end[m->dir].addr);
	if (six)
		address.s[address.n - 1] = '\0';
	fosr_text_add(&t,
		"v=0\r\no=- %u 1 IN IP%c %s\r\ns=call\r\nc=IN IP%c %s\r\nt=0 0\r\nm=audio %u RTP/AVP 0 8 96 101\r\n",
		(__u32)(seed >> 8) % 900000000, six ? '6' : '4', address.s + six, six ? '6' : '4', address.s + six,
		16384 + (__u32)(seed & 0x1ffe));
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(lines); i++)
		fosr_text_fit(&t, n - 10, "%s", lines[i]);
	fosr_text_put(p, &t);
	n -= t.n;
	fosr_pen_text(p, "a=ssrc:");
	fosr_pen_word(p, n - 9, seed);
	fosr_pen_text(p, "\r\n");
}

/* The head, then what takes the rest: a description, or a header. */
static void finish_put(struct fosr_pen *p, const struct fosr_speech *m, struct fosr_text *t, const struct call *c,
	bool described, __u64 seed)
{
	__u32 left = m->len - t->n, body;

	if (described && left >= DESCRIBED + 80) {
		fosr_text_add(t, "Content-Type: application/sdp\r\nContent-Length: ");
		left = m->len - t->n - 4;
		body = fosr_counted(left);
		fosr_text_add(t, "%s%u\r\n\r\n", left > body + fosr_digits(body) ? " " : "", body);
		fosr_text_put(p, t);
		description_put(p, m, body, seed);
		return;
	}
	fosr_text_put(p, t);
	left -= c->compact ? 8 : 21;
	if (left) {
		fosr_pen_text(p, left < 16 ? "X: " : "X-Trace-ID: ");
		fosr_pen_word(p, left - (left < 16 ? 5 : 14), seed);
		fosr_pen_text(p, "\r\n");
	}
	fosr_pen_text(p, c->compact ? "l: 0\r\n\r\n" : "Content-Length: 0\r\n\r\n");
}

/* There is room for what follows the head, and for a header that takes what is left of it. */
static bool fits(const struct fosr_text *t, const struct call *c, __u32 len)
{
	__u32 least = t->n + (c->compact ? 8 : 21);

	return len == least || len >= least + 6;
}

static void request_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct call c = call_of(m, m->dir, m->turn, m->len);
	struct fosr_text t = {0};

	for (int form = 0; form < 2; form++) {
		c.compact = form;
		t.n = 0;
		fosr_text_add(&t, "%s sip:", c.method);
		if (!form && strcmp(c.method, "REGISTER") != 0)
			fosr_text_add(&t, "%u@", 100 + (__u32)(c.seed >> 20) % 900);
		address_add(&t, &m->flow->end[!m->dir], false);
		fosr_text_add(&t, " SIP/2.0\r\n");
		dialog_add(&t, m, &c, false);
		if (fits(&t, &c, m->len))
			break;
	}
	if (!fits(&t, &c, m->len)) {
		fosr_pen_blank(p, m->len);
		return;
	}
	if (!c.compact && m->len >= t.n + 21 + SPARE)
		extras_add(&t, m, &c, false, m->len - 21 - SPARE);
	finish_put(p, m, &t, &c, m->len >= CALL_LEAST, fosr_mix64(c.seed + m->turn));
}

static const char *status_of(const struct fosr_speech *m, const struct call *c, __u64 seed)
{
	if (!strcmp(c->method, "INVITE")) {
		static const char *const calls[] = {"100 Trying", "180 Ringing", "183 Session Progress", "200 OK",
			"486 Busy Here", "407 Proxy Authentication Required"};

		return m->len >= CALL_LEAST ? "200 OK" : FOSR_PICK(calls, seed);
	}
	return !strcmp(c->method, "REGISTER") && seed & 1 ? "401 Unauthorized"
		: seed >> 4 & 7				  ? "200 OK"
							  : "404 Not Found";
}

static void answer_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct call c = call_of(m, !m->dir, m->answers, m->before);
	__u64 seed = fosr_mix64(m->seed + m->turn + 1000);
	const char *status = status_of(m, &c, seed);
	struct fosr_text t = {0};

	for (int form = 0; form < 2; form++) {
		c.compact = form;
		t.n = 0;
		fosr_text_add(&t, "SIP/2.0 %s\r\n", form ? "200 OK" : status);
		dialog_add(&t, m, &c, true);
		if (fits(&t, &c, m->len))
			break;
	}
	if (!fits(&t, &c, m->len)) {
		fosr_pen_blank(p, m->len);
		return;
	}
	if (!strncmp(status, "40", 2) && status[3] != '4' && !c.compact && m->len > t.n + 150)
		fosr_text_add(&t, "%s-Authenticate: Digest realm=\"asterisk\", nonce=\"%08x\", algorithm=MD5\r\n",
			status[2] == '1' ? "WWW" : "Proxy", (__u32)seed);
	if (!c.compact && m->len >= t.n + 21 + SPARE)
		extras_add(&t, m, &c, true, m->len - 21 - SPARE);
	finish_put(p, m, &t, &c, !strcmp(c.method, "INVITE") && *status == '2', seed);
}

/* Several datagrams may answer one request, and an end that has nothing to answer asks. */
void fosr_say_sip(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->dir == FOSR_BWD && m->answers != FOSR_SAID_NOTHING)
		answer_put(m, p);
	else
		request_put(m, p);
}
