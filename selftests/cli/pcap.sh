#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 300 s
# What create-pcap writes, as tshark sees it: nothing malformed, checksums right, no hole in a connection, sorted,
# within the MTU, and the sums of its packets are the rows of --flows.
. "$(dirname "$0")/lib.sh"
need tshark
need capinfos
need python3
IOT=$ROOT/profiles/iot.fosr
cd "$D" || exit 1

# A configuration of tshark's own in which only the layers that we make are looked into: random payload is no DNS.
XDG_CONFIG_HOME=$D/config
export XDG_CONFIG_HOME
mkdir -p config/wireshark
tshark -G protocols 2>/dev/null | cut -f 3 |
	grep -vxE 'frame|eth|ethertype|ip|tcp|udp|icmp|data|communityid|_ws\..*' >config/wireshark/disabled_protos
unset WIRESHARK_CONFIG_DIR
COMMUNITY=
tshark -G protocols 2>/dev/null | cut -f 3 | grep -qx communityid && COMMUNITY=yes

cat >fields <<'END'
frame.number frame.time_epoch frame.len frame.protocols ip.src ip.dst ip.len tcp.srcport tcp.dstport udp.srcport
udp.dstport tcp.len udp.length tcp.flags ip.checksum.status tcp.checksum.status udp.checksum.status _ws.malformed
tcp.analysis.ack_lost_segment tcp.analysis.lost_segment tcp.analysis.out_of_order tcp.analysis.retransmission
tcp.analysis.zero_window_probe tcp.stream _ws.expert.severity _ws.expert.message
END

# look FILE: FILE.tsv, one line per packet
look()
{
	# shellcheck disable=SC2046 # field names
	tshark -n -r "$1" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields \
		-E header=y $(printf -- '-e %s ' $(cat fields)) \
		${COMMUNITY:+--enable-protocol communityid -e communityid} >"$1.tsv" 2>look.err && return
	cp look.err "$D/err"
	return 1
}

cat >sound.py <<'END'
# What is wrong with a capture, by kind: "kind count (packet number)".
import csv, sys
wrong = {}
def note(kind, row):
    wrong.setdefault(kind, []).append(row["frame.number"])
last, n, probed = 0, 0, set()
for row in csv.DictReader(open(sys.argv[1]), delimiter="\t", quoting=csv.QUOTE_NONE):
    n += 1
    l4 = "tcp" if row["tcp.srcport"] else "udp"
    now = int(row["frame.time_epoch"].replace(".", ""))
    if row["frame.protocols"] not in ("eth:ethertype:ip:" + l4, "eth:ethertype:ip:" + l4 + ":data"):
        note("protocol " + row["frame.protocols"], row)
    if row["_ws.malformed"]:
        note("malformed", row)
    if row["ip.checksum.status"] != "1":
        note("IP checksum", row)
    if row[l4 + ".checksum.status"] != "1":
        note(l4 + " checksum", row)
    # A reset says that its window is 0; one byte from the other end after it is a probe to tshark, which leaves it out
    # of its account.
    if row["tcp.analysis.zero_window_probe"]:
        probed.add(row["tcp.stream"])
    for field in ("ack_lost_segment", "lost_segment", "out_of_order"):
        if row["tcp.analysis." + field] and row["tcp.stream"] not in probed:
            note(field, row)
    # Attempts to connect are repeated by intent, nothing else is.
    if row["tcp.analysis.retransmission"] and not int(row["tcp.flags"], 16) & 2:
        note("retransmission", row)
    severity = row["_ws.expert.severity"]
    if "Error" in severity or any(int(s) >= 0x800000 for s in severity.split(",") if s):
        note("expert error " + row["_ws.expert.message"][:60], row)
    if now < last:
        note("time goes back", row)
    last = now
for kind in list(wrong)[:8]:
    print(kind, len(wrong[kind]), "(packet %s)" % wrong[kind][0])
if not n:
    print("empty")
END
sound() { look "$1" && python3 sound.py "$1.tsv" >"$D/out" 2>"$D/err" && [ ! -s "$D/out" ]; }
# unsound FILE KIND: exactly this is found
unsound() { look "$1" && python3 sound.py "$1.tsv" >"$D/out" 2>"$D/err" && grep -q "^$2 " "$D/out"; }

create() { "$X" create-pcap "$@" >out 2>err; }
dns_is_seen() { tshark -r office.pcap -Y dns -c 100 2>/dev/null | grep -q .; }

create -d 30m -o office.pcap
check "tshark by itself would look for DNS in it" eval '(XDG_CONFIG_HOME=$D/none && dns_is_seen)'
check "as these tests call it, it does not" eval '! dns_is_seen'

