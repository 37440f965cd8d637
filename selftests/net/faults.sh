#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 400 s
# What may befall a guard and an injector: a flood of forged frames, kill -9 at any moment, an interface that is removed
# and made anew, rights that are just enough. Whatever happens, nothing is left behind.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3 bpftool setpriv unshare
need_bpffs
FLOOD=$BUILD/selftests/net/flood
[ -x "$FLOOD" ] || skip "$FLOOD is not built: run make unit"

# Programs, links and maps of ours in the kernel, pins, namespaces of this test, interfaces outside of namespaces, and
# processes that run this program: how many of each, in one line.
inventory()
{
	python3 - "$NS_MARK" "$FOSR" <<'PY'
import json, os, subprocess, sys
def listed(kind):
    said = json.loads(subprocess.run(["bpftool", "-j", kind, "list"], stdout=subprocess.PIPE).stdout or "[]")
    return said if isinstance(said, list) else []
def runs(pid):
    try:
        return os.path.samefile(f"/proc/{pid}/exe", sys.argv[2])
    except OSError:
        return False
ours = {p["id"] for p in listed("prog") if p.get("name", "").startswith(("fosr_", "strip_batch"))}
maps = {m for p in listed("prog") if p["id"] in ours for m in p.get("map_ids", [])}
links = [l for l in listed("link") if l.get("prog_id") in ours]
pins = [p for _, _, files in os.walk("/sys/fs/bpf/fosr-xdp") for p in files]
print(f"{len(ours)} programs, {len(maps)} maps, {len(links)} links, {len(pins)} pins, "
      f"{len([n for n in os.listdir('/run/netns') if n.startswith(sys.argv[1])])} namespaces, "
      f"{len(os.listdir('/sys/class/net'))} interfaces, {len([p for p in os.listdir('/proc') if p.isdigit() and runs(p)])} processes")
PY
}

# no_more THAN: each of them. (Fewer: somebody else on this machine has tidied up.)
no_more()
{
	now=$(inventory)
	python3 -c "
import re, sys
was, now = ([int(n) for n in re.findall('[0-9]+', text)] for text in sys.argv[1:])
sys.exit(any(n > w for n, w in zip(now, was)))" "$1" "$now" || { echo "was $1, is $now"; return 1; }
}

# Namespaces of other tests, whose programs and pins would be counted.
others()
{
	ls /run/netns | grep '^fosr[0-9]*x' | grep -v "^$NS_MARK"
}

mkdir -p /run/netns
others=$(others)
nothing=$(inventory)
two_hosts
two_guards
CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 3s -f 9M"
id=$("$FOSR" create-pcap -q $CAMPAIGN --taint option -o "$TMP/tagged.pcap" --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["campaign"]["id"])')

both_play()
{
	start=$(soon 0.7)
	play a --start "$start" $CAMPAIGN "$@"
	pa=$!
	play b --start "$start" $CAMPAIGN "$@"
	pb=$!
}

# guard_is HOST PROGRAM: the same as ever
program_of()
{
	in_ns "$1" "$FOSR" status eth0 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["interfaces"][0]["program"])'
}

# Wrong macs; before the injector came and after it left they were of an unknown campaign.
forged()
{
	echo $(($(counted b bad_mac) + $(counted b unknown_campaign)))
}

# The flood
if [ "$(nproc)" -ge 2 ]; then
	before=$(forged)
	bad=$(counted b bad_mac)
	both_play
	in_background nsenter "--net=/run/netns/$(ns a)" "$FLOOD" eth0 4 1000000 "$id" >"$TMP/flood" 2>&1
	pf=$!
	check "a million forged frames a second: a plays its end to the end" status_of $pa 0 60
	check "so does b" status_of $pb 0 60
	check "the flood ends" status_of $pf 0 60
	check "every packet arrived" eval "has a 'r[\"received\"] == r[\"expected\"] > 50 and not r[\"lost_flows\"]' &&
		has b 'r[\"received\"] == r[\"expected\"] > 50 and not r[\"lost_flows\"]'"
	# Some of what a says to b, before b's guard knows the campaign, is counted as unknown, too.
	check "no forged frame was taken for one, or counted as anything else" eval \
		'n=$(cat "$TMP/flood"); now=$(forged); echo "$n sent, $((now - before)) counted"; [ "$n" -gt 1000000 ] && [ $((now - before)) -le $((n + 1000)) ]'
	check "most of them while the campaign was known" [ $(($(counted b bad_mac) - bad)) -gt 1000000 ]
	check "the kernel of b noticed nothing" silent b
else
	skip_one "a flood of forged frames" "needs two processors"
fi

