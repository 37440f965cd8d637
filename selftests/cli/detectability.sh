#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 180 s
# tools/detectability: captures of one kind are not told apart, of two kinds they are; what it says without its library.
. "$(dirname "$0")/lib.sh"
need python3
cd "$D" || exit 1
tool=$ROOT/tools/detectability

check "without sklearn it names the package" \
	eval '! python3 -S -E "$tool" x.pcap >out 2>err && grep -q "apt-get install python3-sklearn" err'
if ! /usr/bin/python3 -c 'import sklearn' 2>/dev/null; then
	skip_one "detectability of made captures" "needs python3-sklearn"
	finish
fi

cat >make.py <<'END'
import os, random
from pcapfile import *
rng = random.Random(7)
def dns(path, size):
    now, out = 1700000000 * 10**9, []
    for i in range(40):
        c, s = [10, 0, 0, 1 + i % 5], [10, 0, 1, 1]
        now += 10**9
        out.append((now, ethernet(udp(c, 40000 + i, s, 53, b"q" * rng.randint(20, 40)))))
        answer = udp(s, 53, c, 40000 + i, b"a" * (size + rng.randint(0, 60)))
        out.append((now + rng.randint(5, 20) * 10**6, ethernet(answer)))
    write(path, out)
for folder, sizes in ("same", (60, 60)), ("differ", (60, 900)):
    os.mkdir(folder)
    for i in range(6):
        dns("%s/%d.pcap" % (folder, i), sizes[i % 2])
END
check "captures" python3 make.py
# detect FOLDER: the table of it; value COLUMN: accuracy (2) or floor (4) of markov in it.
detect() { FOSR_XDP=$X "$tool" --families markov "$1" >"$1.out" 2>err || { cat err >&2; return 1; }; }
value() { awk -v c="$2" '$1 == "markov" { print $c }' "$1.out"; }
between() { awk -v v="$1" -v a="$2" -v b="$3" 'BEGIN { exit !(v != "" && v >= a && v <= b) }'; }

check "captures of one kind" detect same
check "are not told from each other" eval 'between "$(value same 4)" 0.35 0.65'
check "nor from what was learned" eval 'between "$(value same 2)" 0.35 0.68'
check "captures of two kinds" detect differ
check "are told from each other" eval 'between "$(value differ 4)" 0.95 1'
check "and from what was learned from one of them" eval 'between "$(value differ 2)" 0.95 1'
check "the same table twice" eval 'cp same.out first && detect same && cmp same.out first'
check "one capture is too few" eval '! FOSR_XDP=$X "$tool" same/0.pcap >out 2>err && grep -q "two or more" err'
check "a feature that it does not know is refused" \
	eval '! FOSR_XDP=$X "$tool" --features nothing same >out 2>err && grep -q "takes some of" err'
finish
