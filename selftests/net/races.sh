#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# attach, detach and status at the same time, killed at any moment, and on interfaces that go and come again with the same
# name and index: what they say is what is there, and the next one works.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3
need_bpffs

ns_new a
in_ns a ip link add eth0 index 77 address 02:fd:00:00:00:01 type veth peer name eth1 && in_ns a ip link set eth1 up && in_ns a ip link set eth0 up || skip "no veth here"
FOLDER=/sys/fs/bpf/fosr-xdp/net$(in_ns a python3 -c '
import socket
print(int.from_bytes(socket.socket().getsockopt(socket.SOL_SOCKET, 71, 8), "little"))')-if77
says_attached=$(in_ns a "$FOSR" attach eth0 2>&1) || skip "the guard cannot be attached here: $says_attached"
check "the pins are where this test looks" [ -e "$FOLDER/link" ]

# The program's id on eth0, or nothing.
on_eth0()
{
	in_ns a ip -d -j link show eth0 | python3 -c 'import json, sys; print(json.load(sys.stdin)[0].get("xdp", {}).get("prog", {}).get("id", ""))'
}

# What status says is what the interface has.
agree()
{
	local said

	said=$(in_ns a "$FOSR" status eth0 --json) || [ $? = 1 ] || { echo "status: $said"; return 1; }
	said=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["interfaces"][0].get("program", ""))' <<<"$said") || return 1
	there=$(on_eth0)
	[ "$said" = "$there" ] || { echo "status says program '$said', the interface has '$there'"; return 1; }
}

# And what is pinned, when nobody was killed.
consistent()
{
	local there

	agree && if [ -n "$there" ]; then [ -e "$FOLDER/link" ]; else [ ! -e "$FOLDER/link" ]; fi || { ls "$FOLDER"; return 1; }
}

attached()
{
	consistent && [ -n "$(on_eth0)" ]
}

clean()
{
	consistent && [ -z "$(on_eth0)" ] && [ ! -e "$FOLDER" ]
}

# rounds N COMMAND...: with eth0; fails when one of them does, or says something on standard error
rounds()
{
	local n

	for n in $(seq "$1"); do
		in_ns a "$FOSR" "${@:2}" eth0 >/dev/null 2>"$TMP/$2.$BASHPID"
		[ $? = 0 -o "$2" = status ] && [ ! -s "$TMP/$2.$BASHPID" ] || { cat "$TMP/$2.$BASHPID" >>"$TMP/racers"; return 1; }
	done
}

race()
{
	local pid command bad=0 pids=()

	for command in attach detach attach detach status; do
		rounds 25 $command &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || bad=1
	done
	cat "$TMP/racers" 2>/dev/null
	return $bad
}

for n in 1 2 3; do
	check "race $n: two attaching, two detaching, one looking, 25 times each: none fails" race
	check "what is said is what is there" consistent
done
check "attach afterwards" eval 'in_ns a "$FOSR" attach eth0 && attached'
check "detach afterwards: nothing is left" eval 'in_ns a "$FOSR" detach eth0 && clean'

# kill -9 while it attaches or detaches. The kernel takes a link apart that nobody holds, some time later.
took()
{
	python3 - "$@" <<'PY'
import subprocess, sys, time
begin = time.monotonic()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(time.monotonic() - begin)
PY
}

attach_takes=$(took nsenter "--net=/run/netns/$(ns a)" "$FOSR" attach eth0)
detach_takes=$(took nsenter "--net=/run/netns/$(ns a)" "$FOSR" detach eth0)

# kill_in COMMAND SECONDS: it is killed at a random moment of so long
kill_in()
{
	python3 - "$2" nsenter "--net=/run/netns/$(ns a)" "$FOSR" "$1" eth0 <<'PY'
import random, subprocess, sys, time
with subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
    time.sleep(random.random() * float(sys.argv[1]))
    child.kill()
sys.exit(child.returncode != -9)
PY
}

next_works()
{
	wait_until 5 agree || { agree; return 1; }
	if [ "$1" = attach ]; then
		in_ns a "$FOSR" attach eth0 && attached
	else
		in_ns a "$FOSR" detach eth0 && wait_until 5 clean
	fi
}

killed=0
bad=0
for n in $(seq 10); do
	for next in attach detach; do
		in_ns a "$FOSR" detach eth0 >/dev/null
		kill_in attach "$attach_takes" && killed=$((killed + 1))
		next_works $next >"$TMP/next" 2>&1 || { bad=1; echo "attach killed, then $next:"; cat "$TMP/next"; }
		in_ns a "$FOSR" attach eth0 >/dev/null
		kill_in detach "$detach_takes" && killed=$((killed + 1))
		next_works $next >"$TMP/next" 2>&1 || { bad=1; echo "detach killed, then $next:"; cat "$TMP/next"; }
	done
done >"$TMP/kills" 2>&1
check "twenty attaches and twenty detaches, $killed of them killed in the midst: the next one works, and is what it says" \
	eval 'cat "$TMP/kills"; [ $bad = 0 ] && [ $killed -ge 15 ]'
in_ns a "$FOSR" attach eth0 >/dev/null

# Under the same name and the same index, without anyone looking in between.
anew()
{
	in_ns a ip link del eth0 && in_ns a ip link add eth0 index 77 address 02:fd:00:00:00:01 type veth peer name eth1 && in_ns a ip link set eth1 up && in_ns a ip link set eth0 up
}

anew
check "made anew: the old one's pins are there" [ -e "$FOLDER/link" ]
check "status: not attached" eval 'in_ns a "$FOSR" status eth0 | grep -q "eth0: not attached"'
check "attach" eval 'in_ns a "$FOSR" attach eth0 && attached'
anew
check "made anew again: attach at once" eval 'in_ns a "$FOSR" attach eth0 | grep -q "eth0: attached" && attached'
anew
check "and detach at once: says that it was not, leaves nothing" \
	eval 'in_ns a "$FOSR" detach eth0 | grep -q "was not attached" && clean'
in_ns a "$FOSR" attach eth0 >/dev/null
anew
wait_until 5 link_is_up a eth0
check "and inject at once: told that the guard is gone" fails "its guard is gone.*run fosr-xdp attach eth0" \
	in_ns a "$FOSR" inject --dev eth0 --host client -n "$ROOT/profiles/demo.yaml" -d 1s --give-up 1s

# status --watch
in_ns a "$FOSR" attach eth0 >/dev/null
in_background in_ns a "$FOSR" status --watch eth0 >"$TMP/watch" 2>&1
pid=$!
looks() { [ "$(grep -c "^eth0: attached" "$TMP/watch")" -ge "$1" ]; }
check "status --watch looks again" wait_until 10 looks 3
in_ns a "$FOSR" detach eth0 >/dev/null
check "and sees the guard go" wait_until 10 grep -q "eth0: not attached" "$TMP/watch"
kill -INT $pid
check "until it is interrupted" status_of $pid 130 5
check "nothing is left" clean
finish