for seed in 0 1; do
	for payload in random none; do
		for profile in office iot; do
			p=office
			[ $profile = iot ] && p=$IOT
			f=$profile-$seed-$payload.pcap
			check "$profile, seed $seed, payload $payload: created" create -p "$p" -d 30m -s $seed \
				--payload $payload -o "$f"
			check "$profile, seed $seed, payload $payload: sound to tshark, packet by packet" sound "$f"
			check "$profile, seed $seed, payload $payload: in strict order of time" \
				eval 'capinfos -o "$f" >out 2>err && prints "Strict time order:   True"'
			rm -f "$f" "$f.tsv"
		done
	done
done
check "tagged packets are sound, too" eval 'create -d 10m --taint option -o tagged.pcap && sound tagged.pcap'

# The same test must see what is wrong. edit OUT: python on stdin, with `p`, the packets of office.pcap
edit()
{
	python3 -c '
import sys
from pcapfile import *
link, p = read("office.pcap")
p = p[:4000]
tcp_data = [i for i in range(len(p)) if Frame(p[i][1]).proto == 6 and Frame(p[i][1]).payload < Frame(p[i][1]).end]
udp_data = [i for i in range(len(p)) if Frame(p[i][1]).proto == 17]
exec(sys.stdin.read())
write(sys.argv[1], p)' "$1" >out 2>err
}
edit bad-tcp.pcap <<'END'
f = Frame(p[tcp_data[5]][1]); f.b[f.payload] ^= 1; p[tcp_data[5]][1] = bytes(f.b)
END
edit bad-udp.pcap <<'END'
f = Frame(p[udp_data[5]][1]); f.b[-1] ^= 1; p[udp_data[5]][1] = bytes(f.b)
END
edit bad-ip.pcap <<'END'
f = Frame(p[9][1]); f.b[22] ^= 1; p[9][1] = bytes(f.b)
END
edit bad-hole.pcap <<'END'
# Of a connection from its SYN on, the first of two segments one way.
seen, begun = {}, {Frame(q[1]).key() for q in p if Frame(q[1]).flags & 2}
for i in tcp_data:
    k = Frame(p[i][1]).key()
    if k in seen and k in begun:
        del p[seen[k]]
        break
    seen[k] = i
END
edit bad-order.pcap <<'END'
p[50], p[2000] = p[2000], p[50]
END
edit bad-length.pcap <<'END'
f = Frame(p[udp_data[3]][1]); f.b[f.l4 + 4:f.l4 + 6] = b"\0\7"; p[udp_data[3]][1] = bytes(f.b)
END
check "a wrong byte in a TCP payload is seen" unsound bad-tcp.pcap "tcp checksum"
check "a wrong byte in a UDP payload is seen" unsound bad-udp.pcap "udp checksum"
check "a wrong byte in an IP header is seen" unsound bad-ip.pcap "IP checksum"
check "a segment that is not there is seen" eval 'unsound bad-hole.pcap "[a-z_]*lost_segment"'
check "a packet in the wrong place is seen" unsound bad-order.pcap "time goes back"
check "a wrong length is seen" unsound bad-length.pcap "expert error"
rm -f bad-*

# Flows. Columns as documented; the rows against the packets.
create -d 30m -o office.pcap --flows office.csv
python3 - "$ROOT/Documentation/commands.rst" >documented <<'END'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
part = re.search(r"``--flows FILE``\n(    .*\n)*?(    .*Columns:(.|\n)*?)\n\n", text).group(2)
print(",".join(re.findall(r"``(\w+)``", part[part.index("Columns:"):])))
END
head -n 1 office.csv | tr -d '\r' >header
check "the columns of --flows are those of the manual" same documented header

cat >flows.py <<'END'
import csv, datetime, json, sys
tsv, path, community = sys.argv[1:4]
rows = [json.loads(line) for line in open(path)] if path.endswith(".jsonl") else list(csv.DictReader(open(path)))
def ns(text):
    whole, _, part = text.rstrip("Z").partition(".")
    seconds = int(datetime.datetime.fromisoformat(whole + "+00:00").timestamp())
    return seconds * 10**9 + int((part + "0" * 9)[:9])
def key(proto, src, sport, dst, dport):
    return (proto,) + tuple(sorted([(src, int(sport)), (dst, int(dport))]))
wrong, flows = [], {}
for r in rows:
    r["from"], r["to"] = ns(r["start"]), ns(r["end"])
    r["seen"] = {"packets": [0, 0], "payload": [0, 0], "bytes": [0, 0]}
    r["first"], r["last"], r["cid"] = None, None, set()
    if r["src"] == r["dst"]:
        wrong.append("flow %s talks to itself" % r["id"])
    flows.setdefault(key(r["proto"], r["src"], r["src_port"], r["dst"], r["dst_port"]), []).append(r)
for k in flows:
    flows[k].sort(key=lambda r: r["from"])
    for a, b in zip(flows[k], flows[k][1:]):
        if b["from"] <= a["to"]:
            wrong.append("flows %s and %s are alive at once with the same ends" % (a["id"], b["id"]))
if len({r["id"] for r in rows}) != len(rows):
    wrong.append("an id twice")
