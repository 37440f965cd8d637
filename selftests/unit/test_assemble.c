// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "craftcap.h"
#include "flow/endstate.h"
#include "ingest/ingest.h"
#include "tap.h"

#define F FOSR_TCP_FIN
#define S FOSR_TCP_SYN
#define R FOSR_TCP_RST
#define P FOSR_TCP_PSH
#define A FOSR_TCP_ACK

static struct cap cap;
static struct fosr_dataset data;
static struct fosr_ingest in;
static struct fosr_err err;

static void begin(__u32 link)
{
	cap_begin(&cap, link);
}

/* Reads the capture into an empty data set; every packet must be accounted for. */
static int read_cap(void)
{
	struct fosr_capture *c;
	__u64 fates = 0, steps = 0;
	int ret;

	fosr_dataset_free(&data);
	memset(&data, 0, sizeof(data));
	memset(&err, 0, sizeof(err));
	fosr_ingest_free(&in);
	fosr_ingest_init(&in, &data);
	ret = fosr_capture_stream(&c, fmemopen(cap.b, cap.n, "rb"), "made", &err);
	if (ret)
		return ret;
	ret = fosr_ingest_capture(&in, c, &err);
	fosr_capture_close(c);
	for (int i = 0; i < FOSR_PKT_FATES; i++)
		fates += in.stats.fate[i];
	for (size_t i = 0; i < data.flows.n; i++) {
		struct fosr_sample_flow *f = &data.flows.v[i];
		__u64 bytes = 0;

		for (__u32 k = 0; k < f->packets[0] + f->packets[1]; k++)
			bytes += data.steps.v[f->first + k].len;
		if (f->first != steps || bytes != f->bytes[0] + f->bytes[1])
			ok(0, "flow %zu: its steps are side by side and sum up", i);
		steps += f->packets[0] + f->packets[1];
	}
	if (fates != in.stats.packets || steps != data.steps.n ||
		in.stats.fate[FOSR_PKT_KEPT] + in.stats.split != data.steps.n ||
		in.stats.flows != in.stats.flows_kept + in.stats.flows_group + in.stats.flows_empty)
		ok(0, "every packet and flow is accounted for");
	return ret;
}

static struct pkt tcp(__u64 us, int back, __u8 flags, __u32 seq, __u32 len)
{
	struct pkt p = {.us = us,
		.src = 1,
		.dst = 210,
		.sport = 40000,
		.dport = 443,
		.proto = 6,
		.flags = flags,
		.seq = seq,
		.len = len,
		.link = 1};

	if (back) {
		p.src = 210;
		p.dst = 1;
		p.sport = 443;
		p.dport = 40000;
	}
	return p;
}

static void add(struct pkt p)
{
	put_pkt(&cap, &p);
}

static void add_tcp(__u64 us, int back, __u8 flags, __u32 seq, __u32 len)
{
	add(tcp(us, back, flags, seq, len));
}

static void add_session(void)
{
	add_tcp(0, 0, S, 100, 0);
	add_tcp(10, 1, S | A, 500, 0);
	add_tcp(20, 0, A, 101, 0);
	add_tcp(1020, 0, P | A, 101, 200);
	add_tcp(1100, 1, A, 501, 1000);
	add_tcp(1200, 0, F | A, 301, 0);
	add_tcp(1210, 1, F | A, 1501, 0);
	add_tcp(1220, 0, A, 302, 0);
}

static void test_session(void)
{
	static const __u16 lens[] = {0, 0, 0, 200, 1000, 0, 0, 0};
	const struct fosr_sample_flow *f;
	int good = 1;

	begin(1);
	add_session();
	ok(!read_cap() && data.flows.n == 1, "a session is one flow");
	f = &data.flows.v[0];
	ok(f->packets[0] == 5 && f->packets[1] == 3 && f->bytes[0] == 200 && f->bytes[1] == 1000, "packets and bytes");
	ok(f->end_state == FOSR_SF && f->l4 == 6 && f->port == 443, "end state, protocol, port");
	ok(f->start_ns == 1000000ULL * FOSR_NS_PER_S, "start time");
	ok(!strcmp(data.services.list.v[f->service].name, "https"), "service");
	ok(f->roles == FOSR_ROLE_USER * FOSR_ROLES + FOSR_ROLE_INTERNET, "roles");
	for (int i = 0; i < 8; i++)
		good &= data.steps.v[i].len == lens[i];
	ok(good && data.steps.v[1].dir == FOSR_BWD && data.steps.v[3].flags == (P | A), "steps");
	ok(data.steps.v[0].gap_ns == 0 && data.steps.v[3].gap_ns == 1000000, "gaps in nanoseconds");
	ok(data.watched.n == 1 && fosr_dataset_covered_ns(&data) == 1220000 && !data.watched.v[0].first &&
			data.watched.v[0].end == 1,
		"time watched");
}

