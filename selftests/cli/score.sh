#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 120 s
# profile score: fewer bits for traffic of the kind that was learned than for another; services that the profile lacks.
# profile dot: the learned structure as a graph that Graphviz takes.
. "$(dirname "$0")/lib.sh"
need python3
cd "$D" || exit 1

cat >make.py <<'END'
from pcapfile import *
def dns(name, size, port=53, n=60, first=0):
    now, out = 1700000000 * 10**9, []
    for i in range(first, first + n):
        c, s = [10, 0, 0, 1 + i % 5], [10, 0, 1, 1]
        now += 10**9
        out.append((now, ethernet(udp(c, 40000 + i, s, port, b"q" * (20 + i % 3)))))
        out.append((now + 10**7, ethernet(udp(s, port, c, 40000 + i, b"a" * (size + i % 5)))))
    write(name + ".pcap", out)
    return out
both = dns("learned", 60) + dns("strange", 60, 9999)
write("both.pcap", sorted(both, key=lambda p: p[0]))
dns("same", 60, n=40, first=100)
dns("larger", 1200, n=40)
dns("ntp", 60, 123, n=40)
write("none.pcap", [])
END
check "captures" python3 make.py
check "a profile of dns alone" run 0 learn -q learned.pcap -o dns.fosr
check "and one that knows other services" run 0 learn -q both.pcap -o other.fosr

# bits STAGE: of each item.
bits() { python3 -c 'import json, sys
print(*[s.get("bits_per_item", "none") for s in json.load(open(sys.argv[1]))["stages"] if s["stage"] == sys.argv[2]])' "$D/out" "$1"; }
less() { python3 -c 'import sys; sys.exit(not float(sys.argv[1]) < float(sys.argv[2]))' "$1" "$2"; }

check "its own kind is scored" eval 'run 0 profile score dns.fosr same.pcap --json && [ "$(field flows)" -eq 40 ] &&
	[ "$(field packets)" -eq 80 ] && same=$(bits flows) && less 0 "$same"'
check "larger answers take more bits" eval 'run 0 profile score dns.fosr larger.pcap --json && less "$same" "$(bits flows)"'
check "two captures: all their flows" \
	eval 'run 0 profile score dns.fosr same.pcap larger.pcap --json && [ "$(field flows)" -eq 80 ]'
check "the same score twice" eval 'run 0 profile score dns.fosr same.pcap --json && [ "$(bits flows)" = "$same" ]'
check "in words: stage, family, flows, bits per flow" eval 'run 0 profile score dns.fosr same.pcap &&
	grep -q "^flows  *bn  *40  *[0-9.]* per flow  *[0-9]*$" "$D/out" && prints "80 packets in 40 flows"'
check "every stage has a line" eval '[ "$(grep -cE "^(arrivals|flows|steps) " "$D/out")" -eq 3 ]'

check "a service that the profile lacks is named, its flows are left out" \
	eval 'run 0 profile score dns.fosr same.pcap ntp.pcap && prints "skipped   ntp/udp" && prints "40 flows" &&
	prints "80 packets in 40 flows"'
check "in JSON as well" eval 'run 0 profile score dns.fosr same.pcap ntp.pcap --json &&
	grep -q "\"skipped\": true" "$D/out" && grep -q "\"service\": \"ntp\"" "$D/out"'
check "or scored as other-udp where the profile has that" eval 'run 0 profile score other.fosr ntp.pcap --json &&
	[ "$(field flows)" -eq 40 ] && grep -q "\"skipped\": false" "$D/out"'
check "in words" eval 'run 0 profile score other.fosr ntp.pcap && prints "unknown   ntp/udp" && prints "scored as other-udp"'
check "nothing but that: refused" eval 'run 1 profile score dns.fosr ntp.pcap && says "no flow in the captures"'
check "an empty capture: refused" run 1 profile score dns.fosr none.pcap
check "no capture: refused" eval 'run 2 profile score dns.fosr && says "takes a PROFILE and captures"'
check "no such capture: refused" eval 'run 1 profile score dns.fosr nosuch.pcap && says nosuch.pcap'
check "no such profile: refused" run 1 profile score nosuch.fosr same.pcap

check "a graph" eval 'run 0 profile dot dns.fosr && grep -q "^digraph bn {$" "$D/out" && grep -q "^}$" "$D/out"'
check "with labelled edges" grep -qE '^	v[0-9]+ -> v[0-9]+ \[label="[0-9.]+"\];$' "$D/out"
if command -v dot >/dev/null; then
	cp "$D/out" graph.dot
	check "that Graphviz draws" eval 'dot -Tsvg graph.dot >graph.svg 2>"$D/err" && grep -q "</svg>" graph.svg'
else
	skip_one "that Graphviz draws" "needs dot"
fi
check "of a built-in profile, too" eval 'run 0 profile dot office && prints "digraph bn"'
check "in JSON" eval 'run 0 profile dot dns.fosr --json && field dot flows | grep -q digraph'
check "of nothing: refused" run 1 profile dot nosuch.fosr
finish
