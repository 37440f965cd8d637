#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Campaigns over IPv6, and over both, with VLAN tags: arrive whole by each engine, and no kernel notices; the guard drops
# what nobody plays.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3
need_bpffs

two_hosts
two_guards
# The hosts of the demonstration with an address of either family.
sed -e 's/ip_addr: 10.0.0.\([12]\)/&\n        ip6_addr: "2001:db8::\1"/' "$TMP/net.yaml" >"$TMP/dual.yaml"
{ cat "$TMP/dual.yaml"; echo 'ipv6: 1'; } >"$TMP/six.yaml"
{
	cat "$TMP/dual.yaml"
	printf 'subnets:\n'
	printf '  - {prefix: "%s", vlan: 7}\n' 10.0.0.0/24 2001:db8::/64
} >"$TMP/vlan.yaml"

# packets NETWORK FILTER: of the campaign's untainted frames, how many have this EtherType at this offset
packets()
{
	"$FOSR" create-pcap -n "$1" -s 5 --cut -d 2s -f 9M --taint none --format pcap -o "$TMP/plan.pcap" >/dev/null
	python3 - "$TMP/plan.pcap" "$2" "$3" <<'PY'
import struct, sys
data, want, at, n = open(sys.argv[1], "rb").read(), int(sys.argv[2], 16), int(sys.argv[3]), 0
pos, count = 24, 0
while pos < len(data):
    size = struct.unpack_from("<I", data, pos + 8)[0]
    count += struct.unpack_from(">H", data, pos + 16 + at)[0] == want
    n += 1
    pos += 16 + size
print(count * 100 // n)
PY
}

check "with a share of 1 all but what goes to groups is IPv6" test "$(packets "$TMP/six.yaml" 86dd 12)" -ge 90
check "with the default some of it is" test "$(packets "$TMP/dual.yaml" 86dd 12)" -ge 20
check "and some is not" test "$(packets "$TMP/dual.yaml" 0800 12)" -ge 20
check "a subnet's VLAN stands in all frames" test "$(packets "$TMP/vlan.yaml" 8100 12)" = 100

for what in "six xsk reliable" "dual live fast" "dual xsk reliable" "vlan xsk reliable" "vlan live fast"; do
	set -- $what
	CAMPAIGN="-n $TMP/$1.yaml -s 5 --cut -d 2s -f 9M"
	start=$(soon 1)
	play a --start "$start" --engine "$2" --algo "$3" -o "$TMP/a.pcap" $CAMPAIGN
	pa=$!
	play b --start "$start" --engine "$2" --algo "$3" -o "$TMP/b.pcap" $CAMPAIGN
	pb=$!
	check "$what: a plays its end to the end" status_of $pa 0 30
	check "$what: b plays its end to the end" status_of $pb 0 30
	check "$what: all that a expected arrived, once" has a "r['received'] == r['expected'] > 50 and not r['repeated']"
	check "$what: all that b expected arrived, once" has b "r['received'] == r['expected'] > 50 and not r['repeated']"
	check "$what: what both recorded is the campaign" both_verify
done
check "the kernel of a noticed nothing" silent a
check "the kernel of b noticed nothing" silent b

sed 's/ip_addr: 10.0.0.2/ip_addr: "2001:db8::2"/' "$TMP/net.yaml" >"$TMP/only.yaml"
check "a host without an IPv4 address is refused, and named" fails "server.*ip6_addr" \
	in_ns a "$FOSR" inject --dev eth0 -n "$TMP/only.yaml" -d 1s
finish
