#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# network: a network file explained, completed, and made from a profile.
# Time limit: 180 s
. "$(dirname "$0")/lib.sh"
cd "$D" || exit 1

# holds EXPRESSION: over r, the JSON object on stdout
holds() { python3 -c "import json; r = json.load(open('out')); raise SystemExit(not ($1))"; }

cat >lab.yaml <<'END'
metadata: {title: Lab}
hosts:
  - hostname: web1
    type: server
    client: [http, https]
    interfaces:
      - ip_addr: 192.168.0.8
        mac_addr: 00:14:2A:3F:47:D8
        services: [http:8080, https, ssh, x11]
  - hostname: pc1
    os: Windows
    interfaces:
      - ip_addr: 192.168.0.9
        ip6_addr: 2001:db8::9
  - hostname: pc2
    usage: 900
    interfaces: [{ip_addr: 192.168.1.9}]
subnets:
  - {prefix: 192.168.0.0/24, vlan: 10, router: "00:14:2A:00:00:01", rtt: 300us}
internet:
  pools:
    - {name: video, hosts: 300, services: [https, quic]}
END

check "check: status 0, nothing on stderr" eval 'run 0 network check lab.yaml && [ ! -s err ]'
check "hosts, and those of pools" prints "3 in the file, and 300 in 1 pool of the Internet"
check "roles" prints "2 user, 1 server"
check "systems" prints "2 Linux, 1 Windows"
check "families" prints "2 with IPv4 alone, 1 with both, 0 with IPv6 alone"
check "subnets" grep -Eq '^192.168.0.0/24 +2 +10 +00:14:2a:00:00:01 +1 +300us$' out
check "services: who offers, who uses, who has most" grep -Eq '^ +0 +1 +0 +2 +web1 100 % +ssh, x11$' out
check "hint: MAC addresses that are not in the file" eval 'prints "2 interfaces without mac_addr (first: pc1, line 10)"'
check "hint: a host in no subnet" prints "1 host in none of the subnets (first: pc2, line 15)"
check "hint: one host has nearly all usage" prints "host pc2 (line 15) has 99.8 % of the usage of all 3 clients"
check "with a profile: what is left out, what is never used" eval 'run 0 network check lab.yaml -p office &&
	grep -A1 "^not used" out | grep -qw x11 && grep -A3 "^left out" out | grep -qw dns/udp && prints "playable"'
check "a network that plays nothing of a profile is explained as well" eval '
	printf "metadata: {title: T}\nhosts:\n- interfaces: [{ip_addr: 10.0.0.1}]\n- interfaces: [{ip_addr: 10.0.0.2, services: [x11]}]\n" >x11.yaml &&
	run 0 network check x11.yaml -p office && prints "playable  0.00 %" && prints "a campaign is refused"'
