#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# verify with several vantage points: captures and pcapng interfaces read together, what is missing at which of them,
# the way between them, retransmitted copies, order, lateness, and a row per flow.
. "$(dirname "$0")/lib.sh"
need python3
cd "$D" || exit 1
CAMPAIGN="-d 60s -s 5"

# shellcheck disable=SC2086 # the campaign is options
verify() { want=$1 && shift && run "$want" verify $CAMPAIGN --json "$@"; }

# expect EXPRESSION: python over the last JSON object: its members by name, p(NAME) a point, find(KIND, TEXT...) a
# finding's point and packet or None, clean(KIND...) no finding but these, N packets, FLOW and STEP of the one edited
expect()
{
	python3 - "$D/out" "$1" "$N" "$FLOW" "$STEP" >>"$D/err" <<'END'
import json, sys
said = json.load(open(sys.argv[1]))
def p(name):
    return next((x for x in said["points"] if x["name"] == name), None)
def find(kind, text="", flow=None, step=None):
    return next(((x["point"], x["packet"]) for x in said["findings"] if x["kind"] == kind and text in x["text"] and
                 flow in (None, x["flow"]) and step in (None, x["step"])), None)
def clean(*but):
    return not any(said[k] for k in ("missing", "altered", "forged", "extra", "repeated", "answered by a kernel",
                                     "too late", "reordered", "late") if k not in but)
names = dict(said, p=p, find=find, clean=clean, said=said, N=int(sys.argv[3]), FLOW=int(sys.argv[4]),
             STEP=int(sys.argv[5]))
if eval(" ".join(sys.argv[2].split()), names):
    sys.exit(0)
print("# does not hold:", sys.argv[2])
sys.exit(1)
END
}

# verify_is STATUS EXPRESSION ARGS...
verify_is()
{
	status=$1 words=$2
	shift 2
	verify "$status" "$@" && expect "$words"
}

# make: python on stdin, with `p`, the campaign's packets, each [time in ns, bytes, length]
make()
{
	python3 -c '
import os, sys
from pcapfile import *
from tagger import sign
link, p = read("tagged.pcap")
def tag(q):
    """Flow and step."""
    f = Frame(q[1])
    return struct.unpack("!QI", f.b[f.tag + 8:f.tag + 20])
def about(i):
    open("at", "w").write("%d %d\n" % tag(p[i]))
def again(q, later=0):
    """The same packet, sent again, as its tag says."""
    f = Frame(q[1])
    f.b[f.tag + 2] |= 2
    sign(f, os.environ["DIGEST"])
    return [q[0] + later, bytes(f.b), q[2]]
def ordered(packets):
    return sorted(packets, key=lambda q: q[0])
def shifted(packets, ns):
    return [[q[0] + ns, q[1], q[2]] for q in packets]
def long_flow(least=10):
    """Numbers of the packets of a flow that has at least so many."""
    flows = {}
    for i, q in enumerate(p):
        flows.setdefault(tag(q)[0], []).append(i)
    return next(v for v in flows.values() if len(v) >= least)
def same_end(least=10):
    """Those of a long flow that its first sender sent."""
    v = long_flow(least)
    return [i for i in v if Frame(p[i][1]).src == Frame(p[v[0]][1]).src]
exec(sys.stdin.read())' >out 2>err && read -r FLOW STEP <at
}
echo "0 0" >at
FLOW=0 STEP=0

# shellcheck disable=SC2086
run 0 create-pcap $CAMPAIGN --taint option -o tagged.pcap --json
N=$(field packets)
DIGEST=$(field campaign digest)
export DIGEST

# ---- Two points.
make <<'END'
write("left.pcap", p)
write("right.pcap", shifted(p, 250000))
END
check "two points that saw all of it: it is the campaign, and nothing is repeated" verify_is 0 \
	'verdict and clean() and seen == N and captured == 2 * N and p("left.pcap")["seen"] == p("right.pcap")["seen"] == N' \
	left.pcap right.pcap
check "the way from one to the other is told" expect \
	'len(delays) == 1 and delays[0]["from"] == "left.pcap" and delays[0]["to"] == "right.pcap" and
	delays[0]["packets"] == N and delays[0]["max_ns"] == 250000 and 235000 <= delays[0]["p50_ns"] <= 266000'
