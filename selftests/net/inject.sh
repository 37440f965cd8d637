#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# inject on a wire: a campaign arrives whole and no kernel notices (P3, P4); what is refused; what is survived: a missing
# peer, an interrupt, a link that goes down, kill -9 (P6).

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3
need_bpffs

two_hosts

# campaign DURATION RATE: the same words for all commands
campaign()
{
	echo "-n $TMP/net.yaml -s 5 --cut -d $1 -f $2"
}

# Pin folders of a namespace's interfaces
folders()
{
	in_ns "$1" python3 -c '
import glob, socket
cookie = socket.socket().getsockopt(socket.SOL_SOCKET, 71, 8)
print("\n".join(glob.glob("/sys/fs/bpf/fosr-xdp/net%d-*" % int.from_bytes(cookie, "little"))))' | grep .
}

# Refusals
check "without a guard: refused, and told to attach" fails "attach" in_ns a "$FOSR" inject --dev eth0 $(campaign 1s 1M)
two_guards
check "no such interface" fails "no such interface" in_ns a "$FOSR" inject --dev nope0 $(campaign 1s 1M)
check "nobody of the network file is here" fails "no host .*--host" \
	in_ns a "$FOSR" inject --dev eth0 -n "$ROOT/profiles/demo.yaml" -d 1s
sed 's/02:00:00:00:00:01/02:00:00:00:00:77/' "$TMP/net.yaml" >"$TMP/mac.yaml"
check "another MAC address than the file's: refused with both" fails "02:00:00:00:00:01.*02:00:00:00:00:77" \
	in_ns a "$FOSR" inject --dev eth0 -n "$TMP/mac.yaml" -d 1s
in_ns a ip link set eth0 mtu 1400
check "no room for the tag: refused with both MTUs" fails "1400.*1500" in_ns a "$FOSR" inject --dev eth0 $(campaign 1s 1M)
in_ns a ip link set eth0 mtu 1500
check_not "an unknown host by name" in_ns a "$FOSR" inject --dev eth0 --host nobody $(campaign 1s 1M)

# A campaign
start=$(soon 1)
play a --start "$start" -o "$TMP/a.pcap" $(campaign 3s 9M)
pa=$!
play b --start "$start" -o "$TMP/b.pcap" $(campaign 3s 9M)
pb=$!
check "host a plays its end to the end" status_of $pa 0 30
check "host b plays its end to the end" status_of $pb 0 30
check "something was planned, and all of it was sent" has a "r['planned'] > 100 and r['sent'] == r['planned']"
check "all that a expected arrived, once" has a "r['received'] == r['expected'] > 100 and not r['repeated']"
check "all that b expected arrived, once" has b "r['received'] == r['expected'] > 100 and not r['repeated']"
check "what a recorded is the campaign" "$FOSR" verify $(campaign 3s 9M) --start "$start" "$TMP/a.pcap"
check "what b recorded is the campaign" "$FOSR" verify $(campaign 3s 9M) --start "$start" "$TMP/b.pcap"
check_not "but not another one" "$FOSR" verify $(campaign 3s 9M) -s 6 "$TMP/b.pcap"
check "the kernel of a noticed nothing" silent a
check "the kernel of b noticed nothing" silent b

# A host whose own part is over early goes on receiving: a seed is looked for where a still sends long after b has ended.
late_seed()
{
	local seed

	for seed in $(seq 1 200); do
		"$FOSR" create-pcap -q -n "$TMP/net.yaml" -s "$seed" --cut -d 8s -f 40k -o "$TMP/late.pcap" >/dev/null || return 1
		python3 - "$TMP/late.pcap" <<'PY' && echo "$seed" && return
import struct, sys
last = {}
with open(sys.argv[1], "rb") as file:
    file.read(24)
    while len(head := file.read(16)) == 16:
        s, ns, length, _ = struct.unpack("<IIII", head)
        last[file.read(length)[11]] = s + ns / 1e9
sys.exit(not (len(last) == 2 and last[1] - last[2] > 3))
PY
	done
	return 1
}

seed=$(late_seed)
check "there is a campaign in which a sends 3 s after b has ended" test -n "$seed"
start=$(soon 1)
play a --start "$start" -n "$TMP/net.yaml" -s "$seed" --cut -d 8s -f 40k
pa=$!
play b --start "$start" -n "$TMP/net.yaml" -s "$seed" --cut -d 8s -f 40k
pb=$!
check "b stays until then: status 0" status_of $pb 0 30
check "and has received all of it" has b "r['received'] == r['expected'] > 0"
check "a ends as well" status_of $pa 0 30

# Nobody there
play a --give-up 1s $(campaign 1s 1M)
check "a peer that does not play: status 1, no hang" status_of $! 1 15
check "which is said" grep -q "nothing arrived" "$TMP/a.err"
check "the kernel of b noticed nothing of it" silent b

# An interrupt
play a -o "$TMP/cut.pcap" $(campaign 60s 3M)
pa=$!
wait_until 10 test -s "$TMP/a.err" -o -n "$(ls "$TMP"/.cut.pcap.*.part 2>/dev/null)" || true
wait_until 10 sh -c "ls $TMP/.cut.pcap.*.part"
kill -INT $pa
check "an interrupt: status 130 at once" status_of $pa 130 10
check "the recording is kept under its temporary name" sh -c "ls $TMP/.cut.pcap.*.part && ! test -e $TMP/cut.pcap"
check "and is a capture" "$FOSR" untaint -i "$(ls "$TMP"/.cut.pcap.*.part | head -1)" -o "$TMP/kept.pcap"

# The link goes down, and stays down
play a --give-up 2s $(campaign 60s 3M)
pa=$!
before=$(counted b dropped)
wait_until 10 more_than dropped "$before"
in_ns a ip link set eth0 down
check "the link goes down: status 1, no hang" status_of $pa 1 10
check "which is said" grep -Eq "down" "$TMP/a.err"
in_ns a ip link set eth0 up
wait_until 5 link_is_up a eth0
in_ns a ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0 nud permanent

# kill -9 in mid-campaign: the guard stays
before=$(counted b redirected)
start=$(soon 0.5)
play b --start "$start" $(campaign 60s 3M)
pb=$!
play a --start "$start" $(campaign 60s 3M)
pa=$!
wait_until 10 more_than redirected "$before"
kill -9 $pb
wait $pb 2>/dev/null
before=$(counted b dropped)
check "after kill -9 of b's injector its guard goes on swallowing" wait_until 10 more_than dropped "$before"
check "the kernel of b still notices nothing (P6)" silent b
kill -INT $pa
status_of $pa 130 10 >/dev/null
check "detach takes it off" in_ns b "$FOSR" detach eth0
play a $(campaign 1s 3M)
status_of $! 1 15 >/dev/null
check_not "then the kernel of b does notice: the check can fail" silent b
in_ns b "$FOSR" attach eth0 >/dev/null

# Nothing is left behind
check "pins are there while the guard is" folders b
in_ns a "$FOSR" detach --all >/dev/null
in_ns b "$FOSR" detach --all >/dev/null
check_not "and gone with it (a)" folders a
check_not "and gone with it (b)" folders b
finish