static void test_links(void)
{
	static const int links[] = {1, 113, 276, 101, 0};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(links); i++)
		for (int v6 = 0; v6 < 2; v6++) {
			struct pkt p = {.src = 1,
				.dst = 2,
				.sport = 5000,
				.dport = 53,
				.proto = 17,
				.len = 40,
				.v6 = v6,
				.link = links[i]};

			begin((__u32)links[i]);
			add(p);
			ok(!read_cap() && data.flows.n == 1 && data.flows.v[0].bytes[0] == 40 &&
					data.flows.v[0].port == 53,
				"link type %d, IPv%d", links[i], v6 ? 6 : 4);
		}
	for (int vlans = 1; vlans < 4; vlans++) {
		struct pkt p = {.src = 1,
			.dst = 2,
			.sport = 5000,
			.dport = 53,
			.proto = 17,
			.len = 40,
			.link = 1,
			.vlans = vlans};

		begin(1);
		add(p);
		ok(!read_cap() && data.flows.n == (vlans < 3) && in.stats.fate[FOSR_PKT_NOT_IP] == (vlans == 3),
			"%d VLAN tags", vlans);
	}
}

static void test_retransmission(void)
{
	begin(1);
	add_tcp(0, 0, A, 100, 500);
	add_tcp(10, 0, A, 1100, 500);
	add_tcp(20, 0, A, 600, 500);
	ok(!read_cap() && in.stats.fate[FOSR_PKT_KEPT] == 3 && data.flows.v[0].bytes[0] == 1500,
		"a segment out of order is new");
	add_tcp(30, 0, A, 600, 500);
	add_tcp(40, 0, P | A, 100, 1500);
	ok(!read_cap() && in.stats.fate[FOSR_PKT_RETRANSMISSION] == 2 && data.flows.v[0].bytes[0] == 1500,
		"segments seen before are left out");
	add_tcp(50, 0, A, 1500, 200);
	ok(!read_cap() && data.flows.v[0].bytes[0] == 1600 && in.stats.trimmed == 1 && data.steps.v[3].gap_ns == 30000,
		"of an overlapping one only the new bytes count, with the gap since the step before");
	add_tcp(60, 0, A, 1699, 1);
	add_tcp(70, 0, A, 1699, 0);
	ok(!read_cap() && in.stats.keepalives == 2 && data.steps.n == 6 && data.flows.v[0].bytes[0] == 1600,
		"keep-alives stay as pure ACKs");
	add_tcp(80, 0, F | A, 1700, 0);
	add_tcp(90, 0, F | A, 1700, 0);
	ok(!read_cap() && in.stats.fate[FOSR_PKT_RETRANSMISSION] == 3 && data.steps.n == 7,
		"a FIN sent again is left out");
	begin(1);
	add_tcp(0, 0, A, 0xffffff00, 512);
	add_tcp(1, 0, A, 0x100, 100);
	add_tcp(2, 0, A, 0xffffff00, 512);
	ok(!read_cap() && data.flows.v[0].bytes[0] == 612 && in.stats.fate[FOSR_PKT_RETRANSMISSION] == 1,
		"sequence numbers wrap");
}

static void test_handshakes(void)
{
	begin(1);
	add_tcp(0, 0, S, 100, 0);
	add_tcp(10, 0, S, 100, 0);
	ok(!read_cap() && data.steps.n == 2 && data.flows.v[0].end_state == FOSR_S0, "a SYN repeated stays");
	add_tcp(20, 1, R | A, 0, 0);
	add_tcp(30, 0, S, 100, 0);
	add_tcp(40, 1, R | A, 0, 0);
	ok(!read_cap() && data.flows.n == 1 && data.steps.n == 5 && data.flows.v[0].end_state == FOSR_REJ,
		"refused twice is one flow");
	begin(1);
	add_tcp(0, 1, S | A, 500, 0);
	add_tcp(1, 1, R, 501, 0);
	ok(!read_cap() && data.flows.v[0].port == 443 && data.flows.v[0].end_state == FOSR_RSTRH,
		"a SYN-ACK comes from the responder");
	begin(1);
	add_session();
	add_tcp(2000, 0, S, 9000, 0);
	add_tcp(2010, 1, S | A, 7000, 0);
	ok(!read_cap() && data.flows.n == 2 && in.stats.flows_reused == 1 && data.flows.v[0].end_state == FOSR_SF,
		"a new SYN on used ports is a new flow");
	begin(1);
	add_session();
	add_tcp(2000, 0, S, 100, 0);
	ok(!read_cap() && data.flows.n == 1 && in.stats.fate[FOSR_PKT_RETRANSMISSION] == 1,
		"the old SYN once more is a retransmission");
}

