#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Which campaigns a guard knows, when injectors get in each other's way: one that is refused takes no key away, one that
# was killed is cleaned up after by whoever comes next, and one that starts again without knowing what time of the
# campaign it is finds its way back although keys rotate.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3
need_bpffs

two_hosts
two_guards
CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -f 3M -d 60s"

# What the guard of b knows: campaign:key, in order
known()
{
	in_ns b "$FOSR" status eth0 --json | python3 -c "import json, sys
print(*sorted('%s:%d' % (c['campaign'], c['key_id']) for c in json.load(sys.stdin)['interfaces'][0]['campaigns']))"
}

knows()
{
	local is

	is=$(known)
	[ "$is" = "$1" ] || { echo "knows $is, expected $1"; return 1; }
}

knows_some()
{
	grep -q "$1" <<<"$(known)"
}


ended()
{
	! kill -0 "$1" 2>/dev/null
}

begins=$(known)

# Twice the same on one interface
play b $CAMPAIGN
pb=$!
wait_until 10 test -s "$TMP/b.err" -o "$(known)" != "$begins" || true
wait_until 10 eval '[ "$(known)" != "$begins" ]'
wait_until 10 eval '[ "$(in_ns b "$FOSR" status eth0 --json | grep -c "\"sockets\": *1")" = 1 ]'
first=$(known)
check "an injector's campaign is known" [ "$first" != "$begins" ]
check "a second one on the same interface is refused" fails "another program holds the queue" \
	in_ns b "$FOSR" inject --dev eth0 $CAMPAIGN
check "and takes away nothing that the first has taught" knows "$first"
check "nor does one that would record there" fails "another program holds the queue" \
	in_ns b "$FOSR" record eth0 -o "$TMP/no.pcap" $CAMPAIGN
check "it takes nothing away either" knows "$first"
check_not "and neither has ended the first" ended $pb

# Killed, and then another campaign
kill -9 $pb
wait $pb 2>/dev/null
check "killed: its campaign is still known" knows "$first"
play b --give-up 1s $CAMPAIGN -s 6 -d 1s
status_of $! 1 20 >/dev/null
check "after another campaign nothing is known but what was at the start" knows "$begins"

# Whoever records
record_at_b()
{
	in_background nsenter "--net=/run/netns/$(ns b)" "$FOSR" record eth0 --json -v -o "$TMP/b.pcap" "$@" >"$TMP/b.json" 2>"$TMP/b.err"
	pb=$!
	wait_until 10 grep -q ready "$TMP/b.err"
}

record_at_b $CAMPAIGN
check "a campaign is known while it is recorded" [ "$(known)" = "$first" ]
kill -9 $pb
wait $pb 2>/dev/null
check "killed: it still is" knows "$first"
record_at_b $CAMPAIGN
check "the same again: known, not forgotten" [ "$(known)" = "$first" ]
kill -INT $pb
status_of $pb 0 10 >/dev/null
check "afterwards it is forgotten" knows "$begins"
record_at_b $CAMPAIGN --rotate 1s -d 4s
play a $CAMPAIGN --rotate 1s -d 4s --algo fast --engine xsk
status_of $! 1 30 >/dev/null
kill -INT $pb
check "keys that rotate are recorded through all periods" status_of $pb 0 10
check "every frame that a sent" has b "r['recorded'] == $(python3 -c "import json; print(json.load(open('$TMP/a.json'))['sent'])") > 100"
check "and are forgotten" knows "$begins"

# Keys rotate, the start is found out from the others, and b is killed in mid-campaign
ROTATING="-n $TMP/net.yaml -s 5 --cut -f 3M -d 14s --rotate 1s"
play a --start when-all-ready $ROTATING
pa=$!
play b --start when-all-ready $ROTATING
pb=$!
wait_until 20 knows_some ":4"
kill -9 $pb
wait $pb 2>/dev/null
play b --start when-all-ready $ROTATING
pb=$!
check "b starts again four keys on, and is told the time" wait_until 8 knows_some ":7"
check "a plays to the end" status_of $pa 0 60
check "b plays to the end" status_of $pb 0 60
check "nothing that a expected lacks" has a "r['received'] == r['expected'] > 100 and not r['lost_flows']"
check "and nothing of it is known any more" knows "$begins"
check "no kernel noticed (a)" silent a
check "no kernel noticed (b)" silent b
finish