for p in csv.DictReader(open(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
    l4 = "tcp" if p["tcp.srcport"] else "udp"
    ends = p["ip.src"], int(p[l4 + ".srcport"]), p["ip.dst"], int(p[l4 + ".dstport"])
    now = int(p["frame.time_epoch"].replace(".", ""))
    of = [r for r in flows.get(key(l4, *ends), []) if r["from"] <= now <= r["to"]]
    if len(of) != 1:
        wrong.append("packet %s belongs to %d flows" % (p["frame.number"], len(of)))
        continue
    r = of[0]
    way = 0 if (r["src"], int(r["src_port"])) == ends[:2] else 1
    r["seen"]["packets"][way] += 1
    r["seen"]["bytes"][way] += int(p["frame.len"])
    r["seen"]["payload"][way] += int(p["tcp.len"]) if l4 == "tcp" else int(p["udp.length"]) - 8
    r["first"] = now if r["first"] is None else r["first"]
    r["last"] = now
    r["cid"].add(p.get("communityid") or "")
for r in rows:
    for what in ("packets", "payload", "bytes"):
        said = [int(r["fwd_" + what]), int(r["bwd_" + what])]
        if said != r["seen"][what]:
            wrong.append("flow %s: %s %s, seen %s" % (r["id"], what, said, r["seen"][what]))
    if (r["first"], r["last"]) != (r["from"], r["to"]):
        wrong.append("flow %s: first and last packet are at other times" % r["id"])
    if community and r["cid"] != {r["community_id"]}:
        wrong.append("flow %s: community id %s, tshark has %s" % (r["id"], r["community_id"], r["cid"]))
print("\n".join(wrong[:20]), end="")
sys.exit(bool(wrong) or not rows)
END
flows() { python3 flows.py "$1.tsv" "$2" "${3:-}" >out 2>err; }
number_of() { sed -n "s/.* \([0-9]*\) $1,.*/\1/p" "$2"; }

check "the rows of --flows are the sums of the packets, each way, with their times" \
	eval 'look office.pcap && flows office.pcap office.csv'
if [ -n "$COMMUNITY" ]; then
	check "the community ids are tshark's" flows office.pcap office.csv yes
else
	skip_one "the community ids are tshark's" "this tshark computes none"
fi
awk -F, 'BEGIN { OFS = "," } NR == 40 { $15++ } { print }' office.csv >wrong.csv
check "a row with a packet too many is seen" eval '! flows office.pcap wrong.csv && prints "packets ["'
sed 40d office.csv >wrong.csv
check "a row that is not there is seen" eval '! flows office.pcap wrong.csv && prints "belongs to 0 flows"'
check "as many rows as flows" eval 'create -d 30m -o office.pcap --flows office.jsonl --json &&
	[ "$(field flows)" -eq "$(wc -l <office.jsonl)" ] && [ "$(field flows)" -eq $(($(wc -l <office.csv) - 1)) ]'
check "JSON lines say what CSV says" python3 - <<'END'
import csv, json, sys
a = list(csv.DictReader(open("office.csv")))
b = [json.loads(line) for line in open("office.jsonl")]
sys.exit(a != [{k: str(v) for k, v in row.items()} for row in b])
END
check "numbers are numbers in JSON lines, ids are text" python3 - <<'END'
import json, sys
row = json.loads(open("office.jsonl").readline())
sys.exit(not (isinstance(row["fwd_bytes"], int) and isinstance(row["src_port"], int) and isinstance(row["id"], str)))
END
check "the same for the other profile, cut at the end" \
	eval 'create -p "$IOT" -d 30m --cut -o iot.pcap --flows iot.csv &&
	look iot.pcap && flows iot.pcap iot.csv $COMMUNITY'
check "and ended by a number of packets" eval 'create -c 5000 -s 3 -o c.pcap --flows c.csv && look c.pcap &&
	flows c.pcap c.csv $COMMUNITY'

# The tag takes 28 bytes, whether there is one or not: a tagged campaign has the same packets.
within()
{
	python3 - "$1" "$2" >out 2>err <<'END'
import sys
from pcapfile import *
longest, most = max(Frame(p[1]).end - 14 for p in read(sys.argv[1])[1]), int(sys.argv[2])
print("the longest IP packet has", longest, "bytes")
# Where the profile has longer ones, some are as long as they may be.
sys.exit(longest > most or most < 1500 and longest < most * 0.9)
END
}
for mtu in 576 1500 9000; do
	check "--mtu $mtu: no IP packet is longer than that without the tag" \
		eval 'create -d 10m --mtu $mtu -o m.pcap && within m.pcap $((mtu - 28))'
	check "--mtu $mtu, tagged: no IP packet is longer than that" \
		eval 'create -d 10m --mtu $mtu --taint option -o m.pcap && within m.pcap $mtu'
done
check "--mtu 576: sound to tshark" eval 'create -d 10m --mtu 576 -o m.pcap && sound m.pcap'
check "what is longer than the MTU is seen" eval 'create -d 10m --mtu 1500 -o m.pcap && ! within m.pcap 1400'

finish
