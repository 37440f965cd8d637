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
		row("other-udp", UDP, other) row("netbios-ns", BOTH, netbios_ns) /* RFC 1002 */ \
		row("netbios-dgm", UDP, netbios_dgm) row("ntp", UDP, ntp) /* RFC 5905 */ \
		row("dhcp", UDP, dhcp) /* RFC 2131 */ \
		row("dhcpv6", UDP, dhcpv6) /* RFC 8415 */ \
		row("snmp", UDP, snmp) /* RFC 3416 */ \
		row("snmp-trap", UDP, snmp_trap) row("kerberos", BOTH, kerberos) /* RFC 4120 */ \
		row("ldap", BOTH, ldap) /* RFC 4511, MS-ADTS 6.3.3 */ \
		row("smb", TCP, smb) /* MS-SMB2 */ \
		row("netbios-ssn", TCP, smb) /* RFC 1002 4.3 */ \
		row("portmap", BOTH, portmap) /* RFC 1833 */ \
		row("nfs", BOTH, nfs) /* RFC 1813 */ \
		row("mqtt", TCP, mqtt) /* OASIS MQTT 3.1.1 */ \
		row("postgresql", TCP, postgresql) /* protocol 3.0 */ \
		row("mysql", TCP, mysql) row("coap", UDP, coap) /* RFC 7252 */ \
		row("modbus", TCP, modbus) /* Modbus TCP */ \
		row("epmap", TCP, dcerpc) /* C706 */ \
		row("mssql", TCP, mssql) /* MS-TDS */ \
		row("radius", UDP, radius) /* RFC 2865 */ \
		row("radius-acct", UDP, radius_acct) /* RFC 2866 */ \
		row("dnp3", BOTH, dnp3) /* IEEE 1815 */ \
		row("enip", TCP, enip) /* CIP volume 2 */ \
		row("kpasswd", BOTH, kpasswd) /* RFC 3244 */

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
