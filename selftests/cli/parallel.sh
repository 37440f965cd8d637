#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 300 s
# Any number of workers and of shards: the same file. And memory grows with the flows alive, not with the length.
. "$(dirname "$0")/lib.sh"
need python3
IOT=$ROOT/profiles/iot.fosr
cd "$D" || exit 1

create() { run 0 create-pcap "$@"; }

# parts N OPTIONS...: N shards, made one by one, joined in reverse order
parts()
{
	shards=$1 list='' i=1
	shift
	while [ "$i" -le "$shards" ]; do
		create "$@" --shard "$i/$shards" -o "part$i.pcap" || return 1
		list="part$i.pcap $list"
		i=$((i + 1))
	done
	# shellcheck disable=SC2086 # names without spaces
	run 0 join -o joined.pcap $list
}

for of in "-d 2h" "-p $IOT -d 1h" "-d 1h --taint option" "-d 1h --cut" "-c 20000" "-d 60s -f 50M"; do
	# shellcheck disable=SC2086 # options
	check "$of: written with one worker" create $of -j1 -o one.pcap --flows one.csv
	for j in 2 8 64; do
		check "$of: -j$j, the same file and the same flow table" \
			eval 'create $of -j$j -o many.pcap --flows many.csv && same many.pcap one.pcap && same many.csv one.csv'
	done
	for count in 1 2 7; do
		check "$of: $count shards joined, the same file" eval 'parts $count $of && same joined.pcap one.pcap'
	done
done
check "a shard alone is not the whole" eval 'create -d 2h -o whole.pcap && create -d 2h --shard 1/2 -o part1.pcap && prints "shard 1/2" && differ part1.pcap whole.pcap'
check "nor are all shards but one" eval 'parts 3 -d 2h && run 0 join -o two.pcap part1.pcap part3.pcap && differ two.pcap whole.pcap'
check "the flow tables of shards have the rows of the whole" eval '
	create -d 2h -o whole.pcap --flows whole.csv && for i in 1 2 3; do
		create -d 2h --shard $i/3 -o part.pcap --flows part$i.csv && sed 1d part$i.csv
	done | sort >rows && sed 1d whole.csv | sort | cmp - rows'
for part in 0/2 3/2 1 1/ /2 1/2x -1/2 1/99999 " 1/2"; do
	check "--shard '$part' is refused" eval 'run 2 create-pcap -d 1m --shard "$part" -o x.pcap && says "--shard" && [ ! -e x.pcap ]'
done
check "join of a file that is no capture: refused, nothing written" \
	eval 'run 1 join -o x.pcap "$ROOT/README.md" && says "not a shard" && [ ! -e x.pcap ]'
check "join of a file that is not there: refused" eval 'run 1 join -o x.pcap nothing.pcap && says "nothing.pcap" && [ ! -e x.pcap ]'
python3 - <<'END'
import struct
open("us.pcap", "wb").write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
END
check "join of a capture in microseconds: refused" eval 'run 1 join -o x.pcap us.pcap && says "nanoseconds" && [ ! -e x.pcap ]'
check "a shard cut off in a packet: refused, nothing written" \
	eval 'head -c 100001 part1.pcap >cut.pcap && run 1 join -o x.pcap cut.pcap part3.pcap && says cut.pcap && [ ! -e x.pcap ]'
check "join without shards: wrong usage" run 2 join -o x.pcap

# peak NAME OPTIONS...: KiB, and the flows that were alive at once
peak()
{
	python3 - "$X" create-pcap --json -j2 -o peak.pcap "$@" <<'END'
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
said = json.load(child.stdout)
_, status, usage = os.wait4(child.pid, 0)
print(usage.ru_maxrss, said["live_flows_most"])
END
	rm -f peak.pcap
}
# within LIVE KIB: below 64 MiB and 256 bytes per flow alive
within() { [ "$2" -lt $((64 * 1024 + $1 / 4)) ]; }
set -- $(peak -d 1h -f 20k) $(peak -d 1day -f 20k) $(peak -d 30days -f 20k)
check "the same rate for 1 h, 1 day, 30 days: $1, $3, $5 KiB, within 10 %" python3 -c '
import sys
a = [int(x) for x in sys.argv[1:]]
sys.exit(max(a) > 1.1 * min(a))' "$1" "$3" "$5"
check "and below 64 MiB" within "$6" "$5"
set -- $(peak -d 60s -f 300M -n "$ROOT/profiles/small-office.yaml")
check "many flows at once ($2)" [ "$2" -gt 2000 ]
check "their $1 KiB are below 64 MiB and 256 bytes for each" within "$2" "$1"
finish
