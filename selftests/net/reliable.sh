#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 400 s
# Algorithm `reliable` behind a bad switch: what is lost comes again, nothing is sent before what it answers; hosts that
# come late, stop, or start again; injectors of another campaign; a clock that is off. Each ends with every planned
# packet delivered once or its flow named.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3 tc bridge
need_bpffs
FAULTS=$BUILD/selftests/net/faults.bpf.o
[ -e "$FAULTS" ] || skip "$FAULTS is not built: run make unit"

demo_network
ns_new a
ns_new b
ns_new s

# port HOST N: joins it to the switch as 10.0.0.N
port()
{
	in_ns s ip link add "port$1" type veth peer name eth0 address "02:00:00:00:00:0$2" netns "$(ns "$1")" || return 1
	in_ns s ip link set "port$1" master br0 up
	in_ns "$1" ip addr add "10.0.0.$2/24" dev eth0
	in_ns "$1" ip link set eth0 up
	in_ns s bridge fdb replace "02:00:00:00:00:0$2" dev "port$1" master static
	in_ns s tc qdisc add dev "port$1" clsact
}

in_ns s ip link add br0 type bridge || skip "no bridges here"
in_ns s ip link set br0 up
port a 1 && port b 2 || skip "no veth pairs here"
# The detour: what goes into it comes back to the bridge some milliseconds later.
in_ns s ip link add d0 index 100 type veth peer name d1 && in_ns s ip link set d0 up && in_ns s ip link set d1 master br0 up
in_ns s bridge link set dev d1 learning off flood off
in_ns s tc qdisc add dev d0 root tbf rate 4mbit burst 3000 latency 200ms || skip "no tbf here"
wait_until 5 link_is_up a eth0 && wait_until 5 link_is_up b eth0 || skip "the links do not come up"
two_guards

CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 3s -f 9M"

# bad KIND: from now on; none: a good switch
bad()
{
	for port in porta portb; do
		in_ns s tc filter del dev $port ingress 2>/dev/null
		[ "$1" = none ] || in_ns s tc filter add dev $port ingress bpf direct-action obj "$FAULTS" sec "classifier/$1" ||
			return 1
	done
}

# Both ends of the campaign, from now on by --start; ARGS for both
both_play()
{
	start=$(soon 0.7)
	play a --start "$start" -o "$TMP/a.pcap" $CAMPAIGN "$@"
	pa=$!
	play b --start "$start" -o "$TMP/b.pcap" $CAMPAIGN "$@"
	pb=$!
}

# All that was planned was sent and came, once.
delivered()
{
	has "$1" "r['sent'] == r['planned'] > 100 and r['received'] == r['expected'] > 100 and not r['lost_flows']"
}

# In FILE no packet of a flow is in front of a packet that its sender has to have seen: at both ends of every flow, a
# host's own packets stand behind all earlier ones of the other end. HOST's last MAC digit in the second argument.
causal()
{
	python3 - "$1" "$2" <<'PY'
import struct, sys
seen, bad, n = {}, 0, 0
mine = int(sys.argv[2])
with open(sys.argv[1], "rb") as file:
    file.read(24)
    while len(head := file.read(16)) == 16:
        frame = file.read(struct.unpack("<IIII", head)[2])
        tag = frame[34:62]
        assert tag[0] == 222
        flow, step = struct.unpack(">QI", tag[8:20])
        if tag[2] & 2:
            continue
        have, sent = seen.setdefault(flow, (set(), []))
        if frame[11] == mine:
            sent.append((step, len(have)))
        n += 1
        have.add(step)
for have, sent in seen.values():
    steps = sorted(have)
    for step, before in sent:
        # all steps below it, of either end, were there
        if before < steps.index(step):
            bad += 1
print(n, "packets,", bad, "too early")
sys.exit(bad or not n)
PY
}

check "a good switch: a" eval 'both_play && status_of $pa 0 30'
check "and b" status_of $pb 0 30
check "all of it arrived, once" eval "delivered a && delivered b"
check "nothing had to be sent again" has a "r['resent'] == 0 and r['repeated'] == 0"
check "the way to b was measured" has a "len(r['peers']) == 1 and 0 < r['peers'][0]['delay_ns'] < 5e7 and abs(r['peers'][0]['clock_offset_ns']) < 2e7"
check "it is the campaign" "$FOSR" verify $CAMPAIGN --start "$start" "$TMP/a.pcap"
check "at both ends, with a way between them of less than 50 ms" eval "both_verify &&
	has verify \"len(r['delays']) == 2 and all(0 < d['p50_ns'] < 5e7 for d in r['delays']) and not r['recovered']\""

