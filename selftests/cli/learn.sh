#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 240 s
# Captures to profiles: every whole network and every device of the collection, what the profile then samples, and that
# nothing of a capture's payload, names and addresses gets into it; link types, pipes, several captures, options.
. "$(dirname "$0")/lib.sh"
need python3
cd "$D" || exit 1
learn() { run 0 learn -q "$@"; }

# ---- Made captures: the same flows on every link type.

cat >make.py <<'END'
import sys
from pcapfile import *
packets = []
now = 1700000000 * 10**9
for i in range(40):
    c, s = [10, 0, 0, 1 + i % 5], [10, 0, 1, 1]
    now += 10**9
    packets.append((now, udp(c, 40000 + i, s, 53, b"q" * (20 + i % 3))))
    packets.append((now + 10**7, udp(s, 53, c, 40000 + i, b"a" * (60 + i % 5))))
    if i % 2:
        continue
    t, at, back = 50000 + i, 1000 * i, 7777 * i
    for k, (way, flags, data) in enumerate([(0, 2, b""), (1, 18, b""), (0, 16, b""), (0, 24, b"g" * 100),
            (1, 24, b"h" * 900), (0, 16, b""), (0, 17, b""), (1, 17, b""), (0, 16, b"")]):
        ns = now + 2 * 10**7 + k * 10**6
        if way == 0:
            packets.append((ns, tcp(c, t, s, 80, at, back if flags & 16 else 0, flags, data)))
            at += len(data) + (1 if flags & 3 else 0)
        else:
            packets.append((ns, tcp(s, 80, c, t, back, at, flags, data)))
            back += len(data) + (1 if flags & 3 else 0)
packets.sort(key=lambda p: p[0])
def all_of(name, link, head):
    write(name + ".pcap", [(ns, head(p)) for ns, p in packets], link)
def vlan(p, *ids):
    tags = b"".join(struct.pack("!HH", 0x8100 if k == len(ids) - 1 else 0x88a8, v) for k, v in enumerate(ids))
    return b"\2\0\0\0\0\2\2\0\0\0\0\1" + tags + b"\x08\0" + p
all_of("ethernet", 1, ethernet)
all_of("vlan", 1, lambda p: vlan(p, 7))
all_of("qinq", 1, lambda p: vlan(p, 100, 7))
all_of("raw", 101, lambda p: p)
all_of("ipv4", 228, lambda p: p)
all_of("sll", 113, lambda p: struct.pack("!HHH8sH", 0, 1, 6, b"\2\0\0\0\0\1\0\0", 0x0800) + p)
all_of("sll2", 276, lambda p: struct.pack("!HHIHBB8s", 0x0800, 0, 2, 1, 0, 6, b"\2\0\0\0\0\1\0\0") + p)
all_of("arp", 1, lambda p: ethernet(b"\0" * 28, kind=0x0806))
write("none.pcap", [])
write("instant.pcap", [(now, ethernet(udp([10, 0, 0, i], 4000, [10, 0, 1, 1], 53, b"q" * 30))) for i in range(1, 9)])
END
check "captures of one traffic on seven link types" python3 make.py
for link in ethernet vlan qinq raw ipv4 sll sll2; do
	check "$link: 60 flows, 260 packets kept" eval 'learn $link.pcap -o $link.fosr --name x --json &&
		[ "$(field flows)" -eq 60 ] && [ "$(field packets kept)" -eq 260 ]'
	check "$link: its profile is sound" run 0 profile check $link.fosr
done
check "automata of it, twice the same, and sound" eval 'learn ethernet.pcap -o tadam.fosr --name x --steps tadam &&
	learn ethernet.pcap -o tadam2.fosr --name x --steps tadam && cmp tadam.fosr tadam2.fosr &&
	run 0 profile check tadam.fosr && ! cmp -s tadam.fosr ethernet.fosr'
check "a campaign of them" eval 'run 0 create-pcap -q -p tadam.fosr -d 10min -f 100k --taint option --cut -o tadam.pcap &&
	run 0 verify -q -p tadam.fosr -d 10min -f 100k --cut tadam.pcap'
