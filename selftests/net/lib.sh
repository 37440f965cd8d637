# SPDX-License-Identifier: GPL-3.0-or-later
# For tests with network namespaces; sourced by bash. Names are random, everything is removed when the test ends,
# however it ends. TAP on standard output; exit status 0 pass, 1 fail, 4 skip.
#
#	need_root; need_bpffs; need_tools ip nsenter    skip with a reason
#	ns_new a                                 a namespace; $(ns a) is its name
#	in_ns a CMD...                           runs CMD in it (with bpffs, which `ip netns exec` would hide)
#	veth_new a eth0 10.0.0.1/24 b eth0 10.0.0.2/24    joined, up, MACs 02:00:00:00:00:01 and :02, static neighbours
#	demo_network                             $TMP/net.yaml: the demonstration's two hosts, 10.0.0.1 and .2, with those MACs
#	two_hosts                                that, and the hosts: namespaces a and b, joined by their eth0
#	two_guards                               attached to both
#	wait_until 5 CMD...                      until CMD succeeds; fails after so many seconds
#	in_background CMD...                     $! is the process, ended with the test
#	check "what must hold" CMD...            one TAP line; what CMD said follows if it failed
#	check_not "what must not hold" CMD...
#	skip_one "what" "why"                    one point that cannot be tried here
#	finish                                   the plan, and the exit status

set -u

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
FOSR=${FOSR:-$BUILD/fosr-xdp}
DATA=${FOSR_DATA:-$ROOT/../shared/data}
# A machine that is known to be slow (an emulated one): deadlines are so many times as long.
SLOW=${FOSR_TEST_SLOW:-1}
TAP_N=0
TAP_BAD=0
NS_MARK=fosr$$x$RANDOM
NS_MADE=()
CHILDREN=()
TMP=$(mktemp -d)
AT_END=() # commands of the test's own, run by cleanup

