#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 600 s
# What others make of our packets: some 20,000 flows of each profile, over IPv4 and over IPv6, before tshark, nDPI, Suricata and
# p0f. The limits are somewhat wider than what Documentation/grammars.rst reports; each judge is skipped where it is not installed.
. "$(dirname "$0")/../cli/lib.sh"
need python3
need tshark
cd "$D" || exit 1
network=$ROOT/profiles/small-office.yaml
# The same office with an IPv6 address for each host, and all flows over it that can be.
{
	sed 's/^\( *\)- ip_addr: \([0-9]*\.[0-9]*\.\([0-9]*\)\.\([0-9]*\)\)$/&\n\1  ip6_addr: "2001:db8:\3::\4"/' "$network"
	echo 'ipv6: 1'
	echo 'subnets: [{prefix: "2001:db8:10::/64"}]'
} >six.yaml

# value JUDGE KEY: of verdict.json
value()
{
	python3 -c "import json, sys
v = json.load(open('verdict.json'))[sys.argv[1]]
print(v if v is None else v[sys.argv[2]])" "$1" "$2"
}

# holds JUDGE KEY 'EXPRESSION over v'
holds()
{
	said=$(value "$1" "$2")
	echo "$1: $2: $said" >"$D/out"
	python3 -c "import sys
v = float(sys.argv[1])
sys.exit(not ($3))" "$said"
}

# judged WHAT JUDGE KEY EXPRESSION
judged()
{
	if [ "$(value "$2" "$3")" = None ]; then
		skip_one "$1: $2: $3" "there is no $2, or nothing for it to judge"
	else
		check "$1: $2: $3 is $(value "$2" "$3"), wanted $4" holds "$2" "$3" "$4"
	fi
}

for case in "office 3h four" "iot 8h four" "office 3h six" "iot 8h six"; do
	# shellcheck disable=SC2086 # three words
	set -- $case
	file=$network
	[ "$3" = four ] || file=six.yaml
	"$X" create-pcap -p "$ROOT/profiles/$1.fosr" -n "$file" -s 3 -d "$2" -o judged.pcap --flows judged.csv >"$D/out" 2>"$D/err"
	"$ROOT/tools/judge" --json --network "$file" judged.pcap judged.csv >verdict.json 2>"$D/err"
	over="$1 over IPv$(if [ "$3" = four ]; then echo 4; else echo 6; fi)"
	check "$over: about 20,000 flows" eval '[ "$(grep -c . judged.csv)" -gt 10000 ]'
	judged "$over" tshark "errors and malformed" "v <= 150"
	judged "$over" tshark "TCP warnings that are not meant" "v <= 50"
	judged "$over" ndpi "as labelled" "v >= 0.98"
	judged "$over" ndpi "by DPI" "v >= 0.89"
	judged "$over" suricata "as labelled" "v >= 0.97"
	judged "$over" suricata anomalies "v <= 900"
	judged "$over" p0f "as in the network file" "v >= 0.99"
done
finish