static void test_lengths(void)
{
	struct pkt p = tcp(0, 0, P | F | A, 1, 4000);

	begin(1);
	add(p);
	ok(!read_cap() && data.steps.n == 3 && in.stats.split == 2, "a segment of 4000 bytes becomes three steps");
	ok(data.steps.v[0].len == 1460 && data.steps.v[2].len == 1080 && data.steps.v[0].flags == A &&
			data.steps.v[2].flags == (P | F | A) && data.steps.v[2].gap_ns == 0,
		"full ones first, FIN and PSH with the last");
	begin(1);
	p.len = 1000;
	p.snap = 990;
	add(p);
	ok(!read_cap() && data.flows.v[0].bytes[0] == 1000 && in.stats.snapped == 1, "a snapped packet counts in full");
	begin(1);
	p.snap = 0;
	add(p);
	cap.n -= 1000 + 10;
	cap_close(&cap, 24, 0, 1010);
	ok(!read_cap() && in.stats.fate[FOSR_PKT_TRUNCATED] == 1 && !data.flows.n,
		"one cut inside the TCP header does not");
	begin(1);
	add(p);
	fosr_put16(cap.b + 24 + 16 + 14 + 2, 0);
	ok(!read_cap() && data.flows.n == 1 && data.flows.v[0].bytes[0] == 1000,
		"IPv4 length 0 means what the frame has");
	begin(1);
	add(p);
	fosr_put16(cap.b + 24 + 16 + 14 + 2, 30);
	ok(!read_cap() && in.stats.fate[FOSR_PKT_MALFORMED] == 1, "an IPv4 packet without room for TCP is malformed");
}

static void udp_at(__u64 us, __u8 src, __u8 dst, __u16 sport, __u16 dport)
{
	struct pkt p = {
		.us = us, .src = src, .dst = dst, .sport = sport, .dport = dport, .proto = 17, .len = 30, .link = 1};

	put_pkt(&cap, &p);
}

static void test_time(void)
{
	begin(1);
	udp_at(0, 1, 2, 5000, 53);
	udp_at(59000000, 2, 1, 53, 5000);
	ok(!read_cap() && data.flows.n == 1 && data.flows.v[0].end_state == FOSR_SF, "UDP within a minute is one flow");
	udp_at(120000000, 1, 2, 5000, 53);
	ok(!read_cap() && data.flows.n == 2 && in.stats.flows_idle == 1, "after a minute it is another");
	begin(1);
	add_tcp(0, 0, A, 1, 10);
	add_tcp(299000000, 0, A, 11, 10);
	ok(!read_cap() && data.flows.n == 1, "TCP within five minutes is one flow");
	add_tcp(600000000, 0, A, 21, 10);
	ok(!read_cap() && data.flows.n == 2, "after five minutes it is another");
	begin(1);
	udp_at(5000000, 1, 2, 5000, 53);
	udp_at(4000000, 2, 1, 53, 5000);
	udp_at(5500000, 2, 1, 53, 5000);
	ok(!read_cap() && data.flows.n == 1 && in.stats.late == 1 && data.steps.v[1].gap_ns == 0 &&
			data.steps.v[2].gap_ns == 500000000,
		"a packet that comes late has gap 0");
	begin(1);
	udp_at(7200000000, 1, 2, 5000, 53);
	udp_at(0, 2, 1, 53, 5000);
	udp_at(1000000, 2, 1, 53, 5000);
	ok(!read_cap() && data.flows.n == 1 && in.stats.clock_jumps == 1 && data.steps.v[1].gap_ns == 0 &&
			data.steps.v[2].gap_ns == FOSR_NS_PER_S,
		"a clock set back costs nothing but a gap");
	begin(1);
	udp_at(0, 1, 2, 5000, 53);
	udp_at(100000000, 1, 2, 5001, 53);
	udp_at(700000000, 1, 2, 5002, 53);
	read_cap();
	ok(data.watched.n == 2 && fosr_dataset_covered_ns(&data) == 100 * FOSR_NS_PER_S && data.watched.v[1].end == 3,
		"long pauses are not time watched");
}

