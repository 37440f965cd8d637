#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# P3 and P5 without a network: a capture is verified packet for packet, untaint gives back what would have been without
# a tag, and whatever is taken away, altered, forged, added or repeated is found and named.
. "$(dirname "$0")/lib.sh"
need python3
cd "$D" || exit 1
CAMPAIGN="-d 60s -s 5"

# shellcheck disable=SC2086 # the campaign is options
create() { run 0 create-pcap $CAMPAIGN "$@"; }
# shellcheck disable=SC2086
verify() { run "$1" verify $CAMPAIGN --json "$2" && shift 2 && expect "$@"; }
# shellcheck disable=SC2086
verify_as() { want=$1 && shift && run "$want" verify $CAMPAIGN --json "$@"; }

# expect KEY=VALUE...: members of the last JSON object; all findings that are not named must be 0
expect()
{
	python3 - "$D/out" "$@" >>"$D/err" <<'END'
import json, sys
said = json.load(open(sys.argv[1]))
want = {k: 0 for k in ("missing", "altered", "forged", "extra", "repeated", "answered by a kernel", "too late")}
for word in sys.argv[2:]:
    k, _, v = word.partition("=")
    want[k] = json.loads(v)
wrong = {k: said.get(k) for k in want if said.get(k) != want[k]}
if wrong:
    print("# is", wrong, "expected", {k: want[k] for k in wrong})
sys.exit(bool(wrong))
END
}

# names KIND PACKET FLOW STEP TEXT: one finding with all this; "" matches anything
names()
{
	python3 - "$D/out" "$@" >>"$D/err" <<'END'
import json, sys
kind, packet, flow, step, text = sys.argv[2:7]
for f in json.load(open(sys.argv[1]))["findings"]:
    if (f["kind"] == kind and packet in ("", str(f["packet"])) and flow in ("", str(f["flow"])) and
            step in ("", str(f["step"])) and text in f["text"]):
        sys.exit(0)
print("# no finding:", sys.argv[2:7])
sys.exit(1)
END
}

# ---- What holds.

create --taint option -o tagged.pcap --json
N=$(field packets)
FLOWS=$(field flows)
create --taint none -o plain.pcap
create --taint evil-bit -o evil.pcap
check "a campaign of some packets and flows" [ "$N" -gt 200 -a "$FLOWS" -gt 20 ]
check "the tagged capture is the campaign" \
	verify 0 tagged.pcap planned="$N" seen="$N" captured="$N" flows_whole="$FLOWS" other=0 \
	foreign=0 verdict=true lateness_max_ns=0 early=0
check "a person reads so, too" \
	eval 'run 0 verify $CAMPAIGN tagged.pcap && prints "planned   $N packets in $FLOWS flows" &&
	prints "this is the campaign, packet for packet"'
check "untaint takes off as many tags" eval 'run 0 untaint -i tagged.pcap -o clean.pcap --json &&
	[ "$(field stripped)" -eq "$N" ] && [ "$(field packets)" -eq "$N" ]'
check "untainted it is what was made without tags, byte for byte" same clean.pcap plain.pcap
check "and is the campaign by its bytes" eval 'verify_as 0 --taint none clean.pcap && expect verdict=true seen="$N"'
check "through pipes: the same" \
	eval '"$X" untaint -i - -o - <tagged.pcap 2>err >piped.pcap && same piped.pcap plain.pcap'
check "untaint of the untainted: the same file" \
	eval 'run 0 untaint -i plain.pcap -o again.pcap && same again.pcap plain.pcap'
check "the evil bit is on every packet" eval 'verify_as 0 --taint evil-bit evil.pcap && expect verdict=true seen="$N" &&
	run 0 untaint --taint evil-bit -i evil.pcap -o clean.pcap --json && [ "$(field cleared)" -eq "$N" ]'