check "built-in networks are known" eval 'run 0 network check small-office && prints "Small office"'
if command -v python3 >/dev/null; then
	check "--json: counts and hints" eval 'run 0 network check lab.yaml -p office --json && holds "
		r[\"hosts\"] == 3 and r[\"roles\"][\"user\"] == 2 and r[\"subnets\"][0][\"hosts\"] == 2 and
		r[\"services\"][0][\"name\"] == \"http\" and r[\"pools\"][0][\"hosts\"] == 300 and
		\"mac_addr\" in r[\"hints\"][0] and 0 < r[\"playable\"] < 0.5 and \"dns\" in r[\"left_out\"]"'
fi
check "no such file: status 1, one line" eval 'run 1 network check missing.yaml && [ "$(wc -l <err)" -eq 1 ] && says missing.yaml'
check "no such profile: status 1" run 1 network check lab.yaml -p nothing
# ---- Pictures. What is in them is tested in unit/test_network_draw.

xml() { if command -v xmllint >/dev/null; then xmllint --noout "$1"; else python3 -c "import sys, xml.dom.minidom as m; m.parse(sys.argv[1])" "$1"; fi; }
check "check --svg --dot: both are written, and told" eval 'run 0 network check lab.yaml --svg lab.svg --dot lab.dot &&
	prints "drawn     lab.svg" && prints "drawn     lab.dot" && [ -s lab.svg ] && [ -s lab.dot ]'
if command -v xmllint >/dev/null || command -v python3 >/dev/null; then
	check "the SVG is well-formed" xml lab.svg
else
	skip_one "the SVG is well-formed" "needs xmllint or python3"
fi
if command -v dot >/dev/null; then
	check "Graphviz reads the graph" dot -Tsvg -o drawn.svg lab.dot
else
	skip_one "Graphviz reads the graph" "needs dot"
fi
check "on standard output: the same" eval 'run 0 network check lab.yaml --svg - && same lab.svg out'
check "both to one file: status 2" run 2 network check lab.yaml --svg x --dot x
check "a folder that is not there: status 1" eval 'run 1 network check lab.yaml --svg no/x.svg && says "no/x.svg"'

# ---- fill: what it does with a machine's addresses is tested in net/fill.sh, with text in unit/test_network_fill.

cat >full.yaml <<'END'
metadata: {title: Full} # nothing lacks
hosts:
- interfaces: [{ip_addr: 10.0.0.1, mac_addr: "02:00:00:00:00:01"}]
- interfaces: [{ip_addr: 10.0.0.2, mac_addr: "02:00:00:00:00:02", services: [http]}]
END
check "fill: nothing lacks: status 0, a copy" eval 'run 0 network fill full.yaml -o copy.yaml && same full.yaml copy.yaml &&
	prints "every interface has its mac_addr"'
check "fill: on standard output" eval 'run 0 network fill full.yaml -o - && same full.yaml out'
check "fill without -o: status 2" eval 'run 2 network fill full.yaml && says "add -o FILE"'
check "fill takes no profile" eval 'run 2 network fill full.yaml -o x.yaml -p office && says "takes no --profile"'
check "fill: a folder that is not there" eval 'run 1 network fill full.yaml -o no/x.yaml && says "no/x.yaml"'
check "fill: no such interface" eval 'run 1 network fill full.yaml -o x.yaml --dev nodev9 && says "nodev9: no such interface"'

# ---- from-profile

from_profile() { run 0 network from-profile "$@"; }
# plays PROFILE FILE OPTIONS...: a campaign leaves nothing out, and all that the profile draws can be played
plays()
{
	p=$1 f=$2
	shift 2
	run 0 network check "$f" -p "$p" && prints "playable  100.00 %" && ! prints "left out" && ! prints "hint" &&
		run 0 create-pcap -p "$p" -n "$f" "$@" -o made.pcap && ! says "left out"
}

for p in office "$ROOT/profiles/iot.fosr"; do
	for hosts in 10 37 10000; do
		check "from-profile: $(basename "$p"), $hosts hosts" eval 'from_profile "$p" --hosts $hosts -o made.yaml &&
			prints "$hosts hosts" && plays "$p" made.yaml -d 10s'
		check "and with IPv6" eval 'from_profile "$p" --hosts $hosts -o made.yaml --ipv6 --seed 9 && plays "$p" made.yaml -d 10s'
	done
done
from_profile office --hosts 60 -o a.yaml && from_profile office --hosts 60 -o b.yaml
check "again: the same bytes" same a.yaml b.yaml
check "another seed: others" eval 'from_profile office --hosts 60 --seed 1 -o b.yaml && differ a.yaml b.yaml'
check "on standard output: the same" eval 'from_profile office --hosts 60 -o - && same a.yaml out'
check "as many subnets as asked for" eval 'from_profile office --hosts 60 --subnets 5 -o b.yaml && prints "in 5 subnets" &&
	[ "$(grep -c "prefix: 10" b.yaml)" -eq 5 ] && plays office b.yaml -d 10s'
check "in one subnet" eval 'from_profile office --hosts 10000 --subnets 1 -o b.yaml && plays office b.yaml -d 10s'
check "nothing lacks for fill" eval 'run 0 network fill a.yaml -o b.yaml && same a.yaml b.yaml'
check "from-profile needs -o, and --hosts within limits" eval 'run 2 network from-profile office --hosts 10 &&
	run 2 network from-profile office -o b.yaml && says "10 to 10000" &&
	run 2 network from-profile office -o b.yaml --hosts 9 && run 2 network from-profile office -o b.yaml --hosts 10001 &&
	run 2 network from-profile office -o b.yaml --hosts 10 --subnets 6 && run 2 network check a.yaml --hosts 10'
check "no such profile: status 1, nothing written" eval 'run 1 network from-profile nothing --hosts 10 -o new.yaml && [ ! -e new.yaml ]'

check "another word: status 2" eval 'run 2 network chek lab.yaml && says "expected check"'

finish
