#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# attach --dispatcher: the guard beside another XDP program, or, where the kernel refuses extension programs, an error
# that says so and an interface as it was. a sends, b has the guard.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3 bpftool
need_bpffs

SEND=$ROOT/selftests/net/send_tagged.py
BESIDE=$BUILD/selftests/net/beside
OBJECT=$BUILD/selftests/net/beside.bpf.o
OTHER=/sys/fs/bpf/$NS_MARK
[ -x "$BESIDE" ] && [ -e "$OBJECT" ] || skip "$BESIDE is not built: run make unit"
AT_END+=('rm -f "$OTHER"')

# says STATUS PATTERN CMD...
says()
{
	local want=$1 pattern=$2 text

	shift 2
	text=$("$@" 2>&1)
	[ $? = "$want" ] && grep -Eq -e "$pattern" <<<"$text" || { echo "$text"; return 1; }
}

json()
{
	in_ns b "$FOSR" status eth0 --json | python3 -c "import json, sys
print(json.load(sys.stdin)['interfaces'][0]$1)"
}

counter_is()
{
	[ "$(json "['counters']['$1']")" = "$2" ]
}

seen()
{
	bpftool -j map dump name beside_seen | python3 -c 'import json, sys
print(json.load(sys.stdin)[-1]["formatted"]["value"])'
}

seen_is()
{
	[ "$(seen)" = "$1" ] || { seen; return 1; }
}

programs_are()
{
	local text

	text=$(in_ns b "$BESIDE" eth0 list)
	[ "$(awk '{ printf "%s ", $1 }' <<<"$text")" = "$1" ] || { echo "$text"; return 1; }
}

runs_nothing()
{
	! in_ns b ip link show eth0 | grep xdp
}

pins()
{
	find /sys/fs/bpf/xdp -name "dispatch-$IFINDEX-*" 2>/dev/null
}

send()
{
	in_ns a python3 "$SEND" eth0 "$@"
}

ns_new a
ns_new b
veth_new a eth0 10.0.0.1/24 b eth0 10.0.0.2/24 || skip "no veth here"
IFINDEX=$(in_ns b ip -o link show eth0 | awk -F : '{ print $1 }')
before=$(pins)

check "with --replace: wrong usage" says 2 "not both" in_ns b "$FOSR" attach eth0 --dispatcher --replace
text=$(in_ns b "$FOSR" attach eth0 --dispatcher 2>&1)
if grep -q "refuses the extension programs" <<<"$text"; then
	check "where it is refused, the error says what to do" grep -q "attach without --dispatcher" <<<"$text"
	check "and nothing is attached" says 1 "not attached" in_ns b "$FOSR" status eth0
	check "or left on the interface" runs_nothing
	check "or pinned" [ "$(pins)" = "$before" ]
	check "the guard attaches alone" says 0 "attached" in_ns b "$FOSR" attach eth0
	skip_one "the guard beside another program" "this kernel refuses extension programs (EPERM)"
	finish
fi

check "attach to a free interface" grep -q "^eth0: attached, native mode.*in a dispatcher with 0 other programs" <<<"$text"
check "status says so" says 0 "one of 1 in a dispatcher" in_ns b "$FOSR" status eth0
check "attach again changes nothing" says 0 "already attached" in_ns b "$FOSR" attach eth0 --dispatcher
id=$(json "['program']")
send 5 tag
check "tagged frames are counted and dropped" wait_until 5 counter_is unknown_campaign 5

check "another program comes" in_ns b "$BESIDE" eth0 load "$OBJECT"
check "the guard is before it" programs_are "fosr_guard_shared beside "
check "status: one of two" says 0 "one of 2 in a dispatcher" in_ns b "$FOSR" status eth0
check "it is the same guard" [ "$(json "['program']")" = "$id" ]
check "with its counters" counter_is unknown_campaign 5
other=$(json "['counters']['other']") seen=$(seen)
send 4 tag
send 3 none
check "tagged frames end in the guard" wait_until 5 counter_is unknown_campaign 9
check "others pass" wait_until 5 counter_is other $((other + 3))
check "and come to the other program, which sees no tagged one" wait_until 5 seen_is $((seen + 3))