for kind in loss1 loss10 double detour all; do
	check "$kind: such a switch" bad $kind
	both_play
	check "$kind: a plays its end to the end" status_of $pa 0 60
	check "$kind: so does b" status_of $pb 0 60
	check "$kind: every packet of a and b arrived" eval "delivered a && delivered b"
	check "$kind: a sent nothing before what it answers" causal "$TMP/a.pcap" 1
	check "$kind: nor did b" causal "$TMP/b.pcap" 2
	check "$kind: at both ends it is the campaign, packet for packet" both_verify
	case $kind in
	loss10 | all)
		check "$kind: it was sent again" has a "r['resent'] > 5"
		check "$kind: and came by that copy, at both ends" has verify "all(p['recovered'] > 2 for p in r['points'])"
		;;
	esac
done
check "fast, behind the same switch: not everything arrives: the check can fail" eval \
	'both_play --algo fast; status_of $pa 1 30; status_of $pb 1 30; has a "r[\"received\"] < r[\"expected\"]"'
bad none

# Nobody there
play a --give-up 1s $CAMPAIGN
check "a peer that does not play: status 1, no hang" status_of $! 1 20
check "which is said" grep -q "nothing arrived" "$TMP/a.err"
check "and the flows are named" has a "r['lost_flows'] == len(r['lost']) > 5 and r['lost'][0]['with'] == '10.0.0.2'"

# Who comes late: by ten seconds, when all of it should be over
after()
{
	python3 -c "import time, sys; sys.exit(time.time() < $1)"
}

start=$(soon 0.3)
play a --start "$start" $CAMPAIGN
pa=$!
wait_until 15 after "$start + 10"
play b --start "$start" $CAMPAIGN
pb=$!
check "b comes ten seconds late: a" status_of $pa 0 40
check "b comes ten seconds late: b" status_of $pb 0 40
check "b comes ten seconds late: every packet arrived" eval "delivered a && delivered b"
check "and was sent once" has a "r['repeated'] == 0 and r['skipped'] == 0"

# A clock that is off by a second
if ${CC:-gcc} -shared -fPIC -o "$TMP/shift_clock.so" "$ROOT/selftests/net/shift_clock.c" -ldl 2>"$TMP/said"; then
	start=$(soon 1.2)
	play a --start "$start" $CAMPAIGN
	pa=$!
	LD_PRELOAD=$TMP/shift_clock.so SHIFT_CLOCK_NS=1000000000 play b --start "$start" $CAMPAIGN
	pb=$!
	check "b's clock is a second ahead: a" status_of $pa 0 40
	check "b's clock is a second ahead: b" status_of $pb 0 40
	check "b's clock is a second ahead: every packet arrived" eval "delivered a && delivered b"
	check "that was measured" has a "abs(r['peers'][0]['clock_offset_ns'] - 10**9) < 2e7"
	check "and said" grep -q "10.0.0.2 plays the campaign 1s earlier\|10.0.0.2 plays the campaign 99.ms earlier\|1s[0-9]*ms earlier" "$TMP/a.err"
else
	skip_one "a clock that is off" "no compiler for the shared object"
fi

# All ready
play a --start when-all-ready $CAMPAIGN
pa=$!
before=$(counted b dropped)
wait_until 10 more_than dropped "$before"
play b --start when-all-ready $CAMPAIGN
pb=$!
check "when all are ready: a" status_of $pa 0 30
check "when all are ready: b" status_of $pb 0 30
check "when all are ready: every packet arrived" eval "delivered a && delivered b"
check "they started together" python3 -c "
import json, datetime
start = [datetime.datetime.fromisoformat(json.load(open('$TMP/%s.json' % h))['started'].replace('Z', '+00:00')[:26].rstrip('Z+') + '+00:00') for h in 'ab']
print(start)
assert abs((start[0] - start[1]).total_seconds()) < 0.02"