tables() { python3 -c 'import json, struct, sys
d = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", d[:8])[0]
h = json.loads(d[8:8 + n])
for key in ("captures.sha256", "fosr.digest"):
    h["__metadata__"].pop(key)
sys.stdout.buffer.write(json.dumps(h, sort_keys=True).encode() + d[8 + n:])' "$1" >"$2" 2>err; }
for link in vlan qinq raw ipv4 sll sll2; do
	check "$link: what was learned is the same as from Ethernet" \
		eval 'tables ethernet.fosr a && tables $link.fosr b && cmp a b >err 2>&1'
done
if command -v editcap >/dev/null; then
	editcap -F pcapng ethernet.pcap ethernet.pcapng 2>/dev/null
	check "pcapng: the same" \
		eval 'learn ethernet.pcapng -o ng.fosr --name x && tables ng.fosr b && cmp a b >err 2>&1'
	editcap -F pcap ethernet.pcap micro.pcap 2>/dev/null
	check "microseconds: the same flows" \
		eval 'learn micro.pcap -o micro.fosr --name x --json && [ "$(field flows)" -eq 60 ]'
else
	skip_one "pcapng: the same" "needs editcap"
fi

check "learned twice: the same bytes" \
	eval 'cp ethernet.fosr first.fosr && learn ethernet.pcap -o ethernet.fosr --name x &&
		cmp first.fosr ethernet.fosr >err 2>&1'
check "it is also reported" eval 'run 0 learn ethernet.pcap -o e.fosr &&
	prints "read      260 packets in 1 files; kept 260 packets in 60 flows of 2 services" &&
		prints "within sampling error"'
check "the digest that learn prints is the profile's" \
	eval 'd=$(sed -n "s/^profile   //p" "$D/out") && run 0 profile digest e.fosr && prints "$d"'
check "from a pipe: the same" eval 'cat ethernet.pcap | "$X" learn -q - -o pipe.fosr --name x >out 2>err &&
	tables pipe.fosr b && cmp a b >>err 2>&1'
mkfifo fifo
check "from a pipe with a name: the same, and no hang" eval '{ cat ethernet.pcap >fifo & } &&
	timeout 20 "$X" learn -q fifo -o fifo.fosr --name x >out 2>err && tables fifo.fosr b && cmp a b >>err 2>&1'
check "several captures: their flows add up" eval 'learn ethernet.pcap vlan.pcap sll2.pcap -o three.fosr --json &&
	[ "$(field flows)" -eq 180 ] && run 0 profile show three.fosr && prints "flows     180"'
check "each is named by its digest" eval 'run 0 profile show three.fosr --json &&
	for f in ethernet vlan sll2; do prints "$(sha $f.pcap)" || exit 1; done'
check "the name is the file's by default" eval 'learn ethernet.pcap -o lab.fosr && run 0 profile show lab.fosr &&
	prints "profile   lab (lab.fosr)"'
check "--name and --origin are shown" eval 'learn ethernet.pcap -o lab.fosr --name "my lab" --origin "made, CC0" &&
	run 0 profile show lab.fosr && prints "profile   my lab (lab.fosr)" && prints "origin    made, CC0"'
check "a name that is not UTF-8 is refused" \
	eval 'run 2 learn ethernet.pcap -o no.fosr --name "$(printf "b\377")" && says "--name" && [ ! -e no.fosr ]'
check "--flow-per-day is kept" eval 'learn ethernet.pcap -o lab.fosr -f 86400 && run 0 profile show lab.fosr &&
	prints "hist: 86400 flows a day"'
check "--tz: the hours are the zone's, and it is kept" eval 'learn ethernet.pcap -o zone.fosr --name x --tz Asia/Kolkata &&
	tables zone.fosr a && tables first.fosr b && differ a b && LC_ALL=C grep -aq "learned.tz\":\"Asia/Kolkata" zone.fosr'
check "an unknown zone is refused before any capture is read" \
	eval 'run 1 learn nothing.pcap -o no.fosr --tz Asia/Kolkatta && says "did you mean Asia/Kolkata?" && [ ! -e no.fosr ]'
check "also for captures of one instant, which have no rate" eval 'learn instant.pcap -o lab.fosr -f 864k &&
	run 0 profile show lab.fosr && prints "hist: 8640"'
for stage in arrivals flows steps; do
	check "--$stage of no known family: wrong usage, and where they are listed" \
		eval 'run 2 learn ethernet.pcap -o no.fosr --$stage foo && says "--$stage foo" && says "profile list" &&
			[ ! -e no.fosr ]'
done
check "a family that serves another stage is none" eval 'run 2 learn ethernet.pcap -o no.fosr --flows markov'
check "the families that are listed work by name" \
	eval 'learn ethernet.pcap -o fam.fosr --name x --arrivals hist --flows bn --steps markov &&
		cmp fam.fosr first.fosr >err 2>&1'
for f in none arp; do
	check "$f.pcap, without a flow: status 1, and nothing is written" \
		eval 'run 1 learn $f.pcap -o no.fosr && says "no TCP or UDP flow" && [ ! -e no.fosr ]'
done
check "packets that are left out are counted, by reason" eval 'learn arp.pcap ethernet.pcap -o lab.fosr --json &&
	[ "$(field packets ARP)" -eq 260 ] && [ "$(field packets kept)" -eq 260 ]'

# ---- The collection.

cat >leak.py <<'END'
# What of a capture is in its profile: addresses as text, host names, file name, MAC addresses, 16 bytes of payload.
# (Four raw bytes, an IPv4 address, are in any table by chance.) Arguments: the collection's folder, then profile and
# capture, in pairs; "=" stands for the profile before it.
import csv, ipaddress, os, sys
from pcapfile import *
folder, args = sys.argv[1], sys.argv[2:]
captures = {os.path.relpath(c, folder) for c in args[1::2]}
named, wrong, looked = {}, [], [0, 0, 0]
for row in csv.DictReader(open(folder + "/flows.tsv", encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE):
    if row["file"] in captures:
        named.setdefault(row["file"], set()).update({row["src"], row["dst"], (row["sni_or_host"] or "").lower()})
def varied(b, least):
    return len(set(b)) >= least
for profile, path in zip(args[::2], args[1::2]):
    if profile != "=":
        profile = open(profile, "rb").read()
        lower = profile.lower()
        windows = {profile[i:i + 16] for i in range(len(profile) - 15)}
        macs = {profile[i:i + 6] for i in range(len(profile) - 5)}
    texts = named.get(os.path.relpath(path, folder), set()) | {os.path.basename(path).lower()}
    link, packets = read(path)
    seen = set()
    for ns, frame, wire in packets:
        if link == 1:
            seen |= {frame[0:6], frame[6:12]}
        ip = 14 if link == 1 and frame[12:14] == b"\x08\0" else 0
        if frame[ip] >> 4 == 4 and len(frame) >= ip + 20:
            texts |= {str(ipaddress.ip_address(a)) for a in (frame[ip + 12:ip + 16], frame[ip + 16:ip + 20])}
        for at in range(ip + 28, len(frame) - 15, 16):
            looked[0] += 1
            if frame[at:at + 16] in windows and varied(frame[at:at + 16], 8):
                wrong.append("%s: payload %r" % (path, frame[at:at + 16]))
    looked[1] += len(seen)
    wrong += ["%s: MAC address %s" % (path, m.hex()) for m in seen if m in macs and varied(m, 5)]
    texts |= {m.hex(":") for m in seen}
    for t in texts:
        looked[2] += 1
        if len(t) >= 7 and t.encode() in lower:
            wrong.append("%s: text %s" % (path, t))
print("\n".join(wrong[:10]) if wrong else "looked for %d pieces, %d MAC addresses, %d names" % tuple(looked))
sys.exit(bool(wrong) or not looked[2])
END
clean() { python3 leak.py "$DATA/captures" "$@" >out 2>err; }
leaks() { ! clean "$@" && [ ! -s err ]; }

# one CAPTURE PROFILE: learned, sampled within sampling error, sound, learned again, played
one()
{
	learn "$1" -o "$2" --name net --json && [ "$(grep -c '"marginal":' out)" -eq 8 ] &&
		[ "$(grep -c '"ok": true' out)" -eq 8 ] &&
		run 0 profile check "$2" && cp "$2" before.fosr && learn "$1" -o "$2" --name net &&
		cmp before.fosr "$2" >err 2>&1 && run 0 create-pcap -p "$2" -c 2000 -o one.pcap --json &&
			prints '"packets": 2000,'
}

if [ ! -d "$DATA/captures/mixed" ] || [ ! -d "$DATA/captures/iot" ]; then
	skip_one "the collection's captures" "no captures in $DATA: set FOSR_DATA"
	finish
fi
for f in "$DATA"/captures/mixed/*.pcap; do
	name=$(basename "$f")
	check "$name: learned twice alike, sampled within sampling error, sound, played" one "$f" one.fosr
	check "$name: nothing of it is in the profile" clean one.fosr "$f"
done
# A leak would be seen.
f=$DATA/captures/mixed/noise-lab__demo.pcap
learn "$f" -o one.fosr --name net
address=$(awk -F '\t' '$1 == "mixed/noise-lab__demo.pcap" { print $4; exit }' "$DATA/captures/flows.tsv")
cp one.fosr leak.fosr && printf 'x%sx' "$address" >>leak.fosr
check "an address as text would be seen" eval 'leaks leak.fosr "$f" && grep -q "text" out'
cp one.fosr leak.fosr && tail -c 3000 "$f" | head -c 1000 >>leak.fosr
check "a piece of payload would be seen" eval 'leaks leak.fosr "$f" && grep -q "payload" out'

for device in "$DATA"/captures/iot/*/; do
	name=$(basename "$device")
	good=yes k=0
	set --
	for f in "$device"*.pcap; do
		k=$((k + 1))
		set -- "$@" "$D/$k.fosr" "$f"
		one "$f" "$D/$k.fosr" || { good=no && break; }
	done
	[ $good = yes ] || echo "# $f"
	check "$name: $k captures, each learned twice alike, sampled within sampling error, sound, played" \
		[ $good = yes ]
	[ $good = no ] || check "$name: nothing of them is in the profiles" clean "$@"
done
set --
for f in "$DATA"/captures/iot/*/*.pcap; do
	set -- "$@" = "$f"
done
shift
check "all devices together: learned" learn "$DATA"/captures/iot/*/*.pcap -o all.fosr --name iot
check "all devices together: nothing of them is in the profile" clean all.fosr "$@"
# More flows than are sampled, of services that have their hours.
check "half a day of the built-in profile is learned, and the samples are what was learned" eval \
	'run 0 create-pcap -q -d 12h -s 4 --payload none -o long.pcap && run 0 learn long.pcap -o long.fosr && rm long.pcap'
finish