check "without it: what was made without" same clean.pcap plain.pcap
check "untaint leaves evil bits alone unless told" \
	eval 'run 0 untaint -i evil.pcap -o again.pcap && same again.pcap evil.pcap'
check "untaint --taint any takes both" \
	eval 'run 0 untaint --taint any -i evil.pcap -o a.pcap && same a.pcap plain.pcap &&
	run 0 untaint --taint any -i tagged.pcap -o a.pcap && same a.pcap plain.pcap'
check "without tags it is not the tagged campaign, and the message says what to add" \
	eval 'verify 1 plain.pcap verdict=false missing="$N" "answered by a kernel"="$N" seen=0 &&
		says "add --taint none"'

# ---- Captures as they come. edit OUT: python on stdin with `p`, the packets of $FROM
FROM=tagged.pcap
edit()
{
	python3 -c '
import sys
from pcapfile import *
link, p = read(sys.argv[2])
def nth(want, k=3):
    """The number of the k-th packet for which want(frame) holds."""
    return [i for i in range(len(p)) if want(Frame(p[i][1]))][k]
def change(i, edit):
    f = Frame(p[i][1])
    edit(f)
    p[i][1] = bytes(f.b)
    p[i][2] = len(p[i][1])
def ident(i):
    """Packet number in the original file, flow and step, for the shell."""
    f = Frame(p[i][1])
    flow, step = struct.unpack("!QI", f.b[f.tag + 8:f.tag + 20]) if f.tag else (0, 0)
    open("at", "w").write("%d %d %d" % (i + 1, flow, step))
exec(sys.stdin.read())
write(sys.argv[1], p, link)' "$1" "$FROM" >out 2>err && read -r AT FLOW STEP <at
}
echo "0 0 0" >at

if command -v editcap >/dev/null; then
	editcap -F pcapng tagged.pcap tagged.pcapng 2>/dev/null
	check "pcapng: the same" verify 0 tagged.pcapng seen="$N" verdict=true
	check "pcapng untainted: the same packets" eval 'run 0 untaint -i tagged.pcapng -o clean.pcapng &&
		verify_as 0 --taint none clean.pcapng && expect seen="$N"'
	editcap -F pcap tagged.pcap micro.pcap 2>/dev/null
	check "time stamps in microseconds: the same" verify 0 micro.pcap seen="$N" verdict=true
else
	skip_one "pcapng: the same" "needs editcap"
fi
edit padded.pcap <<'END'
for q in p:
    q[1] = q[1].ljust(60, b"\0")
    q[2] = len(q[1])
END
check "short frames that came padded: the same" verify 0 padded.pcap seen="$N" verdict=true
edit head.pcap <<'END'
p = p[:300]
END
edit tail.pcap <<'END'
p = p[300:]
END
check "two captures add up when they are parts of one" eval 'verify_as 0 --join head.pcap tail.pcap && expect seen="$N" verdict=true'
check "one of them is not enough" eval 'verify 1 head.pcap seen=300 missing=$((N - 300)) verdict=false'
edit late.pcap <<'END'
for i in range(100, len(p)):
    p[i][0] += 5 * 10**6
END
check "late packets are the campaign all the same, and their lateness is told" \
	eval 'verify 0 late.pcap seen="$N" verdict=true && [ "$(field lateness_max_ns)" -ge 4900000 ]'
edit swapped.pcap <<'END'
i = next(i for i in range(10, len(p)) if p[i + 1][0] - p[i][0] > 10**6)
p[i][1], p[i + 1][1] = p[i + 1][1], p[i][1]
p[i][2], p[i + 1][2] = p[i + 1][2], p[i][2]
END
check "two packets that changed places are the campaign: each is there once" \
	verify 0 swapped.pcap seen="$N" verdict=true
