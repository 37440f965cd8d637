#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# In a virtual machine, as this project's own machines have no netem: a campaign behind a switch whose ports lose, double,
# delay and reorder frames.

. "$(dirname "$0")/../net/lib.sh"
need_root

ns_new a
ns_new b
ns_new s
# port HOST N: joins it to the switch as 10.0.0.N
port()
{
	in_ns s ip link add "port$1" type veth peer name eth0 address "02:00:00:00:00:0$2" netns "$(ns "$1")" &&
		in_ns s ip link set "port$1" master br0 up && in_ns "$1" ip addr add "10.0.0.$2/24" dev eth0 &&
		in_ns "$1" ip link set eth0 up && in_ns s bridge fdb replace "02:00:00:00:00:0$2" dev "port$1" master static
}

in_ns s ip link add br0 type bridge
in_ns s ip link set br0 up
check "a switch with two ports" eval 'port a 1 && port b 2 && wait_until 5 link_is_up a eth0 && wait_until 5 link_is_up b eth0'
check "guards" eval 'in_ns a "$FOSR" attach eth0 && in_ns b "$FOSR" attach eth0'
demo_network
CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 3s -f 3M"

# bad WORDS...: of netem, for both ports from now on
bad()
{
	for port in porta portb; do
		in_ns s tc qdisc replace dev $port root netem "$@" || return 1
	done
}

both_play()
{
	start=$(soon 3)
	play a --start "$start" -o "$TMP/a.pcap" $CAMPAIGN "$@"
	pa=$!
	play b --start "$start" -o "$TMP/b.pcap" $CAMPAIGN "$@"
	pb=$!
}

delivered()
{
	has "$1" "r['sent'] == r['planned'] > 30 and r['received'] == r['expected'] > 30 and not r['lost_flows']"
}

# Of both ports
dropped()
{
	for port in porta portb; do
		in_ns s tc -s qdisc show dev $port
	done >"$TMP/qdisc"
	cat "$TMP/qdisc"
	grep -q "dropped [1-9]" "$TMP/qdisc"
}

for how in "loss 1%" "loss 10%" "delay 5ms 4ms loss 2% duplicate 5%" "delay 10ms reorder 25% 50%"; do
	check "$how: netem takes it" bad $how
	both_play
	check "$how: a plays its end to the end" status_of $pa 0 60
	check "$how: so does b" status_of $pb 0 60
	check "$how: every packet of a and b arrived" eval "delivered a && delivered b"
	check "$how: at both ends it is the campaign, packet for packet" both_verify
	[ "$how" = "loss 10%" ] || continue
	check "$how: the switch did lose frames" dropped
	check "$how: and some were sent again" eval 'has a "r[\"resent\"] > 0" || has b "r[\"resent\"] > 0"'
done
check "loss 20%: netem takes it" bad loss 20%
both_play --algo fast
check "fast, behind that switch: a fails, and ends" status_of $pa 1 60
check "so does b" status_of $pb 1 60
check "not everything arrived: the check can fail" has a "0 < r['received'] < r['expected']"
check_not "nor is what they recorded the campaign" both_verify
check "the kernels noticed nothing" eval 'silent a && silent b'
finish
