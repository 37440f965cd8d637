#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A receiver that stands still while frames come in: its receive ring runs over, and every packet that was planned has
# arrived or is counted as lost there. `reliable` has it sent again. Beside it, how late packets arrive.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3
need_bpffs

two_hosts
two_guards

AT_END+=('kill -CONT $pb 2>/dev/null')
CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 120s -f 9M --speed 40"

# both_play ARGS of both
both_play()
{
	start=$(soon 0.7)
	play b --start "$start" "$@"
	pb=$!
	play a --start "$start" "$@"
	pa=$!
}

# stall N: b stands still from when the campaign is under way until its guard has handed over N more frames
stall()
{
	local before

	before=$(counted b redirected)
	wait_until 20 more_than redirected $((before + 500)) || return 1
	kill -STOP $pb
	before=$(counted b redirected)
	wait_until 20 more_than redirected $((before + $1))
	kill -CONT $pb
}

both_play $CAMPAIGN --algo fast -o /dev/null
check "fast: b stands still while more frames come in than its ring holds" stall 14000
check "b's status is 1" status_of $pb 1 30
status_of $pa 1 30 >/dev/null || status_of $pa 0 1 >/dev/null
check "its ring has lost frames" has b "r['rx_dropped'] > 1000"
check "every packet that b lacks may be one of those" has b "r['received'] < 30000 < r['expected'] <= r['received'] + r['rx_dropped']"
# Those to groups, which b does not expect, are in the recording too.
check "every frame that a sent has come in or is one of those, to the last" has b \
	"r['recorded'] - r['sent'] + r['rx_dropped'] == json.load(open('$TMP/a.json'))['sent'] > 30000 and not r['record_dropped']"
check "nothing came twice" has b "not r['repeated']"

both_play $CAMPAIGN --algo fast
check "the same without standing still: status 0" status_of $pb 0 30
status_of $pa 0 30 >/dev/null
check "and nothing is lost" has b "r['rx_dropped'] == 0 and r['received'] == r['expected']"
check "how late packets arrived is known of nearly all" has b "r['arrival_measured'] > 0.9 * r['received']"
check "in order: median, p99, max" has b "0 < r['arrival_p50_ns'] <= r['arrival_p99_ns'] <= r['arrival_max_ns'] * 1.07"

# Behind the clock of b, a is late by half a second, and says nothing of it; b sees it.
start=$(soon 1)
play b --start "$start" -n "$TMP/net.yaml" -s 5 --cut -d 3s -f 9M --algo fast
pb=$!
play a --start "$(python3 -c "print('%.6f' % ($start + 0.5))")" -n "$TMP/net.yaml" -s 5 --cut -d 3s -f 9M --algo fast
pa=$!
status_of $pb 0 30 >/dev/null
status_of $pa 0 30 >/dev/null
check "a plays half a second later than b: b says so" has b "480e6 < r['arrival_p50_ns'] < 700e6 and not r['arrival_early']"
check "and to a, packets come early" has a "r['arrival_early'] > 0.8 * r['arrival_measured'] > 100"

both_play $CAMPAIGN
check "reliable: b stands still" stall 9000
check "b's status is 0" status_of $pb 0 60
check "a's as well" status_of $pa 0 60
check "what was lost in the ring was sent again" has b "r['rx_dropped'] > 0 and r['copies'] + r['received'] >= r['expected'] == r['received']"
finish