check "detach" says 0 "^eth0: detached" in_ns b "$FOSR" detach eth0
check "the other program stays" programs_are "beside "
check "status says that it is there" says 1 "not attached; another XDP program is there" in_ns b "$FOSR" status eth0
seen=$(seen)
send 4 tag
check "and it sees tagged frames now" wait_until 5 seen_is $((seen + 4))
check "attach without --dispatcher is refused" says 1 "which stays" in_ns b "$FOSR" attach eth0
check "attach with it, beside the other" says 0 "in a dispatcher with 1 other program" in_ns b "$FOSR" attach eth0 --dispatcher
seen=$(seen)
send 6 tag
check "tagged frames are the guard's again" wait_until 5 counter_is unknown_campaign 6
check "and no longer the other's" seen_is "$seen"

# An injector's sockets are fed by a guard in a dispatcher too.
demo_network
CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 2s -f 3M"
check "the other end, in a dispatcher too" says 0 "with 0 other programs" in_ns a "$FOSR" attach eth0 --dispatcher
seen=$(seen)
start=$(soon $((1 + ${FOSR_TEST_SLOW:-1})))
play a --engine xsk --start "$start" $CAMPAIGN
pa=$!
play b --engine xsk --start "$start" -o "$TMP/b.pcap" $CAMPAIGN
pb=$!
check "a plays a campaign to the end" status_of $pa 0 30
check "b plays it to the end" status_of $pb 0 30
check "all that b expected arrived, once" has b "r['received'] == r['expected'] > 10 and not r['repeated']"
check "what b recorded is the campaign" "$FOSR" verify $CAMPAIGN --start "$start" "$TMP/b.pcap"
check "the other program saw nothing of it" seen_is "$seen"

# With each program that comes or goes the dispatcher is another one: the injector still has its guard.
before_b=$(counted b redirected)
start=$(soon $((1 + ${FOSR_TEST_SLOW:-1})))
play a --engine xsk --start "$start" ${CAMPAIGN/-d 2s/-d 6s}
pa=$!
play b --engine xsk --start "$start" ${CAMPAIGN/-d 2s/-d 6s}
pb=$!
wait_until 20 more_than redirected $((before_b + 10))
check "the other program goes, in mid-campaign" in_ns b "$BESIDE" eth0 unload
check "a plays to the end" status_of $pa 0 60
check "and b" status_of $pb 0 60
check "the guard stays" says 0 "one of 1 in a dispatcher" in_ns b "$FOSR" status eth0
check "at the other end, whose interface has the same number, it stays too" says 0 "one of 1" in_ns a "$FOSR" status eth0
check "detach there" says 0 "^eth0: detached" in_ns a "$FOSR" detach eth0
check "detach, the last one" says 0 "^eth0: detached" in_ns b "$FOSR" detach eth0
check "nothing runs there" runs_nothing
check "no pin is left" [ "$(pins)" = "$before" ]

in_ns b "$FOSR" attach eth0 >/dev/null
check "attached alone, --dispatcher is refused" says 1 "attached alone.*detach it first" in_ns b "$FOSR" attach eth0 --dispatcher
in_ns b "$FOSR" detach eth0 >/dev/null
bpftool prog load "$OBJECT" "$OTHER" type xdp && in_ns b bpftool net attach xdp pinned "$OTHER" dev eth0
check "a program that is no dispatcher is not touched" says 1 "is no dispatcher.*which stays" \
	in_ns b "$FOSR" attach eth0 --dispatcher
check "it is still there" says 1 "another XDP program is there" in_ns b "$FOSR" status eth0
finish
