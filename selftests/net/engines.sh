#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The engines of inject: each delivers the campaign; what live frames need and what happens without it; speed; who ends
# them; nothing stays behind.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3 bpftool ethtool taskset
need_bpffs
[ "$(nproc)" -ge 2 ] || skip "live frames take a processor of their own: needs two"

demo_network
ns_new a
ns_new b
ns_new c
veth_new a eth0 10.0.0.1/24 b eth0 10.0.0.2/24 || skip "no veth pairs here"
# Both hosts in one namespace, joined to each other.
in_ns c ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02
for dev in va vb; do
	in_ns c ip link set $dev up
done
in_ns c ip addr add 10.0.0.1/32 dev va
in_ns c ip addr add 10.0.0.2/32 dev vb
in_ns a "$FOSR" attach eth0 >/dev/null && in_ns b "$FOSR" attach eth0 >/dev/null &&
	in_ns c "$FOSR" attach va vb >/dev/null || skip "the guard cannot be attached here"

CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 2s -f 9M"

# Programs of the live engine that the kernel has.
live_programs()
{
	bpftool prog list name fosr_inject -j 2>/dev/null | python3 -c 'import json, sys
found = json.loads(sys.stdin.read().strip() or "[]")
print(len(found if isinstance(found, list) else [found]))'
}

live_programs_are()
{
	[ "$(live_programs)" = "$1" ]
}

# both ARGS...: both hosts' ends by one process in c; said in $TMP/c.json
both()
{
	in_ns c "$FOSR" inject --dev va --dev vb --json "$@" >"$TMP/c.json" 2>"$TMP/c.err"
}

before=$(live_programs)
for engine in xsk live; do
	start=$(soon 1)
	play a --start "$start" --engine $engine -o "$TMP/a.pcap" $CAMPAIGN
	pa=$!
	play b --start "$start" --engine $engine -o "$TMP/b.pcap" $CAMPAIGN
	pb=$!
	check "$engine: a plays its end to the end" status_of $pa 0 30
	check "$engine: b plays its end to the end" status_of $pb 0 30
	check "$engine: that is what sent" has a "r['engine'] == '$engine'"
	check "$engine: all of it left" has a "r['sent'] == r['planned'] > 100 and not r['undelivered']"
	check "$engine: all that a expected arrived, once" has a "r['received'] == r['expected'] > 50 and not r['repeated']"
	check "$engine: all that b expected arrived, once" has b "r['received'] == r['expected'] > 50 and not r['repeated']"
	check "$engine: what a recorded is the campaign" "$FOSR" verify $CAMPAIGN --start "$start" "$TMP/a.pcap"
	check "$engine: what b recorded is the campaign" "$FOSR" verify $CAMPAIGN --start "$start" "$TMP/b.pcap"
	check "$engine: the same hosts by one process" both --engine $engine $CAMPAIGN
	check "$engine: which sends and receives all of it" \
		has c "r['sent'] == r['planned'] and r['received'] == r['expected'] > 100 and r['hosts'] == 2"
	for algo in fast reliable; do
		check "$engine: as fast as it goes, $algo, an hour within seconds" \
			both --engine $engine --algo $algo -n "$TMP/net.yaml" --cut -d 1h --speed max
		check "$engine: $algo: all of it arrives" \
			has c "r['received'] == r['expected'] > 40000 and not r['repeated'] and 0 < r['sending_ns'] < 20e9"
	done
done
check "twice as fast takes half the time" both --engine xsk -n "$TMP/net.yaml" --cut -d 4s -f 9M --speed 2
check "as the plan has it" has c "1.5e9 < r['sending_ns'] < 2.2e9 and r['received'] == r['expected']"
check "busy polling: all of it arrives" eval 'both --engine xsk --busy-poll 50 $CAMPAIGN &&
	has c "r[\"received\"] == r[\"expected\"] > 100"'
check_not "no such speed" both --engine xsk $CAMPAIGN --speed 0
check "the kernels of a and b noticed nothing" eval 'silent a && silent b'

# The choice
check "a slow campaign: auto takes AF_XDP, and says what was measured" \
	eval 'both $CAMPAIGN && has c "r[\"engine\"] == \"xsk\" and \"measured\" in r[\"engine_why\"]"'
# That is live frames, unless somebody else keeps the second processor busy.
check "as fast as it goes: auto takes what was measured to be faster" eval 'both -n $TMP/net.yaml --cut -d 1h --speed max &&
	has c "(lambda rates: r[\"received\"] == r[\"expected\"] and len(rates) == 2 and int(rates[0]) > int(rates[1]))(
		__import__(\"re\").findall(r\"\\b(\\d+)\\b\", r[\"engine_why\"].split(\";\")[0]))"'
check "on one processor it does not" eval 'in_ns c taskset -c 0 "$FOSR" inject --dev va --dev vb --json -n $TMP/net.yaml \
	--cut -d 10m --speed max >$TMP/c.json && has c "r[\"engine\"] == \"xsk\" and \"processor\" in r[\"engine_why\"]"'

# A receiver without XDP and GRO takes no redirected frame, which no error tells.
in_ns b "$FOSR" detach eth0 >/dev/null
in_ns b ethtool -K eth0 gro off >/dev/null 2>&1
play a --algo fast --engine live $CAMPAIGN
check "live frames that nobody takes: status 1" status_of $! 1 20
check "which is noticed" has a "r['undelivered'] == r['sent'] > 0"
check "and said, with what to do" grep -q "GRO.*--engine xsk" "$TMP/a.err"
play a --algo fast $CAMPAIGN --speed max
check "auto then takes AF_XDP" status_of $! 1 20
check "because of that" has a "r['engine'] == 'xsk' and 'GRO' in r['engine_why'] and not r['undelivered']"
in_ns b ethtool -K eth0 gro on >/dev/null 2>&1
play a --algo fast --engine live $CAMPAIGN
status_of $! 1 20 >/dev/null
check "with GRO they are taken" has a "r['undelivered'] == 0 and r['sent'] == r['planned']"
in_ns b "$FOSR" attach eth0 >/dev/null

# Ends
play a --algo fast --engine live -n "$TMP/net.yaml" -d 60s -f 9M
pa=$!
was=$(counted b dropped)
wait_until 10 more_than dropped "$was"
kill -INT $pa
check "an interrupt: status 130 at once" status_of $pa 130 10
play a --algo fast --engine live -n "$TMP/net.yaml" -d 60s -f 9M
pa=$!
was=$(counted b dropped)
wait_until 10 more_than dropped "$was"
kill -9 $pa
wait $pa 2>/dev/null
check "kill -9: the call that sends ends with its process" wait_until 10 live_programs_are "$before"
play a --algo fast --engine live -n "$TMP/net.yaml" -d 60s -f 9M
pa=$!
was=$(counted b dropped)
wait_until 10 more_than dropped "$was"
in_ns a ip link set eth0 down
check "the link goes down: status 1, no hang" status_of $pa 1 10
check "which is said" grep -Eq "down|no carrier" "$TMP/a.err"
check "no program of the engine is left" wait_until 10 live_programs_are "$before"
finish
