#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# taint and sensor: the traffic of real programs is tagged on its way out of a, so that the guard of b hides it; a sensor
# at b sees it as it was. Both hooks, IPv4 and IPv6, what has no room, and nothing left behind.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3 tc
need_bpffs

ns_new a
ns_new b
for n in a b; do
	in_ns $n sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 \
		net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
done
veth_new a eth0 10.0.0.1/24 b eth0 10.0.0.2/24 || skip "no veth pairs here"
in_ns a ip addr add fd00::1/64 dev eth0 nodad
in_ns b ip addr add fd00::2/64 dev eth0 nodad
in_ns a ip neigh replace fd00::2 lladdr 02:00:00:00:00:02 dev eth0 nud permanent
in_ns b ip neigh replace fd00::1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent

# A server at b that says on standard output what it got: serve PORT FAMILY
serve()
{
	in_background in_ns b python3 -u -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if sys.argv[2] == "6" else socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("fd00::2" if sys.argv[2] == "6" else "10.0.0.2", int(sys.argv[1])))
print("ready", flush=True)
while True:
    print(len(s.recv(65536)), flush=True)' "$1" "$2" >"$TMP/served.$1.$2"
	wait_until 10 grep -q ready "$TMP/served.$1.$2"
}

# datagrams PORT FAMILY COUNT LENGTH: from a
datagrams()
{
	in_ns a python3 -c '
import socket, sys
port, family, count, length = sys.argv[1:]
s = socket.socket(socket.AF_INET6 if family == "6" else socket.AF_INET, socket.SOCK_DGRAM)
for n in range(int(count)):
    s.sendto(b"x" * int(length), ("fd00::2" if family == "6" else "10.0.0.2", int(port)))' "$@"
}

served() { [ "$(grep -vc ready "$TMP/served.$1.$2")" = "$3" ]; }
# taint COUNTER N, sensor COUNTER N
taint_counts() { [ "$(in_ns a "$FOSR" taint status eth0 --json | json "['interfaces'][0]['counters']['$1']")" = "$2" ]; }
sensor_counts() { [ "$(in_ns b "$FOSR" sensor status eth0 --json | json "['interfaces'][0]['counters']['$1']")" = "$2" ]; }
json() { python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }

check "taint needs a filter" bash -c "\"$FOSR\" taint attach lo >/dev/null 2>&1; [ \$? = 2 ]"
check "and one that can be read" bash -c "\"$FOSR\" taint attach lo --match nonsense >/dev/null 2>&1; [ \$? = 2 ]"
check "no such verb: wrong usage" bash -c "\"$FOSR\" sensor stop lo >/dev/null 2>&1; [ \$? = 2 ]"
check "no such interface" fails "no such interface" in_ns a "$FOSR" taint attach nosuch0 --match 'tcp any any'
check_not "status of what is not there: no" in_ns a "$FOSR" taint status eth0

serve 7000 4
serve 7001 4
serve 7000 6
datagrams 7000 4 3 100
check "control: without taint the datagrams arrive" wait_until 5 served 7000 4 3

for hook in tcx clsact; do
	said=$(in_ns a "$FOSR" taint attach eth0 --hook $hook --match 'udp any 10.0.0.2:7000' --match 'udp any [fd00::2]:7000' 2>&1)
	if [ $hook = tcx ] && grep -q "refuses a tcx program" <<<"$said"; then
		skip_one "$hook" "this kernel has none (Linux 6.6)"
		continue
	fi
	echo "$said" >"$TMP/said"
	tap "$(grep -q "attached ($hook), 2 filters" <<<"$said"; echo $?)" "$hook: attached"
	check "$hook: twice is once" bash -c "nsenter --net=/run/netns/$(ns a) \"$FOSR\" taint attach eth0 --match 'tcp any any' |
		grep -q 'already attached ($hook)'"

	in_ns b "$FOSR" attach eth0 >/dev/null
	was=$(grep -vc ready "$TMP/served.7000.4")
	was6=$(grep -vc ready "$TMP/served.7000.6")
	other=$(grep -vc ready "$TMP/served.7001.4")
	datagrams 7000 4 5 100
	datagrams 7000 6 4 100
	datagrams 7001 4 2 100
	check "$hook: what matches is tagged" wait_until 5 taint_counts tagged 9
	check "$hook: the guard knows its tags, and drops it" eval '[ "$(counted b dropped)" = 9 ]'
	check "$hook: what does not match arrives" wait_until 5 served 7001 4 $((other + 2))
	check "$hook: what matches does not" eval 'served 7000 4 $was && served 7000 6 $was6'
	in_ns b "$FOSR" detach eth0 >/dev/null

	check "$hook: a sensor at b" in_ns b "$FOSR" sensor attach eth0
	datagrams 7000 4 5 100
	datagrams 7000 6 4 100
	check "$hook: sees what was sent, and so does b's kernel" eval 'wait_until 5 served 7000 4 $((was + 5)) &&
		wait_until 5 served 7000 6 $((was6 + 4)) && sensor_counts stripped 9'
	was=$(snmp b Ip InHdrErrors)
	check "$hook: with sound headers" [ "$was" = 0 ]

	# 1472 bytes of payload fill the MTU: no room for a tag.
	long=$(grep -vc ready "$TMP/served.7000.4")
	datagrams 7000 4 2 1472
	check "$hook: what has no room is dropped, and counted" wait_until 5 taint_counts too_long 2
	check "$hook: not sent untagged" served 7000 4 $long
	check "$hook: the sensor off" in_ns b "$FOSR" sensor detach eth0
	check "$hook: taint off" in_ns a "$FOSR" taint detach eth0
	datagrams 7000 4 1 1472
	check "$hook: then it arrives" wait_until 5 served 7000 4 $((long + 1))
