#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 240 s
# Captures to tables of flows: what a row says, both formats, every packet accounted for; the same flows as the ground
# truth of create-pcap; the same conversations as tshark.
. "$(dirname "$0")/lib.sh"
need python3
cd "$D" || exit 1

python3 - "$ROOT/Documentation/commands.rst" >documented <<'END'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
text = text[text.index("\npcap2flow\n"):]
table = text[text.index("=====\ncolumn"):]
table = table[:table.index("\n\n")]
# A cell of several names is a pair, or a list of columns side by side.
print(",".join(re.findall(r"``(\w+)``", "\n".join(line.split("  ")[0] for line in table.splitlines()))))
END

# ---- Made captures.

cat >make.py <<'END'
from pcapfile import *
c, s, ms, at = [10, 0, 0, 1], [93, 184, 216, 34], 10**6, 1700000000 * 10**9
def seg(t, way, seq, ack, flags, data=b""):
    p = tcp(c, 40000, s, 443, seq, ack, flags, data) if way == 0 else tcp(s, 443, c, 40000, seq, ack, flags, data)
    return (at + t * ms, ethernet(p))
session = [seg(0, 0, 1000, 0, 2), seg(20, 1, 5000, 1001, 18), seg(40, 0, 1001, 5001, 16),
    seg(50, 0, 1001, 5001, 24, b"g" * 100), seg(60, 1, 6001, 1101, 16, b"h" * 1000), seg(61, 1, 5001, 1101, 24, b"h" * 1000),
    seg(300, 0, 1001, 5001, 24, b"g" * 100), seg(400, 0, 1101, 7001, 17), seg(420, 1, 7001, 1102, 17),
    seg(440, 0, 1102, 7002, 16)]
write("session.pcap", session)
vlan = lambda p: p[:12] + struct.pack("!HH", 0x8100, 0x2007) + p[12:]
write("a,b \"c\".pcap", [(ns, vlan(p)) for ns, p in session])
other = [(at, ethernet(b"\0" * 28, kind=0x0806)), (at + 1, ethernet(b"\x60" + b"\0" * 60, kind=0x0800)),
    (at + 2, ethernet(udp(c, 5000, s, 53, b"q" * 30)))]
write("other.pcap", other)
write("none.pcap", [])
END
check "captures are made" eval 'python3 make.py >out 2>err'
check "a table" eval 'run 0 pcap2flow session.pcap -o t.csv && prints "wrote     t.csv, 1 flows" &&
	prints "read      10 packets in 1 files; 10 of them are in the flows"'
head -n 1 t.csv >header
check "its columns are those of the manual" same documented header
cat >want.csv <<'END'
session.pcap,2023-11-14T22:13:20Z,2023-11-14T22:13:20.440Z,tcp,10.0.0.1,40000,93.184.216.34,443,1:+fu2KbftImRzbfCHYFp9WDsl/xA=,https,SF,6,4,200,2000,524,2216,64,64,APSF,APSF,1,0,0,1,0,0,1000000,48888888,239000000,
END
tail -n +2 t.csv >rows
check "a session with a segment sent again and one out of order" same want.csv rows
check "names are quoted as RFC 4180 says; VLAN" eval 'run 0 pcap2flow a,b\ \"c\".pcap -o q.csv &&
	tail -n 1 q.csv | grep -q "^\"a,b \"\"c\"\".pcap\",2023.*,7$"'
cat >alike.py <<'END'
import csv, json, sys
table = list(csv.DictReader(open(sys.argv[1], newline="")))
objects = [json.loads(line) for line in open(sys.argv[2])]
words = {"capture", "start", "end", "proto", "src", "dst", "community_id", "service", "end_state", "fwd_flags", "bwd_flags", "vlan"}
wrong = len(table) != len(objects) or not table
for row, o in zip(table, objects):
    wrong |= list(row) != list(o) or any(o[k] is not None and isinstance(o[k], str) != (k in words) for k in o)
    # An empty word may be a word of no letters, or none.
    wrong |= any(row[k] != ("" if o[k] is None else str(o[k])) for k in o)
sys.exit(wrong)
END
check "JSON lines: the same values" eval 'run 0 pcap2flow a,b\ \"c\".pcap session.pcap other.pcap -o t.jsonl &&
	run 0 pcap2flow a,b\ \"c\".pcap session.pcap other.pcap -o t.csv && python3 alike.py t.csv t.jsonl >out 2>err'
check "flows of several captures are never mixed" eval 'cut -d, -f1 t.csv >names; [ "$(wc -l <t.csv)" -eq 4 ] &&
	run 0 pcap2flow session.pcap session.pcap -o two.csv && [ "$(tail -n +2 two.csv | sort -u | wc -l)" -eq 1 ] &&
	[ "$(wc -l <two.csv)" -eq 3 ]'
check "to standard output: the same, and the account on standard error" eval '
	"$X" pcap2flow session.pcap -o - >std.csv 2>err && tail -n +2 std.csv | cmp -s - rows && says "read      10 packets"'