check "but one of them was early" eval 'run 0 verify $CAMPAIGN --json swapped.pcap && [ "$(field early)" -ge 1 ]'
edit foreign.pcap <<'END'
p.insert(20, [p[20][0], ethernet(udp([10, 9, 9, 9], 5000, [10, 9, 9, 8], 53, b"else")), 46])
p.insert(40, [p[40][0], ethernet(b"\0" * 28, kind=0x0806), 42])
p.insert(60, [p[60][0], ethernet(tcp([192, 168, 10, 101], 1, [192, 168, 10, 10], 1, 1, 1, 4)), 54])
END
check "packets that have nothing to do with it do not matter" verify 0 foreign.pcap seen="$N" other=3 verdict=true
run 0 create-pcap -d 10s -s 99 --taint option -o other.pcap --json
OTHERS=$(field packets)
check "nor do those of another campaign" eval 'verify_as 0 tagged.pcap other.pcap && expect seen="$N" verdict=true \
	foreign="$OTHERS"'

# ---- What must be found.

edit missing.pcap <<'END'
ident(77)
del p[77]
END
check "a packet that is not there: missing, with its flow, step and time" \
	eval 'verify 1 missing.pcap missing=1 verdict=false seen=$((N - 1)) flows_whole=$((FLOWS - 1)) &&
		names missing 0 $FLOW $STEP "planned "'
check "the reader sees it, too" \
	eval 'run 1 verify $CAMPAIGN missing.pcap && prints "missing: flow $FLOW step $STEP: planned" &&
	prints "this is NOT the campaign"'
FROM=plain.pcap edit missing-plain.pcap <<'END'
i = nth(lambda f: f.payload < f.end)
del p[i]
END
check "without tags: missing" \
	eval 'verify_as 1 --taint none missing-plain.pcap && expect missing=1 seen=$((N - 1)) verdict=false'

edit byte.pcap <<'END'
i = nth(lambda f: f.payload + 10 < f.end)
ident(i)
f = Frame(p[i][1])
open("where", "w").write("%d 0x%02x 0x%02x" % (f.payload + 9 - 28, f.b[f.payload + 9] ^ 0x40, f.b[f.payload + 9]))
def flip(f):
    f.b[f.payload + 9] ^= 0x40
change(i, flip)
END
read -r BYTE IS WAS <where
check "one bit of a payload: altered, with packet, flow, step, byte, and both values" \
	eval 'verify 1 byte.pcap altered=1 missing=1 verdict=false seen=$((N - 1)) &&
		names altered $AT $FLOW $STEP "byte $BYTE is $IS, planned $WAS"'
edit fixed.pcap <<'END'
i = nth(lambda f: f.payload + 10 < f.end and f.proto == 6)
ident(i)
def flip(f):
    f.b[f.payload + 9] ^= 0x40
    f.fix()
change(i, flip)
END
check "with its checksum made right: altered all the same" \
	eval 'verify 1 fixed.pcap altered=1 missing=1 verdict=false &&
	names altered $AT $FLOW $STEP "untagged byte"'
edit ttl.pcap <<'END'
ident(33)
def hop(f):
    f.b[22] -= 1
    f.fix()
change(33, hop)
END
check "a hop less: altered" eval 'verify 1 ttl.pcap altered=1 missing=1 && names altered $AT $FLOW $STEP "byte 22 is"'
edit mac-address.pcap <<'END'
ident(33)
def other(f):
    f.b[5] ^= 1
change(33, other)
END
check "another MAC address: altered" \
	eval 'verify 1 mac-address.pcap altered=1 missing=1 && names altered $AT $FLOW $STEP "byte 5 is"'
edit shorter.pcap <<'END'
i = nth(lambda f: f.payload + 10 < f.end and f.proto == 17)
ident(i)
def cut(f):
    del f.b[-4:]
    f.b[16:18] = struct.pack("!H", len(f.b) - 14)
    f.b[f.l4 + 4:f.l4 + 6] = struct.pack("!H", len(f.b) - f.l4)
    f.end = len(f.b)
    f.fix()
