#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# record: every tagged frame that a guard takes in is in the file or counted as lost; ends, refusals, a full disk.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3 mount
need_bpffs

two_hosts
check "without a guard: refused, and told to attach" fails "attach" in_ns b "$FOSR" record eth0 -o "$TMP/no.pcap"
check_not "and nothing is written" test -e "$TMP/no.pcap"
two_guards
AT_END+=('umount "$TMP/disk" 2>/dev/null' 'kill -CONT $pb 2>/dev/null')

CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 60s -f 9M"

# record_at_b ARGS...: in the background, from when it is ready; said in $TMP/b.json and .err
record_at_b()
{
	in_background nsenter "--net=/run/netns/$(ns b)" "$FOSR" record eth0 --json -v "$@" >"$TMP/b.json" 2>"$TMP/b.err"
	pb=$!
	wait_until 10 grep -q ready "$TMP/b.err"
}

# a_plays SPEED: all that a sends; b does not answer
a_plays()
{
	play a $CAMPAIGN --algo fast --engine xsk --speed "$1" -o "$TMP/a.pcap"
	status_of $! 1 60
}

# The guard of b knows what it knew when it was attached.
knows_one() { [ "$(in_ns b "$FOSR" status eth0 --json | python3 -c "import json, sys; print(json.load(sys.stdin)['interfaces'][0]['campaigns'])")" = "$known" ]; }

a_sent() { python3 -c "import json; print(json.load(open('$TMP/a.json'))['sent'])"; }

# same_frames FILE FILE: in any order, some thousands of them
same_frames()
{
	python3 - "$@" <<'PY'
import struct, sys
def frames(path):
    data, at = open(path, "rb").read(), 24
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length
a, b = (sorted(frames(p)) for p in sys.argv[1:])
print(len(a), len(b))
sys.exit(not (a == b and len(a) > 5000))
PY
}

known=$(in_ns b "$FOSR" status eth0 --json | python3 -c "import json, sys; print(json.load(sys.stdin)['interfaces'][0]['campaigns'])")
record_at_b -o "$TMP/b.pcap" $CAMPAIGN
check_not "the guard is taught the campaign" knows_one
check "a plays a campaign to b, where nobody plays" a_plays 30
kill -INT $pb
check "without a limit a signal is the end: status 0" status_of $pb 0 20
check "every frame that a sent was recorded" has b "r['recorded'] == r['received'] == $(a_sent) and not r['rx_dropped']"
check "and is what a sent, byte for byte" same_frames "$TMP/a.pcap" "$TMP/b.pcap"
check "the kernel of b noticed nothing" silent b
check "the guard has forgotten the campaign" knows_one

record_at_b -o "$TMP/u.pcap" --record untainted --frames 6k $CAMPAIGN
a_plays 30 >/dev/null
check "a number of frames is a limit: status 0" status_of $pb 0 20
check "so many were recorded" has b "r['recorded'] == 6000"
"$FOSR" untaint -q -i "$TMP/u.pcap" -o "$TMP/twice.pcap" >/dev/null
check "untainted: there is nothing left to take off" cmp "$TMP/u.pcap" "$TMP/twice.pcap"
"$FOSR" untaint -q -i "$TMP/b.pcap" -o "$TMP/twice.pcap" >/dev/null
check_not "from the tainted one there was" cmp -s "$TMP/b.pcap" "$TMP/twice.pcap"

record_at_b -o "$TMP/t.pcap" --stop-after 100ms
check "a time is a limit" status_of $pb 0 10
record_at_b -o "$TMP/t.pcap" --stop-after 1h
kill -INT $pb
check "a signal before the limit: status 130" status_of $pb 130 10
check "what there is, is named" grep -q "$TMP/.t.pcap.*part" "$TMP/b.err"

# A small ring, and nobody looks into it for a while
record_at_b -o "$TMP/s.pcap" --ring 100 $CAMPAIGN
kill -STOP $pb
a_plays 30 >/dev/null
kill -CONT $pb
kill -INT $pb
check "frames were lost: status 1" status_of $pb 1 20
check "a ring of 100 frames has 128" has b "r['ring'] == 128 and r['rx_dropped'] > 5000 and r['recorded'] > 0"
check "each is in the file or counted" has b "r['recorded'] + r['rx_dropped'] == $(a_sent)"

mkdir "$TMP/disk"
if mount -t tmpfs -o size=2m none "$TMP/disk"; then
	record_at_b -o "$TMP/disk/f.pcap" $CAMPAIGN
	a_plays 30 >/dev/null
	kill -INT $pb
	check "the disk is full: status 1" status_of $pb 1 20
	check "which is said" grep -q "No space left" "$TMP/b.err"
	check "each frame is in the file or counted" has b "r['recorded'] + r['record_dropped'] + r['rx_dropped'] == $(a_sent) and r['recorded'] and r['record_dropped']"
else
	skip_one "the disk is full" "no tmpfs can be mounted here"
fi

record_at_b -o "$TMP/first.pcap"
check "a second one on the same interface: refused" fails "another program holds the queue" \
	in_ns b "$FOSR" record eth0 -o "$TMP/second.pcap"
kill -INT $pb
check "the first one does not mind" status_of $pb 0 10
check_not "no file of the second one" sh -c "ls -A $TMP | grep -q second"
finish
