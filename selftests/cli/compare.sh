#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 120 s
# compare: captures of one kind are alike, of two kinds are not; rows, ranges, floor and verdicts in words and in JSON.
. "$(dirname "$0")/lib.sh"
need python3
cd "$D" || exit 1

cat >make.py <<'END'
import random
from pcapfile import *

def dns(name, seed, size, n=60, checksum=True, port=53):
    now, out, rng = 1700000000 * 10**9, [], random.Random(seed)
    for i in range(n):
        c, s = [10, 0, 0, 1 + i % 5], [10, 0, 1, 1]
        now += rng.randint(1, 10**9)
        ask = ethernet(udp(c, 40000 + i, s, port, b"q" * rng.randint(20, 40)))
        if not checksum and i % 3 == 0:
            ask = ask[:40] + b"\x12\x34" + ask[42:]
        out.append((now, ask))
        out.append((now + rng.randint(5, 20) * 10**6, ethernet(udp(s, port, c, 40000 + i, b"a" * (size + rng.randint(0, 60))))))
    write(name + ".pcap", sorted(out))

dns("a", 1, 60)
dns("b", 2, 60)
dns("c", 3, 60)
dns("other", 4, 900)
dns("lies", 5, 60, checksum=False)
dns("few", 6, 60, n=4)
dns("ntp", 7, 700, port=123)
write("none.pcap", [])
END
check "captures" python3 make.py