change(i, cut)
END
check "bytes less, lengths and checksums right: altered" \
	eval 'verify 1 shorter.pcap altered=1 missing=1 && names altered $AT $FLOW $STEP ""'
FROM=plain.pcap edit byte-plain.pcap <<'END'
i = nth(lambda f: f.payload + 10 < f.end)
ident(i)
def flip(f):
    f.b[f.payload + 9] ^= 0x40
    f.fix()
change(i, flip)
END
check "without tags an altered packet is missing, and its stand-in is named" \
	eval 'verify_as 1 --taint none byte-plain.pcap &&
	expect missing=1 "answered by a kernel"=1 verdict=false &&
		names "answered by a kernel" $AT "" "" "not planned or altered"'

edit forged.pcap <<'END'
ident(50)
def bad(f):
    f.b[f.tag + 27] ^= 1
    f.fix()
change(50, bad)
END
check "one bit of a mac: forged, with packet, flow and step" \
	eval 'verify 1 forged.pcap forged=1 missing=1 verdict=false &&
	names forged $AT $FLOW $STEP "mac"'
edit step.pcap <<'END'
ident(50)
def bad(f):
    f.b[f.tag + 19] ^= 1
    f.fix()
change(50, bad)
END
check "another step number: forged" \
	eval 'verify 1 step.pcap forged=1 missing=1 && names forged $AT $FLOW $((STEP ^ 1)) "mac"'
edit address.pcap <<'END'
def bad(f):
    f.b[29] ^= 1
    f.src = bytes(f.b[26:30])
    f.fix()
ident(50)
change(50, bad)
END
check "another source address under a good tag: forged" \
	eval 'verify 1 address.pcap forged=1 missing=1 && names forged $AT $FLOW $STEP "mac"'

# Who knows all options and no secret was given can make tags; what he makes is not planned.
run 0 verify -d 60s -s 5 --json tagged.pcap
DIGEST=$(field campaign digest)
export DIGEST
edit resigned.pcap <<'END'
from tagger import sign
import os
for i in range(5):
    change(i, lambda f: sign(f, os.environ["DIGEST"]))
END
check "the manual's words are enough to make a mac" \
	eval 'verify 0 resigned.pcap verdict=true && same resigned.pcap tagged.pcap'
edit extra.pcap <<'END'
from tagger import sign
import os
def later(f):
    f.b[f.tag + 16:f.tag + 20] = struct.pack("!I", 123456)
    sign(f, os.environ["DIGEST"])
p.insert(51, list(p[50]))
change(51, later)
ident(51)
END
check "a good tag on a step that is not planned: extra" eval 'verify 1 extra.pcap extra=1 verdict=false seen="$N" &&
	names extra $AT $FLOW 123456 "no such packet is planned"'
edit flow.pcap <<'END'
from tagger import sign
import os
def later(f):
    f.b[f.tag + 8:f.tag + 16] = b"\xff" * 8
    sign(f, os.environ["DIGEST"])
p.insert(51, list(p[50]))
change(51, later)
END
check "a good tag on a flow that is not planned: extra" eval 'verify 1 flow.pcap extra=1 verdict=false seen="$N"'
edit retransmit.pcap <<'END'
from tagger import sign
import os
def again(f):
    f.b[f.tag + 2] |= 2
    sign(f, os.environ["DIGEST"])
p.insert(51, list(p[50]))
change(51, again)
END
check "a copy that says it was sent before: no fault, and counted" \
	verify 0 retransmit.pcap retransmitted=1 recovered=0 verdict=true seen="$N"
edit unknown-flag.pcap <<'END'
from tagger import sign
import os
def flag(f):
    f.b[f.tag + 2] |= 4
    sign(f, os.environ["DIGEST"])
p.insert(51, list(p[50]))
change(51, flag)
END
check "a good tag with another flag: extra" eval 'verify 1 unknown-flag.pcap extra=1 verdict=false seen="$N" &&
	names extra "" "" "" "flags 0x4"'

