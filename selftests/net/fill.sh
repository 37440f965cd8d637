#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# network fill: MAC addresses of a machine's interfaces and of its neighbours, IPv4 and IPv6, written into a network file.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter
ns_new a
ns_new b
ns_new c
veth_new a eth0 10.0.0.1/24 b eth0 10.0.0.2/24 || skip "no veth pairs here"

cat >"$TMP/net.yaml" <<'END'
metadata: {title: Lab} # a comment
hosts:
  - hostname: here
    interfaces:
      - ip_addr: 10.0.0.1 # of a
  - hostname: there
    interfaces: [{ip_addr: 10.0.0.2, services: [http]}]
  - hostname: six
    interfaces:
      - ip6_addr: 2001:db8::6
        ip_addr: 10.0.0.6
  - hostname: away
    interfaces:
      - ip_addr: 10.0.9.9
  - hostname: wrong
    interfaces: [{ip_addr: 10.0.0.7, mac_addr: "02:00:00:00:00:77"}]
END
cat >"$TMP/want.yaml" <<'END'
metadata: {title: Lab} # a comment
hosts:
  - hostname: here
    interfaces:
      - ip_addr: 10.0.0.1 # of a
        mac_addr: "02:00:00:00:00:01"
  - hostname: there
    interfaces: [{ip_addr: 10.0.0.2, mac_addr: "02:00:00:00:00:02", services: [http]}]
  - hostname: six
    interfaces:
      - ip6_addr: 2001:db8::6
        ip_addr: 10.0.0.6
        mac_addr: "02:00:00:00:00:06"
  - hostname: away
    interfaces:
      - ip_addr: 10.0.9.9
  - hostname: wrong
    interfaces: [{ip_addr: 10.0.0.7, mac_addr: "02:00:00:00:00:77"}]
END
in_ns a sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
in_ns a ip neigh add 2001:db8::6 lladdr 02:00:00:00:00:06 dev eth0 nud permanent || skip "no IPv6 here"
in_ns a ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev eth0 nud permanent
# Nobody has answered for this one.
in_ns a ip neigh add 10.0.9.9 dev eth0 nud failed 2>/dev/null

fill()
{
	in_ns a "$FOSR" network fill "$TMP/net.yaml" -o "$TMP/out.yaml" "$@" >"$TMP/fill.out" 2>"$TMP/fill.err"
}

told()
{
	grep -Eq -- "$2" "$TMP/fill.$1" || { cat "$TMP/fill.out" "$TMP/fill.err"; return 1; }
}

check "status 0" fill
check "the file has what was found, and is the same otherwise" diff "$TMP/want.yaml" "$TMP/out.yaml"
check "own address, and its interface" told out '^ +5 +here +10.0.0.1 +02:00:00:00:00:01 +address of eth0$'
check "neighbour" told out '^ +7 +there +10.0.0.2 +02:00:00:00:00:02 +neighbour on eth0$'
check "neighbour by IPv6" told out '^ +11 +six +10.0.0.6 +02:00:00:00:00:06 +neighbour on eth0$'
check "what is missing is named" told out '^ +14 +away +10.0.9.9 +- +not found$'
check "how many" told out '3 of 4'
check "a mac_addr that is wrong is left, with a warning" told err 'wrong has mac_addr 02:00:00:00:00:77 in the file, but 02:00:00:00:00:07 on eth0'

check "the new file passes where the derived addresses would not" \
	bash -c "! '$FOSR' network check '$TMP/net.yaml' | grep -q '^hint .*1 interface without mac_addr' &&
		'$FOSR' network check '$TMP/out.yaml' | grep -q '^hint .*1 interface without mac_addr (first: away'"

# Another interface on which somebody else has the same address.
in_ns a ip link add eth1 address 02:00:00:00:01:01 type veth peer name eth1 netns "$(ns c)"
in_ns a ip link set eth1 up
in_ns a ip neigh add 10.0.0.2 lladdr 02:00:00:00:01:02 dev eth1 nud permanent
fill
check "two that have the address: told, and not chosen" told out 'there .*not clear: one on eth0, another on eth1; choose by --dev'
fill --dev eth1
check "--dev chooses" told out '02:00:00:00:01:02 +neighbour on eth1'
rm -f "$TMP/out.yaml"
in_ns c "$FOSR" network fill "$TMP/net.yaml" -o "$TMP/out.yaml" >"$TMP/fill.out" 2>"$TMP/fill.err"
check "nothing found: status 1" test $? = 1
check "and one line that says so" told err 'none of 4 interfaces without mac_addr'
check_not "and no file" test -e "$TMP/out.yaml"
check "no such interface" fails 'eth7: no such interface' in_ns a "$FOSR" network fill "$TMP/net.yaml" -o "$TMP/out.yaml" --dev eth7

finish
