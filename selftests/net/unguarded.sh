#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A guard is taken off, by its own command or by force, or is put on anew, while a campaign is played: the injector there
# stops soon and says so, the other one goes on to its end and names what it lacks, and the next campaign works.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3 bpftool
need_bpffs

two_hosts
two_guards

# both_play DURATION ARGS...: until b has received something
both_play()
{
	local for=$1 before

	shift
	before=$(counted b redirected)
	start=$(soon 1)
	play a --start "$start" --give-up 2s -n "$TMP/net.yaml" -s 5 --cut -f 9M -d "$for" "$@"
	pa=$!
	play b --start "$start" --give-up 2s -n "$TMP/net.yaml" -s 5 --cut -f 9M -d "$for" "$@"
	pb=$!
	wait_until 10 more_than redirected $((before + 50))
}

link_of_b()
{
	in_ns b bpftool -j link list | python3 -c "import json, sys
print(*[l['id'] for l in json.load(sys.stdin) if l.get('prog_id') == $1])"
}

lost()
{
	local what=$1

	check "$what: the injector of b stops, status 1" status_of $pb 1 5
	check "$what: and says why" grep -q "eth0 has lost the guard.*attach" "$TMP/b.err"
	check "$what: that of a goes on to its end" status_of $pa 1 30
	check "$what: and names what never came" has a "r['sent'] > 0 and (r.get('lost_flows', 0) > 0 or r['received'] < r['expected'])"
	in_ns b "$FOSR" attach eth0 >/dev/null
}

for how in "--algo reliable --engine xsk" "--algo fast --engine live"; do
	both_play 8s $how
	in_ns b "$FOSR" detach eth0 >/dev/null
	lost "$how, detach"
done
both_play 8s
in_ns b "$FOSR" detach eth0 >/dev/null
in_ns b "$FOSR" attach eth0 >/dev/null
lost "detach and attach at once"
both_play 8s
prog=$(in_ns b "$FOSR" status eth0 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["interfaces"][0]["program"])')
check "the link of the guard is found" test -n "$(link_of_b "$prog")"
bpftool link detach id "$(link_of_b "$prog")"
lost "its link taken apart by force"

in_background nsenter "--net=/run/netns/$(ns b)" "$FOSR" record eth0 --json -v -o "$TMP/b.pcap" >"$TMP/b.json" 2>"$TMP/b.err"
pb=$!
wait_until 10 grep -q ready "$TMP/b.err"
in_ns b "$FOSR" detach eth0 >/dev/null
check "whoever records stops as well, status 1" status_of $pb 1 5
check "and says why" grep -q "eth0 has lost the guard" "$TMP/b.json" "$TMP/b.err"
in_ns b "$FOSR" attach eth0 >/dev/null

both_play 3s
check "afterwards a campaign works: a" status_of $pa 0 30
check "and b" status_of $pb 0 30
check "and all arrives" eval "has a 'r[\"received\"] == r[\"expected\"] > 50' && has b 'r[\"received\"] == r[\"expected\"] > 50'"
finish