# A receive ring that is much too short
check "receive rings of 64 frames, as fast as it goes: a" eval 'both_play --rx-ring 64 --speed max -d 60s; status_of $pa 0 60'
check "and b" status_of $pb 0 60
check "some were lost there" has b "r['rx_dropped'] > 0 and r['rx_ring'] == 64"
check "and sent again: every packet arrived" eval "has a 'r[\"received\"] == r[\"expected\"] > 500 and not r[\"lost_flows\"]' &&
	has b 'r[\"received\"] == r[\"expected\"] > 500 and not r[\"lost_flows\"]'"

# kill -9, twenty times
running=$(inventory)
guard=$(program_of b)
killed=0
for n in $(seq 20); do
	play b -o "$TMP/kill.pcap" $(python3 -c "import random; print(random.choice(['--engine xsk', '--engine live', '--algo fast']))") \
		-n "$TMP/net.yaml" -s "$n" -d 60s -f 90M
	pb=$!
	python3 -c "import random, time; time.sleep(random.random() * 0.6)"
	kill -9 $pb
	wait $pb 2>/dev/null
	[ $? = 137 ] && killed=$((killed + 1))
	rm -f "$TMP"/.kill.pcap.*
done
check "twenty injectors were killed in the midst" [ $killed = 20 ]
check "the guard is the same" [ -n "$guard" -a "$(program_of b)" = "$guard" ]
check "no program, map, link, pin or process is left of them" wait_until 10 no_more "$running"
both_play
check "the next run works: a" status_of $pa 0 60
check "the next run works: b" status_of $pb 0 60

# An interface removed and made anew under its name
in_ns b ip link del eth0
check "the interface is gone: status says so" eval '! in_ns b "$FOSR" status eth0 >"$TMP/out" 2>&1; grep -q "no such interface" "$TMP/out"'
veth_new a eth0 10.0.0.1/24 b eth0 10.0.0.2/24
check "made anew, it has no guard, and status says so" eval 'in_ns b "$FOSR" status eth0 | grep -q "not attached"'
check "attach" eval 'in_ns a "$FOSR" attach eth0 && in_ns b "$FOSR" attach eth0'
both_play
check "and play: a" status_of $pa 0 60
check "and play: b" status_of $pb 0 60

# An interface that goes in mid-campaign
play a --give-up 2s -n "$TMP/net.yaml" -d 60s -f 9M
pa=$!
before=$(counted b dropped)
wait_until 10 more_than dropped "$((before + 50))"
in_ns a ip link del eth0
check "an interface that is removed while it is played on: status 1, no hang" status_of $pa 1 15
check "which is said" grep -q "no such interface\|eth0" "$TMP/a.err"
veth_new a eth0 10.0.0.1/24 b eth0 10.0.0.2/24
in_ns a "$FOSR" attach eth0 >/dev/null && in_ns b "$FOSR" attach eth0 >/dev/null

# Just enough rights, in a bpffs of its own
cat >"$TMP/rights.sh" <<'SH'
set -e
mount -t bpf -o uid=12345,mode=700 bpf /sys/fs/bpf
caps=-all,+bpf,+net_admin,+net_raw,+perfmon
as_user() {
	setpriv --reuid=12345 --regid=12345 --clear-groups --inh-caps=$caps --ambient-caps=$caps --bounding-set=$caps "$@"
}
as_user sh -c 'grep CapEff /proc/self/status' >&2
as_user "$FOSR" attach va vb
as_user "$FOSR" status va
for engine in xsk live; do
	as_user "$FOSR" inject --dev va --dev vb --engine $engine $CAMPAIGN --json
done
as_user "$FOSR" untaint -i "$TMP/tagged.pcap" -o "$OUT/plain.pcap" --engine bpf
as_user "$FOSR" detach va vb
SH
ns_new c
in_ns c ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02
for dev in va vb; do
	in_ns c ip link set $dev up
done
in_ns c ip addr add 10.0.0.1/32 dev va
in_ns c ip addr add 10.0.0.2/32 dev vb
mkdir "$TMP/rights"
chown 12345 "$TMP/rights"
chmod 755 "$TMP"
chmod 644 "$TMP"/*.yaml "$TMP"/*.pcap
cp "$FOSR" "$TMP/fosr-xdp"
check "with CAP_BPF, CAP_NET_ADMIN, CAP_NET_RAW and CAP_PERFMON alone: attach, status, inject, untaint, detach" \
	env FOSR="$TMP/fosr-xdp" TMP="$TMP" OUT="$TMP/rights" CAMPAIGN="$CAMPAIGN" \
	nsenter "--net=/run/netns/$(ns c)" unshare -m sh "$TMP/rights.sh"

in_ns a "$FOSR" detach --all >/dev/null
in_ns b "$FOSR" detach --all >/dev/null
for name in a b c; do
	ip netns del "$(ns $name)"
done
wait_until 10 no_more "$nothing"
if [ -n "$others" ] || others; then
	skip_one "nothing is left behind" "other tests run on this machine"
else
	check "nothing is left behind" no_more "$nothing"
fi
finish
