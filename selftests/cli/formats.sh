#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# create-pcap --format: the same packets in each format, to python, to capinfos, to verify; the same bytes each time,
# through a pipe, and without io_uring's help.
. "$(dirname "$0")/lib.sh"
need python3
cd "$D" || exit 1

create() { "$X" create-pcap -d 20m -s 5 "$@" >out 2>err; }
# packets A B NS: the same frames; times cut to so many nanoseconds
packets()
{
	python3 - "$@" 2>"$D/err" <<'END'
import sys
from pcapfile import read
a, b, unit = read(sys.argv[1]), read(sys.argv[2]), int(sys.argv[3])
cut = lambda c: (c[0], [[t // unit * unit, data, wire] for t, data, wire in c[1]])
sys.exit(len(a[1]) < 1000 or cut(a) != b)
END
}

for f in pcap pcap-us pcapng; do
	check "$f: created" create --format $f -o $f.1
	check "$f: the same bytes again" eval "create --format $f -o $f.2 && same $f.1 $f.2"
	check "$f: the same bytes through a pipe" eval "create --format $f -o - && same $f.1 out"
	check "$f: the same bytes where there is no O_DIRECT" eval "[ ! -w /dev/shm ] ||
		{ t=\$(mktemp -d -p /dev/shm) && create --format $f -o \$t/f && same $f.1 \$t/f; s=\$?; rm -rf \$t; [ \$s -eq 0 ]; }"
	check "$f: verify knows the campaign" run 0 verify --taint none -d 20m -s 5 $f.1
done
check "pcap is the default" eval 'create -o default && same default pcap.1'
check "pcap-us: the same packets, times cut to microseconds" packets pcap.1 pcap-us.1 1000
check "pcapng: the same packets, to the nanosecond" packets pcap.1 pcapng.1 1
check "what is not the same is seen" eval '! packets pcap.1 pcap-us.1 1'
check "a campaign of another seed is not that one" eval '
	"$X" create-pcap -d 20m -s 6 --format pcapng -o other >out 2>err && run 1 verify --taint none -d 20m -s 5 other'
check "tagged as pcapng, and untainted: the same file" eval 'create --format pcapng --taint option -o tagged &&
	differ tagged pcapng.1 && run 0 untaint -i tagged -o clean && packets clean pcapng.1 1'

types()
{
	capinfos -t "$1" >out 2>err && prints "$2"
}
if command -v capinfos >/dev/null; then
	check "capinfos: pcap with nanoseconds" types pcap.1 "nanosecond"
	check "capinfos: pcap with microseconds" eval 'types pcap-us.1 "Wireshark/tcpdump" && ! prints nanosecond'
	check "capinfos: pcapng" types pcapng.1 "pcapng"
else
	skip_one "capinfos knows the formats" "capinfos is not here"
fi
# comments FILE FLOWS: each packet names its flow, step, service and end state as the flow table has them
comments()
{
	tshark -n -r "$1" -T fields -e frame.comment 2>err >comments || return 1
	python3 - comments "$2" >out 2>err <<'END'
import collections, csv, re, sys
flows = {row["id"]: row for row in csv.DictReader(open(sys.argv[2]))}
steps = collections.Counter()
for line in open(sys.argv[1]):
    id, step, service, state = re.fullmatch(r"flow (\d+) step (\d+) service (\S+) end state (\S+)", line.strip()).groups()
    assert (service, state) == (flows[id]["service"], flows[id]["end_state"]), line
    assert int(step) == steps[id], line
    steps[id] += 1
for id, row in flows.items():
    assert steps[id] == int(row["fwd_packets"]) + int(row["bwd_packets"]), id
END
}
if command -v tshark >/dev/null; then
	check "--comments: each packet says what flow it is of, as the flow table does" eval '
		create --format pcapng --comments -o commented --flows flows.csv && comments commented flows.csv'
	check "a flow table of another seed is seen" eval '
		"$X" create-pcap -d 20m -s 6 -o other --flows other.csv >out 2>err && ! comments commented other.csv'
	check "comments change no packet" packets commented pcapng.1 1
else
	skip_one "--comments: each packet says what flow it is of" "tshark is not here"
fi
check "--comments without pcapng: usage" eval 'run 2 create-pcap -d 1m --comments -o x && says pcapng && [ ! -e x ]'
check "--shard with another format than pcap: usage" eval '
	run 2 create-pcap -d 1m --shard 1/2 --format pcap-us -o x && says --shard && [ ! -e x ]'
check "a format that there is not: usage" eval 'run 2 create-pcap -d 1m --format erf -o x && says pcapng && [ ! -e x ]'
finish
