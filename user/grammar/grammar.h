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
/* clang-format off */
#define FOSR_GRAMMARS(row) \
	row("dns", BOTH, dns) /* RFC 1035, 6891, 7766 */ \
	row("mdns", UDP, mdns) /* RFC 6762 */ \
	row("llmnr", BOTH, llmnr) /* RFC 4795 */ \
	row("netbios-ns", BOTH, netbios_ns) /* RFC 1002 */ \
	row("netbios-dgm", UDP, netbios_dgm) \
	row("ntp", UDP, ntp) /* RFC 5905 */ \
	row("dhcp", UDP, dhcp) /* RFC 2131 */ \
	row("dhcpv6", UDP, dhcpv6) /* RFC 8415 */ \
	row("snmp", UDP, snmp) /* RFC 3416 */ \
	row("snmp-trap", UDP, snmp_trap) \
	row("kerberos", BOTH, kerberos) /* RFC 4120 */ \
	row("ldap", BOTH, ldap) /* RFC 4511, MS-ADTS 6.3.3 */ \
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
	row("http", TCP, http) /* RFC 9110, 9112 */ \
	row("winrm", TCP, winrm) /* DSP0226 */ \
	row("ipp", TCP, ipp) /* RFC 8010 */ \
	row("upnp", TCP, upnp) /* UDA 1.1 */ \
	row("elasticsearch", TCP, elasticsearch) /* its REST API */ \
	row("docker", TCP, docker) /* its Engine API */ \
	row("prometheus", TCP, prometheus) /* its HTTP API */ \
	row("influxdb", TCP, influxdb) /* line protocol */ \
	row("etcd", TCP, etcd) /* its JSON gateway */ \
	row("smb", TCP, smb) /* MS-SMB2 */ \
	row("netbios-ssn", TCP, smb) /* RFC 1002 4.3 */ \
	row("portmap", BOTH, portmap) /* RFC 1833 */ \
	row("nfs", BOTH, nfs) /* RFC 1813 */ \
	row("ssh", TCP, ssh) /* RFC 4253 */ \
	row("smtp", TCP, smtp) /* RFC 5321 */ \
	row("submission", TCP, smtp) /* RFC 6409 */ \
	row("pop3", TCP, pop3) /* RFC 1939 */ \
	row("imap", TCP, imap) /* RFC 3501 */ \
	row("ftp", TCP, ftp) /* RFC 959 */ \
	row("ftp-data", TCP, ftp_data) /* RFC 959 */ \
	row("mqtt", TCP, mqtt) /* OASIS MQTT 3.1.1 */ \
	row("postgresql", TCP, postgresql) /* protocol 3.0 */ \
	row("stun", BOTH, stun) /* RFC 8489, 8656 */ \
	row("ssdp", UDP, ssdp) /* UDA 1.1 */ \
	row("syslog", BOTH, syslog) /* RFC 5424, 3164 */ \
	row("tftp", UDP, tftp) /* RFC 1350 */ \
	row("xmpp", TCP, xmpp) /* RFC 6120 */ \
	row("sip", BOTH, sip) /* RFC 3261, 8866 */ \
	row("mysql", TCP, mysql) \
	row("coap", UDP, coap) /* RFC 7252 */ \
	row("modbus", TCP, modbus) /* Modbus TCP */ \
	row("epmap", TCP, dcerpc) /* C706 */ \
	row("rtp", UDP, rtp) /* RFC 3550, 3551 */ \
	row("rtsp", TCP, rtsp) /* RFC 2326 */ \
	row("ws-discovery", UDP, ws_discovery) /* OASIS WS-Discovery 1.1 */ \
	row("bittorrent", BOTH, bittorrent) /* BEP 3, 5, 29 */ \
	row("irc", TCP, irc) /* RFC 1459, 2812 */ \
	row("nntp", TCP, nntp) /* RFC 3977 */ \
	row("telnet", TCP, telnet) /* RFC 854 */ \
	row("redis", TCP, redis) /* RESP2 */ \
	row("memcached", BOTH, memcached) /* its protocol.txt */ \
	row("whois", TCP, whois) /* RFC 3912 */ \
	row("finger", TCP, finger) /* RFC 1288 */ \
	row("ident", TCP, ident) /* RFC 1413 */ \
	row("lpd", TCP, lpd) /* RFC 1179 */ \
	row("jetdirect", TCP, jetdirect) /* PJL */ \
	row("git", TCP, git) /* gitprotocol-pack */ \
	row("rsync", TCP, rsync) /* its daemon */ \
	row("quic", UDP, quic) /* RFC 9000, 9001, 9114 */ \
	row("dns-quic", UDP, dns_quic) /* RFC 9250 */ \
	row("dtls", UDP, dtls) /* RFC 6347 */ \
	row("coaps", UDP, coaps) /* the same for RFC 7252 */ \
	row("rdp", BOTH, rdp) /* [MS-RDPBCGR], [MS-RDPEUDP] */ \
	row("openvpn", BOTH, openvpn) /* OpenVPN's protocol document */ \
	row("wireguard", UDP, wireguard) /* WireGuard's protocol document */ \
	row("ike", UDP, ike) /* RFC 7296 */ \
	row("mssql", TCP, mssql) /* MS-TDS */ \
	row("radius", UDP, radius) /* RFC 2865 */ \
	row("radius-acct", UDP, radius_acct) /* RFC 2866 */ \
	row("dnp3", BOTH, dnp3) /* IEEE 1815 */ \
	row("enip", TCP, enip) /* CIP volume 2 */ \
	row("kpasswd", BOTH, kpasswd) /* RFC 3244 */ \
	row("other-tcp", TCP, other) /* a made-up protocol that no dissector takes for another */ \
	row("other-udp", UDP, other) /* the same in datagrams */
/* clang-format on */

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