edit repeated.pcap <<'END'
ident(60)
p.insert(61, list(p[60]))
END
check "a packet twice: repeated" eval 'verify 1 repeated.pcap repeated=1 verdict=false seen="$N" &&
	names repeated $((AT + 1)) $FLOW $STEP "again, 0.000000 ms after the first"'
FROM=plain.pcap edit repeated-plain.pcap <<'END'
p.insert(61, list(p[60]))
END
check "without tags: repeated" eval 'verify_as 1 --taint none repeated-plain.pcap && expect repeated=1 verdict=false'
check "the same capture twice as parts of one: all repeated" \
	eval 'verify_as 1 --join tagged.pcap tagged.pcap && expect repeated="$N" verdict=false'

edit rst.pcap <<'END'
i = nth(lambda f: f.proto == 6)
f = Frame(p[i][1])
p.insert(i + 1, [p[i][0], ethernet(tcp(f.dst, f.dport, f.src, f.sport, 0, 1, 20)), 54])
ident(i)
END
check "a kernel's RST to a planned flow: answered, with its packet" \
	eval 'verify 1 rst.pcap "answered by a kernel"=1 verdict=false seen="$N" &&
		names "answered by a kernel" $((AT + 1)) "" "" "TCP between the ends of a planned flow, without a tag"'
edit icmp.pcap <<'END'
i = nth(lambda f: f.proto == 17)
f = Frame(p[i][1])
quote = bytes(f.b[14:f.l4 + 8])
body = bytes([3, 3, 0, 0, 0, 0, 0, 0]) + quote
body = body[:2] + struct.pack("!H", csum(body)) + body[4:]
frame = ethernet(ipv4(f.dst, f.src, 1, body))
p.insert(i + 1, [p[i][0], frame, len(frame)])
ident(i)
END
check "an ICMP error that quotes a tagged packet: answered" \
	eval 'verify 1 icmp.pcap "answered by a kernel"=1 verdict=false seen="$N" &&
	names "answered by a kernel" $((AT + 1)) "" "" "an ICMP error about a planned flow"'
edit icmp-plain.pcap <<'END'
i = nth(lambda f: f.proto == 17)
f = Frame(p[i][1])
f.b[14] -= 7
quote = bytes(f.b[14:34] + f.b[f.l4:f.l4 + 8])
body = bytes([3, 3, 0, 0, 0, 0, 0, 0]) + quote
body = body[:2] + struct.pack("!H", csum(body)) + body[4:]
frame = ethernet(ipv4(f.dst, f.src, 1, body))
p.insert(i + 1, [p[i][0], frame, len(frame)])
END
check "or one that quotes it without its tag" verify 1 icmp-plain.pcap "answered by a kernel"=1 verdict=false seen="$N"
edit stripped.pcap <<'END'
i = nth(lambda f: f.proto == 6)
ident(i)
def strip(f):
    del f.b[34:62]
    f.b[14] -= 7
    f.b[16:18] = struct.pack("!H", f.end - 14 - 28)
    f.l4 -= 28
    f.end -= 28
    f.fix()
change(i, strip)
END
check "a planned packet that lost its tag: missing, and like a kernel's answer" eval 'verify 1 stripped.pcap missing=1 \
	"answered by a kernel"=1 verdict=false'

check "an empty capture: all is missing" eval 'python3 -c "from pcapfile import *; write(\"no.pcap\", [])" &&
	verify 1 no.pcap missing="$N" seen=0 captured=0 verdict=false'

# ---- Another campaign.
for o in "-s 6" "--mtu 1400" "-t 2025-01-06T09:00:01Z" "--payload none" "-f 100k" "-d 61s"; do
	# shellcheck disable=SC2086 # an option and its value
	check "$o: not this campaign, and the one of the tags is named" eval 'verify_as 1 '"$o"' tagged.pcap &&
		[ "$(field verdict)" = False ] && [ "$(field seen)" -eq 0 ] && [ "$(field foreign)" -eq "$N" ] &&
		says "the tags are of campaign $(echo "$DIGEST" | cut -c1-8)"'
