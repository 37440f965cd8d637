#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# create-pcap --format: the same packets in each format, to python, to capinfos, to verify; the same bytes each time,
# through a pipe, and without io_uring's help.
. "$(dirname "$0")/lib.sh"
need python3
"$X" help create-pcap 2>/dev/null | grep -q -e --format || skip "create-pcap has no --format yet"
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
check "a format that there is not: usage" eval 'run 2 create-pcap -d 1m --format erf -o x && says pcapng && [ ! -e x ]'
finish
