// SPDX-License-Identifier: GPL-3.0-or-later
/* WS-Discovery 1.1 over SOAP 1.2: probes, and matches that say which probe they answer; scopes take the size. */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define LONG_LEAST 700

static void id_add(struct fosr_text *t, __u64 seed)
{
	fosr_text_add(t, "urn:uuid:%08x-%04x-4%03x-8%03x-%012llx", (__u32)seed, (__u32)(seed >> 32) & 0xffff,
		(__u32)(seed >> 48) & 0xfff, (__u32)(seed >> 20) & 0xfff, (unsigned long long)(fosr_mix64(seed) >> 16));
}

static void envelope_add(struct fosr_text *t, const struct fosr_speech *m, bool match)
{
	const char *action = match ? "ProbeMatches" : "Probe";

	fosr_text_add(t,
		HEAD "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" "
		     "xmlns:wsa=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
		     "xmlns:wsd=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><soap:Header>"
		     "<wsa:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To><wsa:Action>"
		     "http://schemas.xmlsoap.org/ws/2005/04/discovery/%s</wsa:Action><wsa:MessageID>",
		action);
	id_add(t, fosr_mix64(m->seed + m->turn * 2 + m->dir));
	fosr_text_add(t, "</wsa:MessageID>");
	if (match) {
		fosr_text_add(t, "<wsa:RelatesTo>");
		id_add(t, fosr_mix64(m->seed + (m->answers == FOSR_SAID_NOTHING ? 0 : m->answers) * 2));
		fosr_text_add(t, "</wsa:RelatesTo>");
	}
	fosr_text_add(t, "</soap:Header><soap:Body><wsd:%s>", action);
	if (match)
		fosr_text_add(t, "<wsd:ProbeMatch>");
	fosr_text_add(t, "<wsd:Types>wsdp:Device</wsd:Types><wsd:Scopes>");
}

void fosr_say_ws_discovery(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char head[] = HEAD "<Probe>", tail[] = "</Probe>";
	bool match = m->dir == FOSR_BWD && m->len >= LONG_LEAST + 150;
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	struct fosr_text t = {0}, end = {0};

	if (m->len < LONG_LEAST) {
		if (m->len > sizeof(head) + sizeof(tail)) {
			fosr_pen_text(p, head);
			fosr_pen_word(p, m->len - (__u32)(sizeof(head) + sizeof(tail)) + 2, seed);
			fosr_pen_text(p, tail);
		} else {
			fosr_pen_blank(p, m->len);
		}
		return;
	}
	envelope_add(&t, m, match);
	fosr_text_add(&end, "</wsd:Scopes>%s</wsd:%s></soap:Body></soap:Envelope>", match ? "</wsd:ProbeMatch>" : "",
		match ? "ProbeMatches" : "Probe");
	fosr_text_put(p, &t);
	fosr_pen_word(p, m->len - t.n - end.n, seed);
	fosr_text_put(p, &end);
}