# of MEASURE PROPERTY KEY [SERVICE]: what the JSON on stdout says.
of() { python3 -c 'import json, sys
j = json.load(open(sys.argv[1]))
if len(sys.argv) > 5:
    j = next(s for s in j["services"] if s["service"] == sys.argv[5])
print(next(r[sys.argv[4]] for r in j["rows"] if r["measure"] == sys.argv[2] and r["property"] == sys.argv[3]))' "$D/out" "$@"; }
holds() { python3 -c 'import sys; sys.exit(not eval(sys.argv[1]))' "$1"; }
JS=Jensen-Shannon CLOSE="as close as two real captures are"

check "one kind" run 0 compare a.pcap b.pcap -s c.pcap --json
check "sizes are as close as two real captures" eval '[ "$(of $JS size verdict)" = "$CLOSE" ]'
check "and gaps" eval '[ "$(of $JS gap verdict)" = "$CLOSE" ]'
check "the value is in its range" eval 'holds "$(of $JS size low) <= $(of $JS size value) <= $(of $JS size high)"'
check "the floor is by file" eval '[ "$(field floor)" = "by file" ]'
check "no rule is broken, nothing copied" \
	eval 'holds "$(of "packets that break it" "any rule" value) == 0 == $(of "exact copies" "packet sequences" value)" 2>/dev/null ||
	[ "$(of "exact copies" "packet sequences" value)" = None ]'
check "the service has the same rows" eval 'holds "$(of $JS size value dns) == $(of $JS size value)"'
check "of one service nothing is said about services" eval '[ "$(of $JS service value dns)" = None ]'
check "a forest cannot tell them" eval 'holds "0.35 < $(of "forest'"'"'s accuracy" "first 20 packets" value) < 0.68"'
check "one service is no class to tell" eval '[ "$(field which_service accuracy)" != "[]" ] && grep -q "\"micro\": null" out'
cp out first
check "the same again: the same bytes" eval 'run 0 compare a.pcap b.pcap -s c.pcap --json && cmp out first'
check "another seed: other ranges, the same values" eval 'value=$(of $JS size value) high=$(of $JS size high) &&
	run 0 compare a.pcap b.pcap -s c.pcap --json --seed 1 && [ "$value" = "$(of $JS size value)" ] && [ "$high" != "$(of $JS size high)" ]'
check "two operands: real and synthetic, the floor by time" \
	eval 'run 0 compare a.pcap c.pcap --json && [ "$(field floor)" = "by time" ]'

check "two kinds" run 0 compare a.pcap b.pcap -s other.pcap --json
check "sizes are far off" eval '[ "$(of $JS size verdict)" = "far off" ] && holds "$(of $JS size value) > 0.3"'
check "a forest tells them" eval 'holds "$(of "forest'"'"'s accuracy" "first 20 packets" value) > 0.95"'
check "but not with --quick" eval 'run 0 compare a.pcap b.pcap -s other.pcap --quick --json && ! grep -q which_service out &&
	[ "$(of "forest'"'"'s accuracy" "first 20 packets" value)" = None ]'
check "gaps are not" eval '[ "$(of $JS gap verdict)" = "$CLOSE" ]'
check "two services: learned from synthetic flows, told of real ones" eval 'run 0 compare a.pcap b.pcap ntp.pcap ntp.pcap -s c.pcap -s ntp.pcap --json &&
	python3 -c "import json, sys
w = json.load(open(sys.argv[1]))[\"which_service\"]
assert [c[\"service\"] for c in w[\"classes\"]] == [\"dns\", \"ntp\"] and w[\"accuracy\"][2][\"micro\"] > 0.95
m = w[\"confusion_synthetic_real\"]
assert sum(m[0]) == sum(m[1]) == 60 and m[0][0] > 55 and m[1][1] > 55" out'
check "checksums that lie are seen" eval 'run 0 compare a.pcap b.pcap -s lies.pcap --json &&
	holds "abs($(of "flows that break it" checksum value) - 1 / 3) < 0.001" && [ "$(of "flows that break it" checksum verdict)" = "far off" ]'
check "flows beyond the limit are sampled, and that is said" \
	eval 'run 0 compare a.pcap b.pcap -s c.pcap --flows 100 && prints "a sample of 100 flows"'
check "only the first packet of each flow" eval 'run 0 compare a.pcap b.pcap -s other.pcap --packets 1 --json &&
	holds "$(of $JS size value) < 0.1"'
check "in words" eval 'run 0 compare a.pcap b.pcap -s other.pcap --service dns && prints "far off" && prints "dns/udp: 120 real flows" &&
	grep -qE "^marginals +size +Jensen-Shannon +0\.[0-9]{4} +0\.[0-9]{4} \.\. [01]\.[0-9]{4} +0\.[0-9]{4} +far off" out'
cat >page.py <<'END'
import html.parser, re, sys
class Page(html.parser.HTMLParser):
    open_tags, seen = [], set()
    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in ("meta", "br"):
            self.open_tags.append(tag)
    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)
    def handle_endtag(self, tag):
        assert self.open_tags.pop() == tag, (tag, self.getpos())
text = open(sys.argv[1], encoding="utf-8").read()
page = Page()
page.feed(text)
assert not page.open_tags and {"svg", "path", "rect", "table", "figure", "details"} <= page.seen
assert not {"script", "link", "img", "iframe"} & page.seen and not re.search(r"https?:|url\(|@import", text)
assert "prefers-color-scheme:dark" in text and "@media print" in text and "nan" not in text.lower().replace("name", "")
END
check "as a page" eval 'run 0 compare a.pcap b.pcap ntp.pcap ntp.pcap -s other.pcap -s ntp.pcap --html page.html && prints "wrote     page.html"'
check "that is whole, and needs nothing else" python3 page.py page.html
check "with the table, the plots and the services" eval 'grep -q "far off" page.html && grep -q "Wavelet energy" page.html &&
	grep -q "Learned from synthetic flows" page.html && grep -q "<b>dns/udp</b>: 120 real flows" page.html'
check "the same again: the same page" eval 'cp page.html first && run 0 compare a.pcap b.pcap ntp.pcap ntp.pcap -s other.pcap -s ntp.pcap --html page.html && cmp first page.html'
cp a.pcap "<b>&.pcap"
check "names are text" eval 'run 0 compare "<b>&.pcap" c.pcap --quick --html page.html && grep -q "&lt;b>&amp;.pcap" page.html &&
	python3 page.py page.html'
check "to standard output" eval 'run 0 compare a.pcap c.pcap --quick --html - && grep -q "^<!DOCTYPE html>" out && says "Jensen-Shannon"'
check "which is not for JSON as well" eval 'run 2 compare a.pcap c.pcap --quick --html - --json'
check "a place that is none: refused before anything is read" eval 'run 1 compare a.pcap c.pcap --html nosuch/page.html && says nosuch && [ ! -s out ]'
"$X" compare a.pcap b.pcap ntp.pcap ntp.pcap -s other.pcap -s ntp.pcap --rounds 1000 --html late.html >out 2>err &
# It can be interrupted as soon as it catches the signal, which a shell's background processes are born to ignore.
catches()
{
	case $(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status") in *[2367abef]) ;; *) false ;; esac
}
i=0
until catches $! || [ $i -eq 250 ]; do
	i=$((i + 1))
	sleep 0.02
done
kill -INT $!
wait $!
got=$?
check "interrupted: status 130, and no page" [ "$got" -eq 130 -a ! -e late.html ]
check "a service that is not there is named" eval 'run 0 compare a.pcap c.pcap --service nosuch && says "no flow of service"'
check "few flows: too few to tell" eval 'run 0 compare a.pcap few.pcap && prints "too few flows to tell"'
check "an empty side: refused" eval 'run 1 compare a.pcap none.pcap && says "no TCP or UDP flow in the synthetic captures"'
check "no such capture: refused" eval 'run 1 compare a.pcap nosuch.pcap && says nosuch.pcap'
check "one capture: refused" eval 'run 2 compare a.pcap && says "takes a REAL and a SYNTHETIC"'
check "three without saying which: refused" eval 'run 2 compare a.pcap b.pcap c.pcap && says "--synthetic"'
finish
