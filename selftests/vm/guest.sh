#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# In a virtual machine: the program itself, on veth pairs and a VLAN device of that kernel.

. "$(dirname "$0")/../net/lib.sh"
need_root

demo_network
CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 2s -f 9M"
ns_new c
in_ns c ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02
in_ns c ip addr add 10.0.0.1/32 dev va
in_ns c ip addr add 10.0.0.2/32 dev vb
for dev in va vb; do
	in_ns c ip link set $dev up
done
wait_until 5 link_is_up c va

check "probe: this kernel will do" "$FOSR" probe
check "attach" in_ns c "$FOSR" attach va vb
check "attach again changes nothing" eval 'in_ns c "$FOSR" attach va | grep -q "already attached"'
check "status" eval 'in_ns c "$FOSR" status va | grep -q "attached, native mode"'

both()
{
	in_ns c timeout 120 "$FOSR" inject --dev va --dev vb --json "$@" >"$TMP/c.json"
}

check "a campaign by AF_XDP" both --engine xsk -o "$TMP/c.pcap" $CAMPAIGN
check "all of it arrived" has c "r['sent'] == r['planned'] and r['received'] == r['expected'] > 50 and not r['lost_flows']"
check "and was recorded twice, where it left and where it came" [ -s "$TMP/c.pcap" ]
check "a campaign by live frames" both --engine live $CAMPAIGN
check "all of it arrived" has c "r['sent'] == r['planned'] and r['received'] == r['expected'] > 50 and not r['lost_flows']"
check "the kernel noticed nothing" silent c
check "detach" in_ns c "$FOSR" detach va vb
check_not "status says no" in_ns c "$FOSR" status va

if in_ns c ip link add link va name va.7 type vlan id 7 2>"$TMP/said"; then
	in_ns c ip link set va.7 up
	check "attach on a VLAN device" in_ns c "$FOSR" attach va.7
	check "in generic mode" eval 'in_ns c "$FOSR" status va.7 | grep -q "attached, generic mode"'
	check "detach from it" in_ns c "$FOSR" detach va.7
else
	skip_one "a VLAN device" "$(cat "$TMP/said")"
fi

check "a campaign in a file, tagged" "$FOSR" create-pcap -q $CAMPAIGN -d 1m --taint option -o "$TMP/tagged.pcap"
for engine in bpf user; do
	check "untaint --engine $engine" "$FOSR" untaint -q -i "$TMP/tagged.pcap" -o "$TMP/$engine.pcap" --engine $engine
done
check "the same, byte for byte" cmp "$TMP/bpf.pcap" "$TMP/user.pcap"
check "and what create-pcap makes" eval '"$FOSR" create-pcap -q $CAMPAIGN -d 1m -o "$TMP/plain.pcap" && cmp "$TMP/plain.pcap" "$TMP/bpf.pcap"'
check "it verifies" "$FOSR" verify $CAMPAIGN -d 1m "$TMP/tagged.pcap"
finish
