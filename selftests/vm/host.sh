#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# In a virtual machine: one of two hosts of a campaign. host.sh 1|2: which of them. Last on the console: what inject said.

. "$(dirname "$0")/../net/lib.sh"

demo_network
CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 3s -f 9M"
dev=$(ls /sys/class/net | grep -v '^lo$' | head -n 1)
ip addr add "10.0.0.$1/24" dev "$dev" && ip link set "$dev" up allmulticast on || exit 1 # a card drops what is for groups that nobody has joined
check "attach on virtio-net" "$FOSR" attach "$dev"
sed 's/^/# /' "$TMP/said"
check "play, when the other machine is ready" eval '"$FOSR" inject --dev "$dev" --start when-all-ready -o "$TMP/host.pcap" --json \
	$CAMPAIGN >"$TMP/x.json"'
sed 's/^/# /' "$TMP/said"
check "all of it was sent and arrived" has x "r['sent'] == r['planned'] > 50 and r['received'] == r['expected'] > 50 and not r['lost_flows']"
sed 's/^/# /' "$TMP/said"
check "what was recorded is the campaign" "$FOSR" verify $CAMPAIGN "$TMP/host.pcap"
check "the kernel noticed nothing" eval '[ "$(awk "/^Tcp:/ && n++ { print \$12 }" /proc/net/snmp)" = 0 ]'
check "detach" "$FOSR" detach "$dev"
finish