done
check "no qdisc and no program is left" eval '! in_ns a tc qdisc show dev eth0 | grep -q clsact &&
	[ -z "$(ls -d /sys/fs/bpf/fosr-xdp/*-taint /sys/fs/bpf/fosr-xdp/*-sensor 2>/dev/null)" ]'

# A clsact qdisc that was there before stays.
in_ns a tc qdisc add dev eth0 clsact
in_ns a "$FOSR" taint attach eth0 --hook clsact --match 'udp any any:7000' >/dev/null
in_ns a "$FOSR" taint detach eth0 >/dev/null
check "a qdisc of somebody else's stays" eval 'in_ns a tc qdisc show dev eth0 | grep -q clsact'
in_ns a tc qdisc del dev eth0 clsact

# A real connection, segmented by the kernel: a web server at b, its client at a, both tagged on their way out.
in_ns a ip route add 10.0.0.2 dev eth0 mtu lock 1472
in_ns b ip route add 10.0.0.1 dev eth0 mtu lock 1472
mkdir "$TMP/www"
head -c 3000000 /dev/urandom >"$TMP/www/file"
in_background in_ns b python3 -m http.server -d "$TMP/www" --bind 10.0.0.2 8080 >/dev/null 2>&1
wait_until 10 in_ns b python3 -c 'import socket; socket.create_connection(("10.0.0.2", 8080))'
fetch()
{
	in_ns a timeout 20 python3 -c 'import urllib.request, sys
open(sys.argv[1], "wb").write(urllib.request.urlopen("http://10.0.0.2:8080/file", timeout=10).read())' "$TMP/got"
}
for n in a b; do
	in_ns $n "$FOSR" taint attach eth0 --match 'tcp any any:8080' --match 'tcp any:8080 any' >/dev/null
	in_ns $n "$FOSR" sensor attach eth0 >/dev/null
done
check "a download of 3 MB through both" fetch
check "is what was served" cmp "$TMP/got" "$TMP/www/file"
check "tagged all the way" eval 'in_ns b "$FOSR" taint status eth0 --json | json "[\"interfaces\"][0][\"counters\"]" | tee /dev/stderr |
	grep -q "tagged.: [1-9]" && taint_counts too_long 0 && taint_counts unfit 0'
for n in a b; do
	in_ns $n "$FOSR" sensor detach eth0 >/dev/null
	in_ns $n "$FOSR" attach eth0 >/dev/null
done
check_not "guards in the sensors' place: no connection" fetch
for n in a b; do
	in_ns $n "$FOSR" taint detach eth0 >/dev/null
done
check "without taint there is one again" fetch

# The interface vanishes.
in_ns a "$FOSR" taint attach eth0 --match 'tcp any any' >/dev/null
in_ns b "$FOSR" detach eth0 >/dev/null
in_ns b "$FOSR" sensor attach eth0 >/dev/null
in_ns a ip link del eth0
in_ns a "$FOSR" status >/dev/null
check "pins of a vanished interface are swept" eval '[ -z "$(ls -d /sys/fs/bpf/fosr-xdp/*-taint /sys/fs/bpf/fosr-xdp/*-sensor 2>/dev/null)" ]'
finish