static void test_roles(void)
{
	begin(1);
	udp_at(0, 1, 2, 5000, 53);
	udp_at(1, 1, 2, 5001, 53);
	udp_at(2, 2, 210, 5002, 53);
	ok(!read_cap() && data.flows.n == 3, "three flows");
	for (size_t i = 0; i < data.flows.n; i++) {
		__u8 roles = data.flows.v[i].roles, upstream = data.flows.v[i].first == 2;

		ok(roles ==
				(upstream ? FOSR_ROLE_SERVER * FOSR_ROLES + FOSR_ROLE_INTERNET
					  : FOSR_ROLE_USER * FOSR_ROLES + FOSR_ROLE_SERVER),
			"roles come from the whole capture");
	}
}

static void raw_frame(__u16 ethertype, __u8 proto, __u16 frag)
{
	size_t at = cap_open(&cap);

	put_zeros(&cap, 12);
	put16(&cap, ethertype);
	put16(&cap, 0x4500);
	put16(&cap, 40);
	put16(&cap, 0);
	put16(&cap, frag);
	put8(&cap, 64);
	put8(&cap, proto);
	put16(&cap, 0);
	put_addr4(&cap, 1);
	put_addr4(&cap, 2);
	put_zeros(&cap, 20);
	cap_close(&cap, at, 0, 0);
}

static void test_fates(void)
{
	struct pkt p = {
		.src = 1, .dst = 2, .sport = 5000, .dport = 137, .proto = 17, .len = 30, .link = 1, .group_mac = 1};

	begin(1);
	raw_frame(0x0806, 0, 0);
	raw_frame(0x88cc, 0, 0);
	raw_frame(0x8864, 0, 0);
	raw_frame(0x0800, 1, 0);
	raw_frame(0x0800, 47, 0);
	raw_frame(0x0800, 17, 100);
	raw_frame(0x86dd, 17, 0);
	put_pkt(&cap, &p);
	p.proto = 6;
	p.flags = S;
	put_pkt(&cap, &p);
	ok(!read_cap() && in.stats.packets == 9, "nine packets");
	ok(in.stats.fate[FOSR_PKT_ARP] == 1 && in.stats.fate[FOSR_PKT_NOT_IP] == 1, "ARP, not IP");
	ok(in.stats.fate[FOSR_PKT_OTHER_L4] == 1 && in.stats.fate[FOSR_PKT_TUNNEL] == 2, "ICMP, GRE and PPPoE");
	ok(in.stats.fate[FOSR_PKT_FRAGMENT] == 1 && in.stats.fate[FOSR_PKT_MALFORMED] == 1, "fragment, malformed");
	ok(in.stats.fate[FOSR_PKT_KEPT] == 2 && data.flows.n == 2, "UDP and TCP to a broadcast MAC address are kept");
	ok(data.flows.v[0].l4 == 6 && data.flows.v[0].roles % FOSR_ROLES == FOSR_ROLE_SERVER &&
			data.flows.v[1].roles % FOSR_ROLES == FOSR_ROLE_GROUP,
		"TCP is never broadcast, whatever the MAC address");
	begin(1);
	p.proto = 17;
	put_pkt(&cap, &p);
	p.src = 2;
	p.dst = 1;
	p.sport = 137;
	p.dport = 5000;
	put_pkt(&cap, &p);
	ok(!read_cap() && data.flows.n == 1 && data.flows.v[0].roles % FOSR_ROLES == FOSR_ROLE_SERVER,
		"who answers is no group");
	begin(1);
	put_pkt(&cap, &p);
	fosr_put32(cap.b + 24 + 16 + 14 + 16, 0xe00000fb);
	p.proto = 6;
	put_pkt(&cap, &p);
	fosr_put32(cap.b + cap.n - 30 - 20 - 4, 0xe00000fb);
	put_pkt(&cap, &p);
	fosr_put32(cap.b + cap.n - 30 - 20 - 8, 0xe00000fb);
	ok(!read_cap() && data.flows.n == 1 && data.flows.v[0].roles % FOSR_ROLES == FOSR_ROLE_GROUP,
		"UDP to a multicast address is kept");
	ok(in.stats.fate[FOSR_PKT_GROUP] == 1 && in.stats.flows_group == 1, "TCP to one is not");
	ok(in.stats.fate[FOSR_PKT_MALFORMED] == 1, "and none ever sends");
	for (int i = 0; i < FOSR_PKT_FATES; i++)
		ok(fosr_pkt_fate_name[i] && *fosr_pkt_fate_name[i], "fate %d has a name", i);
}