check "from a pipe" eval '"$X" pcap2flow - -o - <session.pcap 2>err | tail -n +2 | cut -d, -f2- >piped &&
	cut -d, -f2- rows | cmp -s - piped'
check "--json and the table on one standard output: wrong usage" run 2 pcap2flow session.pcap -o - --json
check "over a capture: wrong usage" eval 'cp session.pcap keep.pcap && run 2 pcap2flow other.pcap keep.pcap -o keep.pcap &&
	run 2 pcap2flow keep.pcap -o ./keep.pcap && says "write over" && cmp -s session.pcap keep.pcap'
check "each packet left out has its reason" eval 'run 0 pcap2flow other.pcap -o o.csv && prints "left out  1 packets: ARP" &&
	prints "left out  1 packets: malformed header" && run 0 pcap2flow other.pcap -o o.csv --json &&
	[ "$(field packets_read)" -eq 3 ] && [ "$(field packets ARP)" -eq 1 ] && [ "$(field packets kept)" -eq 1 ] &&
	[ "$(field packets "malformed header")" -eq 1 ] && [ "$(field flows)" -eq 1 ]'
check "a capture of nothing: a heading, and status 0" eval 'run 0 pcap2flow none.pcap -o n.csv && same n.csv header'

# ---- Our own captures: exactly the ground truth, in an hour of the built-in rates.

cat >truth.py <<'END'
import collections, csv, sys
columns = """start end proto src src_port dst dst_port community_id service end_state fwd_packets bwd_packets fwd_payload
bwd_payload fwd_bytes bwd_bytes""".split()
# Clients that do not choose their ports: flows that come after each other have the same ends, and are one in a capture.
fixed = {("udp", port) for port in "67 547 5353 137 138 123 500".split()}
def rows(path):
    return collections.Counter(tuple(r[c] for c in columns) for r in csv.DictReader(open(path, newline=""))
                               if (r["proto"], r["dst_port"]) not in fixed)
truth, seen = rows(sys.argv[1]), rows(sys.argv[2])
for sign, some in (("-", truth - seen), ("+", seen - truth)):
    for row in sorted(some)[:5]:
        print(sign, *row)
print(sum(truth.values()), "flows")
sys.exit(truth != seen or not truth)
END
truth() { run 0 create-pcap -q "$@" -o made.pcap --flows truth.csv && run 0 pcap2flow made.pcap -o seen.csv --json &&
	cp out account && python3 truth.py truth.csv seen.csv >out 2>err; }
check "an hour of office: the same flows, times, packets, bytes, services and end states" truth -d 1h
check "an hour of iot: the same" truth -p "$ROOT/profiles/iot.fosr" -d 1h
check "every packet of it is in a flow" eval 'cp account out && [ "$(field packets_read)" -eq "$(field packets kept)" ]'
check "IPv6, and VLANs" truth -n "$ROOT/profiles/demo.yaml" -d 20m -s 2
check "a difference would be seen" eval 'sed "2s/,SF,/,S1,/;3s/,S0,/,S1,/" seen.csv >wrong.csv &&
	! python3 truth.py truth.csv wrong.csv >out 2>err'

# ---- Captures of the collection: tshark's conversations.

if ! command -v tshark >/dev/null; then
	skip_one "the same conversations as tshark" "no tshark"
elif [ ! -d "$DATA/captures/mixed" ]; then
	skip_one "the same conversations as tshark" "no captures in $DATA: set FOSR_DATA"
else
	conversations()
	{
		tshark -n -r "$1" -q -z conv,tcp -z conv,udp >tshark.txt 2>err
		run 0 pcap2flow "$1" -o c.csv && python3 "$HERE/conversations.py" c.csv tshark.txt >out 2>err
	}
	for f in "$DATA"/captures/mixed/*.pcap "$DATA"/captures/iot/*/*0*.pcap; do
		[ "$n" -lt 40 ] || break
		check "${f#"$DATA/captures/"}: the same conversations, packets and bytes as tshark" conversations "$f"
	done
	check "a row that is not there is seen" eval 'sed 2d c.csv >less.csv &&
		! python3 "$HERE/conversations.py" less.csv tshark.txt >out 2>err'
	f=$DATA/captures/mixed/RadionBik__example.pcap
	again='tcp.analysis.retransmission || tcp.analysis.fast_retransmission || tcp.analysis.spurious_retransmission'
	sent_again() { cut -d, -f22,23 c.csv | tr , '\n' | awk '{ sum += $1 } END { print sum }'; }
	check "as many packets sent again as tshark sees" eval 'run 0 pcap2flow "$f" -o c.csv &&
		tshark -n -r "$f" -Y "$again" >again.txt 2>err && [ "$(wc -l <again.txt)" -gt 50 ] &&
		[ "$(sent_again)" -eq "$(wc -l <again.txt)" ]'
fi
finish