check "and how late each was" expect \
	'lateness_max_ns == 0 and p("left.pcap")["lateness_max_ns"] == 0 and p("right.pcap")["lateness_max_ns"] == 250000'
check "a person reads so, too" eval 'run 0 verify $CAMPAIGN left.pcap right.pcap &&
	prints "point 2   right.pcap: $N seen of $N captured" && prints "delay     left.pcap to right.pcap: median "'
check "in the other order: the same" verify_is 0 'verdict and delays[0]["from"] == "left.pcap"' right.pcap left.pcap

make <<'END'
i = long_flow()[4]
about(i)
write("right.pcap", p[:i] + p[i + 1:])
END
check "what one point saw and the other did not is missing there, and named" verify_is 1 \
	'missing == 1 and clean("missing") and seen == N and find("missing", "planned", FLOW, STEP) == ("right.pcap", 0)' \
	left.pcap right.pcap
check "in that point's counts" expect 'p("right.pcap")["missing"] == 1 and p("left.pcap")["missing"] == 0'
check "and in words" eval 'run 1 verify $CAMPAIGN left.pcap right.pcap &&
	prints "missing: at right.pcap: flow $FLOW step $STEP: planned"'
make <<'END'
i = long_flow()[4]
about(i)
write("neither.pcap", p[:i] + p[i + 1:])
END
check "what no point saw is missing once, at none" verify_is 1 \
	'missing == 1 and clean("missing") and seen == N - 1 and find("missing", "", FLOW, STEP) == (None, 0)' \
	neither.pcap right.pcap
check "and in the counts of both" expect 'all(x["missing"] == 1 for x in points)'
make <<'END'
gone = set(long_flow())
write("right.pcap", [q for i, q in enumerate(p) if i not in gone])
END
check "a flow that takes another way is not missing at a point that saw nothing of it" verify_is 0 \
	'verdict and clean() and p("right.pcap")["missing"] == 0 and seen == N' left.pcap right.pcap
make <<'END'
write("left.pcap", p[:500])
write("right.pcap", p[500:])
END
check "two halves are not two points: flows that both saw a part of miss the other" verify_is 1 \
	'missing > 0 and clean("missing") and seen == N' left.pcap right.pcap
check "with --join they are one" verify_is 0 'verdict and clean() and len(points) == 1' --join left.pcap right.pcap
check "an empty capture is a point that saw nothing" eval 'python3 -c "from pcapfile import *; write(\"no.pcap\", [])" &&
	verify_is 0 "verdict and p(\"no.pcap\")[\"seen\"] == 0" tagged.pcap no.pcap'
make <<'END'
write("left.pcap", p)
write("right.pcap", p[:60] + [p[60], p[60]] + p[61:])
about(60)
END
check "a packet twice at one point: repeated, there" verify_is 1 \
	'repeated == 1 and clean("repeated") and find("repeated", "again, 0.000000 ms", FLOW, STEP) == ("right.pcap", 62)' \
	left.pcap right.pcap
make <<'END'
i = long_flow()[4]
f = Frame(p[i][1])
f.b[22] -= 1
about(i)
write("right.pcap", p[:i] + [[p[i][0], bytes(f.fix().b), p[i][2]]] + p[i + 1:])
END
check "a hop less at one point: altered, and missing, there" verify_is 1 \
	'altered == missing == 1 and clean("altered", "missing") and seen == N and
	find("altered", "byte 22", FLOW, STEP)[0] == "right.pcap" and find("missing", "", FLOW, STEP) == ("right.pcap", 0)' \
	left.pcap right.pcap
make <<'END'
f = Frame(p[50][1])
f.b[f.tag + 27] ^= 1
write("forged.pcap", p[:51] + [[p[50][0], bytes(f.fix().b), p[50][2]]] + p[51:])
f = Frame(p[50][1])
f.b[f.tag + 16:f.tag + 20] = struct.pack("!I", 123456)
sign(f, os.environ["DIGEST"])
write("extra.pcap", p[:51] + [[p[50][0], bytes(f.b), p[50][2]]] + p[51:])
i = next(i for i in range(20, len(p)) if Frame(p[i][1]).proto == 6)
f = Frame(p[i][1])
rst = ethernet(tcp(f.dst, f.dport, f.src, f.sport, 0, 1, 20))
write("rst.pcap", p[:i + 1] + [[p[i][0], rst, len(rst)]] + p[i + 1:])
END
check "forged: counted and named where it was" verify_is 1 \
	'forged == p("forged.pcap")["forged"] == 1 and clean("forged") and find("forged") == ("forged.pcap", 52)' \
	left.pcap forged.pcap
