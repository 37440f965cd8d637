#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Keys of the tags that change while a campaign is played: everything arrives; guards know three keys, and old frames are
# worth nothing; what a killed injector has taught is forgotten by the next.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3
need_bpffs

two_hosts
two_guards
CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 7s -f 3M --rotate 1s"
read -r id digest <<<"$("$FOSR" create-pcap -q $CAMPAIGN --taint option -o "$TMP/made.pcap" --json | python3 -c '
import json, sys
c = json.load(sys.stdin)["campaign"]
print(c["id"], c["digest"])')"

# Key ids of the campaign that the guard of b knows, in order.
known()
{
	in_ns b "$FOSR" status eth0 --json | python3 -c "import json, sys
print(*sorted(c['key_id'] for c in json.load(sys.stdin)['interfaces'][0]['campaigns'] if c['campaign'] == '$id'))"
}

knows()
{
	[ "$(known)" = "$1" ]
}

never_more_than_three()
{
	local n most=0

	while kill -0 "$1" 2>/dev/null; do
		n=$(known | wc -w)
		[ "$n" -gt "$most" ] && most=$n
	done
	echo "$most at most"
	[ $most = 3 ]
}

both_play()
{
	start=$(soon 1)
	play a --start "$start" -o "$TMP/a.pcap" $CAMPAIGN "$@"
	pa=$!
	play b --start "$start" -o "$TMP/b.pcap" $CAMPAIGN "$@"
	pb=$!
}

# send_made KEYS: a's frames with key ids from 0 to in front of KEYS, by somebody who has recorded them; says how many
send_made()
{
	in_ns a python3 - "$TMP/made.pcap" "$1" <<'PY'
import socket, struct, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out, open(sys.argv[1], "rb") as file:
    out.bind(("eth0", 0))
    file.read(24)
    sent = 0
    while len(head := file.read(16)) == 16:
        frame = file.read(struct.unpack("<IIII", head)[2])
        if frame[11] == 1 and frame[37] < int(sys.argv[2]):
            sent += out.send(frame) == len(frame)
print(sent)
PY
}

for how in "--engine live" "--engine xsk" "--algo fast"; do
	both_play $how
	if [ "$how" = "--engine xsk" ]; then
		check "keys 0 and 1 before it begins" wait_until 5 knows "0 1"
		check "three keys in the midst of it" wait_until 10 knows "2 3 4"
		before=$(counted b unknown_campaign)
		sent=$(send_made 1)
		check "frames of the first period are of an unknown campaign then" eval '[ "$sent" -ge 5 ] &&
			wait_until 5 eval "[ \$(counted b unknown_campaign) = $((before + sent)) ]"'
	else
		check "$how: never more than three keys" never_more_than_three $pb
	fi
	check "$how: a plays its end to the end" status_of $pa 0 30
	check "$how: so does b" status_of $pb 0 30
	check "$how: everything arrived" eval "has a 'r[\"received\"] == r[\"expected\"] > 50 and not r[\"repeated\"]' &&
		has b 'r[\"received\"] == r[\"expected\"] > 50 and not r[\"repeated\"]'"
	check "$how: every tag has the mac of its key, and seven keys were used" eval \
		'ids=$(python3 "$ROOT/selftests/net/rotated.py" "$TMP/a.pcap" "$digest") && echo "$ids" &&
		[[ $ids = 0:*\ 1:*\ 2:*\ 3:*\ 4:*\ 5:*\ 6:* ]]'
	check "$how: what was recorded is the campaign" "$FOSR" verify $CAMPAIGN --start "$start" "$TMP/b.pcap"
	check "$how: the guard has forgotten it" knows ""
done
check_not "with one key it is another campaign" "$FOSR" verify ${CAMPAIGN/--rotate 1s/} "$TMP/b.pcap"
check "no kernel noticed" eval 'silent a && silent b'

# A late joiner, and one that comes after a killed one
both_play
check "once more: four keys on" wait_until 10 knows "2 3 4"
kill -9 $pb
wait $pb 2>/dev/null
check "killed in the midst, b leaves keys" knows "2 3 4"
play b --start "$start" $CAMPAIGN
pb=$!
check "whoever comes late learns the present keys, and forgets those" wait_until 10 knows "4 5 6"
check "it plays what is left: a" status_of $pa 0 30
check "and b" status_of $pb 0 30
check "all of it" has a 'r["received"] == r["expected"] > 50 and not r["lost_flows"]'

# The sensor's program learns all keys at once.
in_ns b "$FOSR" detach eth0 >/dev/null
check "a sensor with these campaign options" in_ns b "$FOSR" sensor attach eth0 $CAMPAIGN
sent=$(send_made 256)
check "takes off the tags of all keys" eval '[ "$sent" -gt 50 ] && wait_until 5 eval "in_ns b \"$FOSR\" sensor status eth0 --json |
	grep -Eq \"\\\"stripped\\\": *$sent\\b\""'
in_ns b "$FOSR" sensor detach eth0 >/dev/null

check "keys that hardly last: refused" fails "a second or more" in_ns a "$FOSR" inject --dev eth0 $CAMPAIGN --speed 2
check "as fast as it goes: refused" fails "speed max" in_ns a "$FOSR" inject --dev eth0 $CAMPAIGN --speed max
finish