/* The caps, straight at the assembler: a capture that reaches them would be large. */
static void test_caps(void)
{
	struct fosr_seen seen = {.addr = {{.family = 4, .b = {10, 0, 0, 1}}, {.family = 4, .b = {10, 0, 0, 2}}},
		.l4 = 17,
		.port = {5000, 53},
		.len = 1};
	struct fosr_ingest_stats stats = {0};
	struct fosr_assembler a;
	int ret = 0;

	fosr_dataset_free(&data);
	memset(&data, 0, sizeof(data));
	fosr_assembler_init(&a, &data, &stats);
	for (__u32 i = 0; i < FOSR_INGEST_FLOWS + 7; i++) {
		fosr_put32(seen.addr[0].b, i);
		ret |= fosr_assembler_packet(&a, &seen, i, i, i);
	}
	ok(!ret && stats.flows_evicted == 7 && data.flows.n == 7 && data.flows.v[6].start_ns == 6,
		"a full table finishes the longest idle flow early");
	ret |= fosr_assembler_end(&a);
	ok(!ret && stats.flows_kept == FOSR_INGEST_FLOWS + 7 && stats.fate[FOSR_PKT_KEPT] == stats.flows_kept,
		"and loses none");
	for (__u32 i = 0; i < FOSR_INGEST_FLOW_PACKETS + 5; i++)
		ret |= fosr_assembler_packet(&a, &seen, 0, 0, 0);
	ret |= fosr_assembler_end(&a);
	ok(!ret && stats.fate[FOSR_PKT_FLOW_FULL] == 5 &&
			data.flows.v[data.flows.n - 1].packets[0] == FOSR_INGEST_FLOW_PACKETS,
		"a flow keeps so many packets and counts the rest");
	fosr_assembler_free(&a);
}

/* The same file twice is twice the flows: nothing merges across files. */
static void test_files(void)
{
	char path[] = "/tmp/fosr-test.XXXXXX";
	int fd = mkstemp(path);

	fosr_dataset_free(&data);
	memset(&data, 0, sizeof(data));
	fosr_ingest_free(&in);
	fosr_ingest_init(&in, &data);
	begin(1);
	udp_at(0, 1, 2, 5000, 53);
	ok(write(fd, cap.b, cap.n) == (ssize_t)cap.n, "a file");
	ok(!fosr_ingest_file(&in, path, &err) && !fosr_ingest_file(&in, path, &err) && data.flows.n == 2 &&
			in.stats.files == 2 && data.flows.v[1].first == 1,
		"files do not merge");
	ok(!ftruncate(fd, (off_t)cap.n - 1) && fosr_ingest_file(&in, path, &err) == -EINVAL && strstr(err.text, path) &&
			strstr(err.text, "packet 1") && strstr(err.text, "byte"),
		"a truncated file: %s", err.text);
	ok(!ftruncate(fd, 0) && fosr_ingest_file(&in, path, &err) == -ENODATA, "an empty file: %s", err.text);
	ok(pwrite(fd, "\x1f\x8b\x08", 3, 0) == 3 && fosr_ingest_file(&in, path, &err) == -EINVAL &&
			strstr(err.text, "gunzip"),
		"gzip: %s", err.text);
	ok(fosr_ingest_file(&in, "/tmp", &err) == -EISDIR, "a directory: %s", err.text);
	ok(fosr_ingest_file(&in, "/nonexistent/x", &err) == -ENOENT, "no such file: %s", err.text);
	begin(105);
	ok(!ftruncate(fd, 0) && pwrite(fd, cap.b, cap.n, 0) == (ssize_t)cap.n &&
			fosr_ingest_file(&in, path, &err) == -EPROTONOSUPPORT && strstr(err.text, "IEEE802_11"),
		"an unsupported link type: %s", err.text);
	ok(data.flows.n == 2, "none of which added a flow");
	close(fd);
	unlink(path);
}

int main(void)
{
	test_session();
	test_links();
	test_retransmission();
	test_handshakes();
	test_lengths();
	test_time();
	test_roles();
	test_fates();
	test_caps();
	test_files();
	fosr_ingest_free(&in);
	fosr_dataset_free(&data);
	return done();
}