check "so is extra" verify_is 1 \
	'extra == p("extra.pcap")["extra"] == 1 and clean("extra") and find("extra") == ("extra.pcap", 52)' left.pcap extra.pcap
check "and answered" verify_is 1 \
	'said["answered by a kernel"] == p("rst.pcap")["answered by a kernel"] == 1 and clean("answered by a kernel")' \
	left.pcap rst.pcap

# ---- Sent again.
make <<'END'
i = long_flow()[3]
about(i)
write("copy.pcap", ordered(p + [again(p[i], 5000)]))
write("only.pcap", ordered(p[:i] + [again(p[i], 5000)] + p[i + 1:]))
write("before.pcap", ordered(p[:i] + [again(p[i])] + [[p[i][0] + 5000, p[i][1], p[i][2]]] + p[i + 1:]))
write("twice.pcap", ordered(p + [again(p[i], 5000), again(p[i], 9000)]))
write("original.pcap", ordered(p + [again(p[i], 5000), p[i]]))
f = Frame(again(p[i], 5000)[1])
f.b[22] -= 1
write("hop.pcap", ordered(p + [[p[i][0] + 5000, bytes(f.fix().b), p[i][2]]]))
END
check "a copy that says it was sent again is no fault" verify_is 0 \
	'verdict and clean() and retransmitted == 1 and recovered == 0 and seen == N' copy.pcap
check "if it is the only one, it is the packet" verify_is 0 \
	'verdict and clean() and retransmitted == 0 and recovered == 1 and seen == N' only.pcap
check "if it comes before the original: no fault either" verify_is 0 \
	'verdict and clean() and retransmitted == 1 and recovered == 0' before.pcap
check "several copies: each counts" verify_is 0 'verdict and clean() and retransmitted == 2' twice.pcap
check "but the original twice is a repeat" verify_is 1 \
	'repeated == 1 and clean("repeated") and retransmitted == 1' original.pcap
check "and a copy with other bytes is altered" verify_is 1 'altered == 1 and clean("altered")' hop.pcap
check "lost between two points and sent again: the packet at the second, a copy at the first" verify_is 0 \
	'verdict and clean() and p("copy.pcap")["retransmitted"] == 1 and p("only.pcap")["retransmitted"] == 0 and
	p("only.pcap")["recovered"] == 1 and p("copy.pcap")["recovered"] == 0' copy.pcap only.pcap
check "in words" eval 'run 0 verify $CAMPAIGN copy.pcap only.pcap &&
	prints "1 retransmitted copies; 1 packets that came by such a copy only"'

# ---- Order and time.
make <<'END'
v = same_end()
i, k = v[1], v[2]
about(i)
swapped = list(p)
swapped[i], swapped[k] = [p[i][0], p[k][1], p[k][2]], [p[k][0], p[i][1], p[i][2]]
write("swapped.pcap", swapped)
END
check "two packets of one end that changed places: counted, and no fault" verify_is 0 \
	'verdict and reordered == 1 and find("reordered") is None' swapped.pcap
check "with --in-order a fault, named" verify_is 1 \
	'reordered == 1 and find("reordered", "behind step ", FLOW, STEP)[0] == "swapped.pcap"' --in-order swapped.pcap
make <<'END'
i = next(i for i in range(10, len(p) - 1) if tag(p[i])[0] != tag(p[i + 1])[0])
swapped = list(p)
swapped[i], swapped[i + 1] = [p[i][0], p[i + 1][1], p[i + 1][2]], [p[i + 1][0], p[i][1], p[i][2]]
write("flows.pcap", swapped)
END
check "two of different flows are in order" verify_is 0 'verdict and reordered == 0' --in-order flows.pcap
make <<'END'
about(100)
late = list(p)
late[100] = [p[100][0] + 3000000, p[100][1], p[100][2]]
write("late.pcap", ordered(late))
END
check "3 ms late: counted, and no fault" verify_is 0 'verdict and late == 1 and find("late") is None' late.pcap
check "with --max-late 2ms a fault, named" verify_is 1 \
	'late == 1 and find("late", "3.000000 ms late", FLOW, STEP)[0] == "late.pcap"' --max-late 2ms late.pcap