done
check "--payload none against random bytes, without tags: not this campaign" \
	eval 'verify_as 1 --taint none --payload none plain.pcap && [ "$(field verdict)" = False ]'

# ---- Captures that cannot answer the question.
fails() { verify_as 1 "$@" && [ "$(wc -l <err)" -eq 1 ] && says "fosr-xdp verify: "; }
edit snapped.pcap <<'END'
for q in p:
    q[1] = q[1][:80]
END
check "a capture with a snapshot length: one line, with the packet, and what to do" \
	eval 'fails snapped.pcap && says "snapped.pcap: packet " && says "tcpdump -s 0"'
edit raw.pcap <<'END'
for q in p:
    q[1] = q[1][14:]
    q[2] = len(q[1])
link = 101
END
check "not Ethernet: one line, and what to do" eval 'fails raw.pcap && says "raw.pcap: not an Ethernet capture"'
check "no capture named: wrong usage" run 2 verify -d 60s
check "no duration: wrong usage, and what to give" eval 'run 2 verify tagged.pcap && says "-d"'

# ---- Secrets.
head -c 32 /dev/urandom >secret
head -c 32 /dev/urandom >secret2
chmod 600 secret secret2
create --taint option --secret-file secret -o secret.pcap --json
check "with a secret: the same campaign digest" [ "$(field campaign digest)" = "$DIGEST" ]
check "but other macs" differ secret.pcap tagged.pcap
check "with it: verified" eval 'verify_as 0 --secret-file secret secret.pcap && expect verdict=true seen="$N"'
check "without it: every tag is forged" eval 'verify_as 1 secret.pcap && expect forged="$N" missing="$N" verdict=false'
check "with another one: every tag is forged" \
	eval 'verify_as 1 --secret-file secret2 secret.pcap && expect forged="$N" missing="$N" verdict=false'
check "untaint needs none" eval 'run 0 untaint -i secret.pcap -o clean.pcap && same clean.pcap plain.pcap'
for mode in 0644 0640 0604 0660; do
	chmod $mode secret
	check "a secret of mode $mode is refused, and told what to do" eval 'fails --secret-file secret secret.pcap &&
		says "secret: mode $mode" && says "chmod 600"'
done
chmod 600 secret
head -c 15 secret >short
chmod 600 short
check "a secret of 15 bytes is refused" \
	eval 'fails --secret-file short secret.pcap && says "short: 15 bytes" && says "16"'
check "no such secret: named" eval 'fails --secret-file nosuch secret.pcap && says "nosuch: "'

# ---- untaint's other ways.
edit mixed.pcap <<'END'
p.insert(20, [p[20][0], ethernet(udp([10, 9, 9, 9], 5000, [10, 9, 9, 8], 53, b"else")), 46])
END
check "--only-tagged leaves out what carried none" \
	eval 'run 0 untaint --only-tagged -i mixed.pcap -o a.pcap && same a.pcap plain.pcap'
check "else it stays where it was" \
	eval 'run 0 untaint -i mixed.pcap -o a.pcap --json && [ "$(field written)" -eq $((N + 1)) ] &&
	[ "$(field stripped)" -eq "$N" ]'
check "a file may be untainted in place" \
	eval 'cp tagged.pcap place.pcap && run 0 untaint -i place.pcap -o place.pcap && same place.pcap plain.pcap'
check "snapped packets are counted and warned of" eval 'python3 -c "
from pcapfile import *
link, p = read(\"tagged.pcap\")
write(\"s.pcap\", [[q[0], q[1][:50], q[2]] for q in p])" && run 0 untaint -i s.pcap -o a.pcap --json &&
	[ "$(field cut)" -eq "$N" ] &&
	says "larger snap length"'
finish