# More hosts on a machine than a hello has room for
python3 - "$ROOT/profiles/demo.yaml" >"$TMP/many.yaml" <<'PY'
import re, sys
text = open(sys.argv[1]).read().replace("10.11.0.", "10.0.0.")
text = re.sub("02:fd:00:00:00", "02:00:00:00:00", text, flags=re.I)
print(text)
client = re.search(r"  - hostname.*?(?=  - hostname|\Z)", text, re.S).group(0)
for n in range(10, 160):
    print(re.sub(r"hostname: *\S+", f"hostname: h{n}", client).replace("10.0.0.1", f"10.0.0.{n}"))
PY
for n in $(seq 10 159); do
	echo "addr add 10.0.0.$n/24 dev eth0"
done >"$TMP/addresses"
in_ns a ip -batch "$TMP/addresses"
MANY="-n $TMP/many.yaml -s 5 --cut -d 2s -f 9M"
play a --start when-all-ready $MANY
pa=$!
play b --start when-all-ready $MANY
pb=$!
check "151 hosts on a: all are known to b: a" status_of $pa 0 30
check "151 hosts on a: all are known to b: b" status_of $pb 0 30
check "151 hosts on a" has a "r['hosts'] == 151 and r['received'] == r['expected'] and r['planned'] == r['sent'] > 50"
sed -i 's/addr add/addr del/' "$TMP/addresses"
in_ns a ip -batch "$TMP/addresses"

# Another campaign
start=$(soon 0.5)
play a --start "$start" --give-up 1s $CAMPAIGN
pa=$!
play b --start "$start" --give-up 1s $CAMPAIGN -s 6
pb=$!
check "another campaign: a has status 1" status_of $pa 1 30
check "another campaign: so has b" status_of $pb 1 30
check "it is named" grep -q "10.0.0.2 plays another campaign" "$TMP/a.err"
check "and shut out" has a "[p for p in r['peers'] if p['other_campaign'] and len(p['digest']) == 64] and r['received'] == 0"

# Killed, and started again
LONG="-n $TMP/net.yaml -s 5 --cut -d 6s -f 9M"
start=$(soon 0.5)
play a --start "$start" -o "$TMP/a.pcap" $LONG
pa=$!
before=$(counted b redirected)
play b --start "$start" $LONG
pb=$!
wait_until 10 more_than redirected "$((before + 200))"
kill -9 $pb
wait $pb 2>/dev/null
wait_until 5 eval '[ "$(in_ns b "$FOSR" status eth0 --json | grep -c "sockets\": 1")" = 0 ]'
play b --start "$start" $LONG
pb=$!
check "killed and started again: a ends well" status_of $pa 0 60
check "killed and started again: b ends well" status_of $pb 0 60
check "a has every packet" has a "r['sent'] == r['planned'] > 200 and r['received'] == r['expected'] > 200 and not r['lost_flows']"
check "b has every packet that was not done with before" has b \
	"r['sent'] == r['planned'] and r['received'] == r['expected'] and not r['lost_flows'] and r['skipped'] > 0"
check "the kernels of a and b noticed nothing" eval 'silent a && silent b'

# One that stops, and does not come back
before=$(counted b redirected)
start=$(soon 0.5)
play a --start "$start" --give-up 1s $LONG
pa=$!
play b --start "$start" $LONG
pb=$!
wait_until 10 more_than redirected "$((before + 100))"
kill -9 $pb
wait $pb 2>/dev/null
check "b stops: a has status 1, no hang" status_of $pa 1 40
check "what did not arrive is of flows that are named" has a \
	"0 < sum(l['missing'] for l in r['lost']) == r['expected'] - r['received'] and r['lost_flows'] == len(r['lost'])"
check "what was not sent is, too" has a "0 < sum(l['unsent'] for l in r['lost']) == r['planned'] - r['sent']"
check "b is said to have been silent" has a "r['peers'][0]['silent']"

# The link goes down and comes up again
before=$(counted b redirected)
start=$(soon 0.5)
play a --start "$start" $LONG
pa=$!
play b --start "$start" $LONG
pb=$!
wait_until 10 more_than redirected "$((before + 100))"
in_ns s ip link set porta down
wait_until 5 grep -q "waiting for it" "$TMP/a.err"
in_ns s ip link set porta up
check "a link that goes down and comes up: a" status_of $pa 0 60
check "a link that goes down and comes up: b" status_of $pb 0 60
check "it was said" grep -q "no carrier" "$TMP/a.err"
check "every packet arrived" has a "r['received'] == r['expected'] and r['sent'] == r['planned'] and not r['lost_flows']"
check "at b as well" has b "r['received'] == r['expected'] and not r['lost_flows']"
finish
