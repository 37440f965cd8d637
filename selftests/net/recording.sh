#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Recordings of inject: in order of time, tainted or not, and whole; or what lacks is counted and the status is 1: a disk
# that is full, a reader that reads nothing. The campaign itself goes on to its end.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3 mount
need_bpffs

two_hosts
two_guards

# Nothing is sent twice by `fast`. The other one has some megabytes.
SMALL="-n $TMP/net.yaml -s 5 --cut -d 3s -f 9M --algo fast"
LARGE="-n $TMP/net.yaml -s 5 --cut -d 120s -f 9M --speed 40"
CAMPAIGN=$SMALL
AT_END+=('umount "$TMP/disk" 2>/dev/null')

# both_play 'ARGS of a' 'ARGS of b'
both_play()
{
	start=$(soon 0.7)
	play a --start "$start" $CAMPAIGN $1
	pa=$!
	play b --start "$start" $CAMPAIGN $2
	pb=$!
}

# capture PYTHON FILE...: over f, a list of (time, frame) per FILE, exit status by the truth of the expression
capture()
{
	python3 - "$@" <<'PY'
import struct, sys
def read(path):
    data = open(path, "rb").read()
    assert data[:4] == b"\x4d\x3c\xb2\xa1", "not a capture with nanoseconds"
    at, frames = 24, []
    while at < len(data):
        s, ns, length, _ = struct.unpack_from("<IIII", data, at)
        assert at + 16 + length <= len(data), "the last record is cut off"
        frames.append((s * 10**9 + ns, data[at + 16:at + 16 + length]))
        at += 16 + length
    return frames
f = [read(p) for p in sys.argv[2:]]
print([len(x) for x in f])
sys.exit(not eval(sys.argv[1]))
PY
}

IN_ORDER='all(x == sorted(x, key=lambda p: p[0]) for x in f)'
# Whoever has played all that it expects leaves; what is for a group may come later.
SAME_FRAMES='len(f[0]) > 200 and sorted(p[1] for p in f[0] if not p[1][0] & 1) == sorted(p[1] for p in f[1] if not p[1][0] & 1)'

for engine in xsk live; do
	both_play "--engine $engine -o $TMP/a.pcap" "--engine $engine -o $TMP/b.pcap --record untainted"
	check "$engine: a records as on the wire" status_of $pa 0 30
	check "$engine: b records untainted" status_of $pb 0 30
	check "$engine: time stamps never go back" capture "$IN_ORDER" "$TMP/a.pcap" "$TMP/b.pcap"
	check "$engine: all that was sent and received is there, and counted" \
		has a "r['recorded'] == r['sent'] + r['received'] and not r['record_dropped'] and not r['record_disordered']"
	check "$engine: by the file as well" capture "len(f[0]) == $(python3 -c "import json; print(json.load(open('$TMP/a.json'))['recorded'])")" "$TMP/a.pcap"
	check_not "$engine: frames with tags are not those without" capture "$SAME_FRAMES" "$TMP/a.pcap" "$TMP/b.pcap"
	"$FOSR" untaint -q -i "$TMP/a.pcap" -o "$TMP/plain.pcap" >/dev/null
	check "$engine: untainted they are" capture "$SAME_FRAMES" "$TMP/plain.pcap" "$TMP/b.pcap"
done
check "the ring's size is said" has a "r['record_ring'] == 64 << 20"
check "the recording is the campaign" "$FOSR" verify ${SMALL% --algo fast} --start "$start" "$TMP/a.pcap"

both_play "-o $TMP/a.pcapng --format pcapng --record-ring 1M" ""
check "a records as pcapng" status_of $pa 0 30
status_of $pb 0 30 >/dev/null
check "with a ring of whole pages of the size asked for" has a "1000000 <= r['record_ring'] < 1004096"
check "and that is the campaign too" "$FOSR" verify ${SMALL% --algo fast} --start "$start" "$TMP/a.pcapng"

# A disk that is full
CAMPAIGN=$LARGE
ALL="r['sent'] + r['received'] + r['resent'] + r['copies'] + r['repeated']"
mkdir "$TMP/disk"
if mount -t tmpfs -o size=3m none "$TMP/disk"; then
	both_play "-o $TMP/disk/a.pcap" ""
	check "the disk is full: status 1" status_of $pa 1 30
	check "b has noticed nothing: the campaign went on" status_of $pb 0 30
	check "all of b's packets arrived" has b "r['received'] == r['expected'] > 200"
	check "and a has sent and received all" has a "r['sent'] == r['planned'] and r['received'] == r['expected']"
	kept=$(ls "$TMP"/disk/.a.pcap.*.part 2>/dev/null)
	check "the name of what there is, is said" grep -qF "${kept:-no file}" "$TMP/a.err"
	check "and the reason" grep -q "No space left" "$TMP/a.err"
	check_not "nothing stands under the final name" test -e "$TMP/disk/a.pcap"
	check "what there is, is whole frames, in order" capture "len(f[0]) > 100 and $IN_ORDER" "${kept:-no file}"
	check "as many as are said, and the others are counted" has a \
		"r['recorded'] == $(python3 -c "
import struct
d = open('$kept', 'rb').read(); at = 24; n = 0
while at < len(d):
    at += 16 + struct.unpack_from('<I', d, at + 8)[0]; n += 1
print(n)") and r['recorded'] + r['record_dropped'] == $ALL and r['record_dropped'] > 0"
else
	skip_one "the disk is full" "no tmpfs can be mounted here"
fi

# A reader that reads nothing until the campaign is over
mkfifo "$TMP/pipe"
exec 9<>"$TMP/pipe"
both_play "-o $TMP/pipe --record-ring 64Ki" ""
exec 8<"$TMP/pipe"
check "nobody reads the recording: b plays to the end all the same" status_of $pb 0 30
cat <&8 >"$TMP/late.pcap" &
CHILDREN+=($!)
check "a's status is 1" status_of $pa 1 30
exec 9>&- 8<&-
check "all was sent and received" has a "r['sent'] == r['planned'] and r['received'] == r['expected']"
check "what found the ring full is counted, and the rest recorded" has a \
	"r['record_dropped'] > 0 and r['recorded'] > 0 and r['recorded'] + r['record_dropped'] == $ALL"
check "and it is said what to do" grep -q -- "--record-ring" "$TMP/a.err"
wait_until 5 capture "len(f[0]) == $(python3 -c "import json; print(json.load(open('$TMP/a.json'))['recorded'])")" "$TMP/late.pcap"
check "the reader got as many, in order" capture "len(f[0]) == $(python3 -c "import json; print(json.load(open('$TMP/a.json'))['recorded'])") and $IN_ORDER" "$TMP/late.pcap"
finish