cleanup()
{
	local status=$? name pid

	trap '' INT TERM
	trap - EXIT
	for pid in "${CHILDREN[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${CHILDREN[@]}"; do
		wait "$pid" 2>/dev/null
	done
	for name in "${NS_MADE[@]}"; do
		[ -e "/run/netns/$NS_MARK$name" ] || continue
		[ -x "$FOSR" ] && in_ns "$name" "$FOSR" detach --all >/dev/null 2>&1
		ip netns del "$NS_MARK$name"
	done
	for name in "${AT_END[@]}"; do
		eval "$name"
	done
	rm -rf "$TMP"
	exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM

skip()
{
	echo "1..0 # SKIP $*"
	exit 4
}

need_root()
{
	[ "$(id -u)" = 0 ] || skip "needs root: run sudo make check"
	[ -x "$FOSR" ] || skip "$FOSR is not built: run make"
}

need_bpffs()
{
	stat -f -c %T /sys/fs/bpf 2>/dev/null | grep -q bpf || skip "no bpffs: mount -t bpf bpf /sys/fs/bpf"
}

need_tools()
{
	local tool

	for tool; do
		command -v "$tool" >/dev/null || skip "needs $tool"
	done
}

ns()
{
	echo "$NS_MARK$1"
}

in_ns()
{
	local name=$1

	shift
	nsenter "--net=/run/netns/$NS_MARK$name" "$@"
}

# No IPv6 unless a test turns it on: its neighbour discovery would be counted among a test's frames.
ns_new()
{
	ip netns add "$NS_MARK$1" || skip "network namespaces cannot be made here"
	NS_MADE+=("$1")
	in_ns "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2>/dev/null
	in_ns "$1" ip link set lo up
}

veth_new()
{
	local a=$1 ia=$2 aa=$3 b=$4 ib=$5 ab=$6

	in_ns "$a" ip link add "$ia" address 02:00:00:00:00:01 type veth \
		peer name "$ib" address 02:00:00:00:00:02 netns "$(ns "$b")" || return 1
	in_ns "$a" ip addr add "$aa" dev "$ia"
	in_ns "$b" ip addr add "$ab" dev "$ib"
	in_ns "$a" ip link set "$ia" up
	in_ns "$b" ip link set "$ib" up
	in_ns "$a" ip neigh add "${ab%/*}" lladdr 02:00:00:00:00:02 dev "$ia" nud permanent
	in_ns "$b" ip neigh add "${aa%/*}" lladdr 02:00:00:00:00:01 dev "$ib" nud permanent
	wait_until 5 link_is_up "$a" "$ia" && wait_until 5 link_is_up "$b" "$ib"
}

demo_network()
{
	sed -e 's/10\.11\.0\./10.0.0./; s/02:fd:00:00:00/02:00:00:00:00/i' "$ROOT/profiles/demo.yaml" >"$TMP/net.yaml"
}

two_hosts()
{
	demo_network
	ns_new a
	ns_new b
	veth_new a eth0 10.0.0.1/24 b eth0 10.0.0.2/24 || skip "no veth pairs here"
}

two_guards()
{
	in_ns a "$FOSR" attach eth0 >/dev/null && in_ns b "$FOSR" attach eth0 >/dev/null ||
		skip "the guard cannot be attached here"
}

link_is_up()
{
	in_ns "$1" ip link show "$2" | grep -q "state UP"
}

wait_until()
{
	local end=$((SECONDS + $1 * SLOW))

	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# in_ns is unfolded here, because a function in the background is a shell of its own, and $! would be that shell.
in_background()
{
	[ "$1" = in_ns ] && set -- nsenter "--net=/run/netns/$NS_MARK$2" "${@:3}"
	"$@" &
	CHILDREN+=($!)
}

# For campaigns: what inject did.

soon()
{
	python3 -c "import time; print('%.6f' % (time.time() + $1))"
}

# play HOST ARGS...: inject in the background; said in $TMP/HOST.json and .err
play()
{
	local host=$1

	shift
	in_background nsenter "--net=/run/netns/$(ns "$host")" "$FOSR" inject --dev eth0 --json "$@" \
		>"$TMP/$host.json" 2>"$TMP/$host.err"
}

# status_of PID EXPECTED SECONDS: it ends in time, with that exit status
status_of()
{
	local end=$((SECONDS + $3 * SLOW)) status

	while kill -0 "$1" 2>/dev/null; do
		[ $SECONDS -lt $end ] || { echo "still running after $3 s"; return 1; }
		sleep 0.05
	done
	wait "$1"
	status=$?
	[ $status = "$2" ] || { echo "status $status"; cat "$TMP"/*.err; return 1; }
}

# has HOST 'EXPRESSION over r': what inject said there
has()
{
	python3 -c "import json, sys
r = json.load(open('$TMP/$1.json'))
print(r)
sys.exit(not ($2))"
}

# What a and b recorded of $CAMPAIGN, played at $start, as two vantage points: it is the campaign, but that what goes to a
# group is nobody's to ask for.
both_verify()
{
	"$FOSR" verify $CAMPAIGN --start "$start" --json --flows "$TMP/flows.csv" "$TMP/a.pcap" "$TMP/b.pcap" \
		>"$TMP/verify.json"
	python3 - "$TMP/verify.json" "$TMP/flows.csv" <<'PY'
import csv, ipaddress, json, sys
said, rows = json.load(open(sys.argv[1])), list(csv.DictReader(open(sys.argv[2])))
bad = {k: said[k] for k in ("altered", "forged", "extra", "answered by a kernel", "too late") if said[k]}
group = [r for r in rows if ipaddress.ip_address(r["dst"]).is_multicast or r["dst"].endswith(".255")]
for r in rows:
    if r not in group and (r["whole"] != "1" or int(r["repeated"])):
        bad[r["id"]] = r
print(len(rows), "flows,", len(group), "to groups; bad:", bad or "none", "findings:", said["findings"])
sys.exit(bool(bad) or said["seen"] != said["planned"] or len(rows) != said["flows"] or len(group) > len(rows) / 2)
PY
}

# A field of a namespace's /proc/net/snmp.
snmp()
{
	in_ns "$1" awk -v proto="$2:" -v field="$3" '
		$1 == proto && n { print $n }
		$1 == proto && !n { for (i = 2; i <= NF; i++) if ($i == field) n = i }' /proc/net/snmp
}

# The kernel of a namespace has met no TCP segment, no datagram and sent no ICMP: all of the campaign's traffic is that.
silent()
{
	local sum=0 n

	for n in $(snmp "$1" Tcp OutRsts) $(snmp "$1" Udp NoPorts) $(snmp "$1" Icmp OutMsgs) $(snmp "$1" Tcp InSegs); do
		sum=$((sum + n))
	done
	[ $sum = 0 ] || { echo "$sum"; in_ns "$1" cat /proc/net/snmp; return 1; }
}

fails()
{
	local pattern=$1 text

	shift
	text=$("$@" 2>&1)
	[ $? = 1 ] && grep -Eq -e "$pattern" <<<"$text" && [ "$(grep -c . <<<"$text")" = 1 ] || { echo "$text"; return 1; }
}

# counted HOST COUNTER: of its guard
counted()
{
	in_ns "$1" "$FOSR" status eth0 --json | python3 -c "import json, sys
print(json.load(sys.stdin)['interfaces'][0]['counters']['$2'])"
}

# more_than COUNTER N: the guard of b has counted more
more_than()
{
	[ "$(counted b "$1")" -gt "$2" ]
}

tap()
{
	local good=$1 what=$2

	TAP_N=$((TAP_N + 1))
	if [ "$good" = 0 ]; then
		echo "ok $TAP_N - $what"
	else
		TAP_BAD=$((TAP_BAD + 1))
		echo "not ok $TAP_N - $what"
		sed 's/^/# /' "$TMP/said"
	fi
}

check()
{
	local what=$1

	shift
	"$@" >"$TMP/said" 2>&1
	tap $? "$what"
}

check_not()
{
	local what=$1

	shift
	! "$@" >"$TMP/said" 2>&1
	tap $? "$what"
}

skip_one()
{
	TAP_N=$((TAP_N + 1))
	echo "ok $TAP_N - $1 # SKIP $2"
}

finish()
{
	echo "1..$TAP_N"
	[ $TAP_BAD = 0 ] && [ $TAP_N -gt 0 ]
	exit
}