check "with --max-late 4ms it is not late" verify_is 0 'verdict and late == 0' --max-late 4ms late.pcap
make <<'END'
zero = p[0][0]
write("fast.pcap", [[zero + (q[0] - zero) // 4, q[1], q[2]] for q in p])
END
check "four times as fast: with --speed 4 nothing is late" verify_is 0 \
	'verdict and lateness_max_ns <= 1 and late == 0' --speed 4 fast.pcap
check "without it all is early" verify_is 0 'verdict and early > N / 2' fast.pcap
check "with --speed 8 it is late" verify_is 1 'late > 0' --speed 8 --max-late 1s fast.pcap
check "--speed max compares no times" verify_is 0 'verdict and late == early == lateness_max_ns == 0' --speed max fast.pcap
check "--speed fast: wrong usage" eval 'run 2 verify -d 60s --speed fast tagged.pcap && says "expected a factor"'
check "--speed max with --max-late: wrong usage, and what to leave out" \
	eval 'run 2 verify -d 60s --speed max --max-late 1s tagged.pcap && says "leave one of them out"'
check "by a clock: what began an hour later is an hour late" verify_is 1 \
	'late == N and clean("late") and lateness_max_ns == 3600 * 10**9' --start 2025-01-06T08:00:00Z --max-late 30min tagged.pcap

# ---- Interfaces of pcapng files.
make <<'END'
two = [[q[0], q[1], q[2], 0] for q in p] + [[q[0] + 1000, q[1], q[2], 1] for q in p]
two.sort(key=lambda q: q[0])
write_ng("two.pcapng", two, [{"name": "eth0"}, {"name": "eth1", "snaplen": 2048, "resol": 0x9e}])
write_ng("big.pcapng", two, [{"name": "eth0", "offset": 1700000000}, {"name": "eth1"}], ">")
write_ng("nameless.pcapng", two, [{}, {"resol": 6}])
write_ng("one.pcapng", [q for q in two if q[3] == 1], [{"name": "lo", "link": 113}, {"name": "eth1"}])
i = long_flow()[2]
about(i)
write_ng("gap.pcapng", [q for q in two if q[:2] != [p[i][0] + 1000, p[i][1]]], [{"name": "eth0"}, {"name": "eth1"}])
write_ng("empty.pcapng", [], [])
write_ng("cooked.pcapng", [[q[0], q[1], q[2], i % 2] for i, q in enumerate(p)], [{"name": "eth0"},
         {"name": "any", "link": 113}])
END
check "each interface of a pcapng file is a point" verify_is 0 \
	'verdict and clean() and len(points) == 2 and p("two.pcapng:eth0")["seen"] == p("two.pcapng:eth1")["seen"] == N and
	delays[0]["packets"] == N and 990 <= delays[0]["max_ns"] <= 1010' two.pcapng
check "big endian, with an offset of time: the same" verify_is 0 \
	'verdict and clean() and p("big.pcapng:eth1")["seen"] == N and delays[0]["max_ns"] == 1000' big.pcapng
check "without names they have numbers" verify_is 0 \
	'verdict and p("nameless.pcapng:0")["seen"] == p("nameless.pcapng:1")["seen"] == N' nameless.pcapng
check "an interface without packets is none" verify_is 0 \
	'verdict and [x["name"] for x in points] == ["one.pcapng"]' one.pcapng
check "a file without interfaces is a point that saw nothing" verify_is 0 \
	'verdict and p("empty.pcapng")["captured"] == 0' tagged.pcap empty.pcapng
check "missing at one of them" verify_is 1 \
	'missing == 1 and clean("missing") and find("missing", "", FLOW, STEP) == ("gap.pcapng:eth1", 0)' gap.pcapng
check "with --join the second interface repeats the first" verify_is 1 'repeated == N and len(points) == 1' --join two.pcapng
check "a file with another beside it: three points" verify_is 0 'verdict and len(points) == 3 and captured == 3 * N' \
	two.pcapng tagged.pcap
check "an interface that is not Ethernet: one line, with its name" eval 'verify 1 cooked.pcapng &&
	says "cooked.pcapng: not an Ethernet capture, interface any; " && [ "$(wc -l <err)" -eq 1 ]'
check "through a pipe: the same" eval '"$X" verify $CAMPAIGN --json - <two.pcapng >out 2>err && expect "len(points) == 2"'
head -c 30000 two.pcapng >cut.pcapng
check "cut in the middle of a block: one line, with file, packet and byte" eval 'verify 1 cut.pcapng &&
	says "cut.pcapng: packet " && says "block at byte " && [ "$(wc -l <err)" -eq 1 ]'

# ---- Many.
check "sixty-four captures are as many points" eval '
	verify 0 $(for i in $(seq 64); do echo tagged.pcap; done) && expect "verdict and len(points) == 64 and seen == N"'
check "sixty-five are too many, and the message says what to do" eval '
	verify 1 $(for i in $(seq 65); do echo tagged.pcap; done) && says "more than 64 vantage points" && says "--join"'

# ---- Flows.
make <<'END'
i = long_flow()[4]
about(i)
write("left.pcap", ordered(p + [again(p[i], 5000)]))
write("right.pcap", p[:i] + p[i + 1:])
END
rows()
{
	python3 - "$1" "$FLOW" "$N" 2>>err <<'END'
import csv, json, sys
path, flow, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
rows = [json.loads(l) for l in open(path)] if path.endswith("l") else list(csv.DictReader(open(path)))
mine = [r for r in rows if r["id"] == flow]
others = [r for r in rows if r["id"] != flow]
assert len(mine) == 1 and len({r["id"] for r in rows}) == len(rows)
assert sum(int(r["planned"]) for r in rows) == sum(int(r["seen"]) for r in rows) == n
m, k = mine[0], int(mine[0]["planned"])
at = m["seen_at"] if isinstance(m["seen_at"], list) else [int(x) for x in m["seen_at"].split(";")]
assert at == [k, k - 1], at
assert int(m["missing"]) == int(m["retransmitted"]) == 1 and int(m["whole"]) == 0
assert all(int(r["missing"]) == int(r["retransmitted"]) == 0 and int(r["whole"]) == 1 for r in others)
assert m["proto"] in ("tcp", "udp") and m["src"].count(".") == m["dst"].count(".") == 3 and int(m["dst_port"]) > 0
END
}
check "--flows: a row per flow, CSV" eval 'verify 1 --flows f.csv left.pcap right.pcap && rows f.csv'
check "JSON lines" eval 'verify 1 --flows f.jsonl left.pcap right.pcap && rows f.jsonl'
check "standard output" eval 'verify_out() { "$X" verify $CAMPAIGN "$@" >f2.csv 2>err; [ $? -eq 1 ]; }
	verify_out --flows - left.pcap right.pcap && same f.csv f2.csv'
check "they are the flows of create-pcap's ground truth" eval '
	run 0 create-pcap $CAMPAIGN -o /dev/null --flows truth.csv && python3 -c "
import csv
truth = {r[\"id\"]: int(r[\"fwd_packets\"]) + int(r[\"bwd_packets\"]) for r in csv.DictReader(open(\"truth.csv\"))}
assert truth == {r[\"id\"]: int(r[\"planned\"]) for r in csv.DictReader(open(\"f.csv\"))}" 2>err'
check "onto a capture: wrong usage, and the capture stays" eval 'cp left.pcap kept.pcap &&
	run 2 verify $CAMPAIGN --flows kept.pcap kept.pcap && says "give another file" && same left.pcap kept.pcap'
check "no such folder: one line" eval 'verify 1 --flows no/f.csv left.pcap && says "no/f.csv" && [ "$(wc -l <err)" -eq 1 ]'
check "a capture that ends in an error leaves no half file" \
	eval 'verify 1 --flows half.csv cut.pcapng && [ -z "$(find . -name "*half*")" ]'
finish
