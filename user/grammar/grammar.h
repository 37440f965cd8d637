/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Payloads that their dissectors believe: a function per protocol, which writes one whole message of exactly m->len
 * bytes with a pen. Sizes, turns and who begins are the model's; a grammar finds something to say that has this size,
 * and pads where its protocol lets it. What is too short to be anything is said as the beginning of something, or as a
 * byte that the protocol passes over.
 *
 * Adding a grammar: one file, one row in FOSR_GRAMMARS, one row in selftests/unit/test_grammar.c.
 */
#ifndef FOSR_GRAMMAR_GRAMMAR_H
#define FOSR_GRAMMAR_GRAMMAR_H

#include "grammar/speech.h"
#include "grammar/pen.h"

typedef void fosr_grammar_fn(const struct fosr_speech *m, struct fosr_pen *p);

/* row(service as in flow/service.h, TCP or UDP or BOTH, function fosr_say_NAME) */
#define FOSR_GRAMMARS(row) \
	row("dns", BOTH, dns) /* RFC 1035, 6891, 7766 */ \
		row("mdns", UDP, mdns) /* RFC 6762 */ \
		row("llmnr", BOTH, llmnr) /* RFC 4795 */ \
		row("other-tcp", TCP, other) /* a made-up protocol that no dissector takes for another */ \
		row("other-udp", UDP, other) /* the same in datagrams */ \
		row("https", TCP, https) /* RFC 8446, 5246 */ \
		row("imaps", TCP, tls_mail) /* the same, until ssh */ \
		row("pop3s", TCP, tls_mail) /* */ \
		row("smtps", TCP, tls_mail) /* */ \
		row("ldaps", TCP, tls_programs) /* */ \
		row("ftps", TCP, tls_programs) /* */ \
		row("dns-tls", TCP, tls_dns) /* RFC 7858 */ \
		row("mqtts", TCP, tls_things) /* */ \
		row("syslog-tls", TCP, tls_programs) /* RFC 5425 */ \
		row("sips", TCP, tls_programs) /* */ \
		row("ircs", TCP, tls_programs) /* */ \
		row("amqps", TCP, tls_programs) /* */ \
		row("ssh", TCP, ssh) /* RFC 4253 */ \
		row("quic", UDP, quic) /* RFC 9000, 9001, 9114 */ \
		row("dns-quic", UDP, dns_quic) /* RFC 9250 */ \
		row("dtls", UDP, dtls) /* RFC 6347 */ \
		row("coaps", UDP, coaps) /* the same for RFC 7252 */ \
		row("rdp", BOTH, rdp) /* [MS-RDPBCGR], [MS-RDPEUDP] */ \
		row("openvpn", BOTH, openvpn) /* OpenVPN's protocol document */ \
		row("wireguard", UDP, wireguard) /* WireGuard's protocol document */ \
		row("ike", UDP, ike) /* RFC 7296 */

#define FOSR_GRAMMAR_DECLARE(service, l4, name) fosr_grammar_fn fosr_say_##name;
FOSR_GRAMMARS(FOSR_GRAMMAR_DECLARE)
#undef FOSR_GRAMMAR_DECLARE

/* The grammar of a service over a protocol; where none has it, that of other-tcp and other-udp. Never NULL. */
fosr_grammar_fn *fosr_grammar_find(const char *service, __u8 l4);

/* False: fosr_grammar_find() gives the grammar of services that have none of their own. */
bool fosr_grammar_has(const char *service, __u8 l4);

/* The window [off, off + len) of the message m. */
void fosr_grammar_window(fosr_grammar_fn *say, const struct fosr_speech *m, __u32 off, __u32 len, __u8 *out);

#endif
