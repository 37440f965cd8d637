#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# attach, detach, status: what they do, what they refuse, and what they leave behind. a sends, b has the guard.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3 bpftool unshare setpriv tcpdump ethtool
need_bpffs

PINS=/sys/fs/bpf/fosr-xdp
SEND=$ROOT/selftests/net/send_tagged.py
OTHER=/sys/fs/bpf/$NS_MARK
SECRET=000102030405060708090a0b0c0d0e0f
AT_END+=('rm -rf "$OTHER"')

# The pin folders of the interfaces in namespace b.
folders()
{
	in_ns b python3 -c '
import glob, socket
cookie = socket.socket().getsockopt(socket.SOL_SOCKET, 71, 8)
print("\n".join(glob.glob("/sys/fs/bpf/fosr-xdp/net%d-*" % int.from_bytes(cookie, "little"))))' | grep .
}

# status EXPECTED-EXIT PATTERN: of eth0 in b
status_is()
{
	local want=$1 pattern=$2 text

	text=$(in_ns b "$FOSR" status eth0)
	[ $? = "$want" ] && grep -Eq "$pattern" <<<"$text" || { echo "$text"; return 1; }
}

# fails PATTERN CMD...: exit status 1 and an error that matches
fails()
{
	local pattern=$1 text

	shift
	text=$("$@" 2>&1)
	[ $? = 1 ] && grep -Eq -e "$pattern" <<<"$text" || { echo "$text"; return 1; }
}

# says PATTERN CMD...: exit status 0 and a text that matches
says()
{
	local pattern=$1 text

	shift
	text=$("$@" 2>&1) && grep -Eq -e "$pattern" <<<"$text" || { echo "$text"; return 1; }
}

# A field of b's /proc/net/snmp: datagrams that reached the stack and found no socket (Udp NoPorts), say.
snmp()
{
	in_ns b awk -v proto="$1:" -v field="$2" '
		$1 == proto && n { print $n }
		$1 == proto && !n { for (i = 2; i <= NF; i++) if ($i == field) n = i }' /proc/net/snmp
}

snmp_is()
{
	[ "$(snmp "$1" "$2")" = "$3" ]
}

counter()
{
	in_ns b "$FOSR" status eth0 --json | python3 -c "import json, sys
print(json.load(sys.stdin)['interfaces'][0]['counters']['$1'])"
}

counter_is()
{
	[ "$(counter "$1")" = "$2" ]
}

send()
{
	in_ns a python3 "$SEND" eth0 "$@"
}

ns_new a
ns_new b
veth_new a eth0 10.0.0.1/24 b eth0 10.0.0.2/24 || skip "no veth here"

# Before: the stack sees everything. If this fails, what follows shows nothing.
check "without the guard, status says no" status_is 1 "not attached"
noports=$(snmp Udp NoPorts)
send 5 tag
check "control: without the guard, the stack sees tagged frames" wait_until 5 snmp_is Udp NoPorts $((noports + 5))

check "attach" says "^eth0: attached, native mode" in_ns b "$FOSR" attach eth0
check "its process has ended, the guard stays" status_is 0 "^eth0: attached, native mode"
check "attach again changes nothing and says so" says "already attached" in_ns b "$FOSR" attach eth0
check "attach in another mode is refused" fails "detach it first" in_ns b "$FOSR" attach eth0 --mode generic
check "one folder of pins" [ "$(folders | wc -l)" = 1 ]
check_not "ip link cannot take it off" in_ns b ip link set eth0 xdp off

received=$(snmp Ip InReceives)
noports=$(snmp Udp NoPorts)
send 7 tag
check "frames of an unknown campaign are counted" wait_until 5 counter_is unknown_campaign 7
check "and do not reach the stack" snmp_is Ip InReceives "$received"
send 3 none
check "untagged frames do" wait_until 5 snmp_is Udp NoPorts $((noports + 3))
check "and are counted as other" counter_is other 3

map=$(folders)/campaigns
# Key: campaign 0xcafe, key id 2. Value: the secret's 16 bytes, which are two little-endian words.
bpftool map update pinned "$map" key hex fe ca 00 00 02 00 00 00 value hex $(sed 's/../& /g' <<<$SECRET)
check "status names the campaign" status_is 0 "0000cafe key 2"
send 4 tag cafe 2 $SECRET
check "frames of a known campaign are dropped as good ones" wait_until 5 counter_is dropped 4
send 2 tag cafe 2 ff0102030405060708090a0b0c0d0e0f
check "frames with a forged mac are counted apart" wait_until 5 counter_is bad_mac 2
check "none of them reaches the stack" snmp_is Ip InReceives $((received + 3))

check "detach" says "^eth0: detached" in_ns b "$FOSR" detach eth0
check "no pin is left" [ -z "$(folders)" ]
check "detach again changes nothing and says so" says "was not attached" in_ns b "$FOSR" detach eth0
noports=$(snmp Udp NoPorts)
send 5 tag
check "after detach the stack sees tagged frames again" wait_until 5 snmp_is Udp NoPorts $((noports + 5))

# The other verdicts. A tap is tcpdump in b; SECRET's campaign becomes known through the pinned map.
teach()
{
	bpftool map update pinned "$(folders)/campaigns" key hex fe ca 00 00 02 00 00 00 value hex $(sed 's/../& /g' <<<$SECRET)
}

# tap DEV: frames that are seen there from now on, one line each, in $TMP/tap
tap_on()
{
	in_background in_ns b tcpdump -l -n -e -p -i "$1" udp >"$TMP/tap" 2>"$TMP/tap.err"
	TAP=$!
	wait_until 10 grep -q "listening on" "$TMP/tap.err"
}

tap_has()
{
	[ "$(grep -c "$1" "$TMP/tap")" = "$2" ]
}

check "no such verdict: wrong usage" bash -c "\"$FOSR\" attach lo --verdict nonsense >/dev/null 2>&1; [ \$? = 2 ]"
check "a mirror that is not there" fails "nosuch0: no such interface" in_ns b "$FOSR" attach eth0 --verdict mirror=nosuch0
check "a mirror of itself" fails "its own mirror" in_ns b "$FOSR" attach eth0 --verdict mirror=eth0
check "attach blind" says "attached" in_ns b "$FOSR" attach eth0 --verdict blind
check "status says so" status_is 0 "verdict blind"
check "attach with another verdict is refused" fails "verdict blind.*detach it first" in_ns b "$FOSR" attach eth0
teach
received=$(snmp Ip InReceives)
tap_on eth0
send 6 tag cafe 2 $SECRET
check "good frames are counted as blinded" wait_until 5 counter_is blinded 6
check "a tap sees them, for a MAC address that is nobody's" wait_until 5 tap_has "> 02:f0:5e:00:00:00" 6
check "the stack does not" snmp_is Ip InReceives "$received"
kill $TAP
in_ns b "$FOSR" detach eth0 >/dev/null
in_ns b ip link add cap0 type veth peer name cap1
in_ns b ip link set cap0 up
in_ns b ip link set cap1 up
in_ns b ethtool -K cap1 gro on >/dev/null 2>&1
check "attach with a mirror" says "attached" in_ns b "$FOSR" attach eth0 --verdict mirror=cap0
check "status says so" status_is 0 "verdict mirror to cap0"
teach
tap_on cap1
send 6 tag cafe 2 $SECRET
check "good frames are counted as mirrored" wait_until 5 counter_is mirrored 6
check "the capture device gets them, as they are" wait_until 5 tap_has "> 02:00:00:00:00:02" 6
check "the stack does not" snmp_is Ip InReceives "$received"
kill $TAP
send 2 tag cafe 2 ff0102030405060708090a0b0c0d0e0f
check "forged ones are dropped there as well" wait_until 5 counter_is bad_mac 2
in_ns b "$FOSR" detach eth0 >/dev/null
in_ns b ip link del cap0

check "attach in generic mode" says "generic mode" in_ns b "$FOSR" attach eth0 --mode generic
send 3 tag
check "which swallows as well" wait_until 5 counter_is unknown_campaign 3
check "detach --all" says "^eth0: detached" in_ns b "$FOSR" detach --all
check "loopback is an interface like others" says "attached, generic mode.*the driver refused" in_ns b "$FOSR" attach lo
in_ns b "$FOSR" detach lo >/dev/null

check "no such interface" fails "nosuch0: no such interface" in_ns b "$FOSR" attach nosuch0
check "a name that is too long" fails "cannot be an interface" in_ns b "$FOSR" attach averyveryverylongname
check "no rights" fails "root" in_ns b setpriv --bounding-set=-all --inh-caps=-all "$FOSR" attach eth0
if unshare -m true 2>/dev/null; then
	check "no bpffs" fails "mount -t bpf bpf /sys/fs/bpf" \
		in_ns b unshare -m sh -c "umount -l /sys/fs/bpf; exec \"$FOSR\" attach eth0"
else
	skip_one "no bpffs" "mount namespaces cannot be made in a chroot that is no mount point"
fi
check "detach names nothing: wrong usage" bash -c "\"$FOSR\" detach >/dev/null 2>&1; [ \$? = 2 ]"
check "nothing of the refused was pinned" [ -z "$(folders)" ]

# Another program there, attached over netlink and then by a link.
bpftool prog load "$BUILD/bpf/probe.bpf.o" "$OTHER" >/dev/null 2>&1
in_ns b bpftool net attach xdpgeneric pinned "$OTHER" dev eth0
check "another program stays" fails "probe_pass.*--replace" in_ns b "$FOSR" attach eth0
check "and is still there" bash -c "nsenter --net=/run/netns/$(ns b) ip link show eth0 | grep -q xdpgeneric"
check "status tells of it" status_is 1 "another XDP program is there \(probe_pass"
check "detach does not touch it" says "was not attached" in_ns b "$FOSR" detach eth0
check "still there" bash -c "nsenter --net=/run/netns/$(ns b) ip link show eth0 | grep -q xdpgeneric"
check "--replace takes it off" says "attached.*taken off" in_ns b "$FOSR" attach eth0 --replace
rm -f "$OTHER"
mv "$(folders)" "$OTHER" # now it is a stranger's, attached by a link
check "a program attached by a link stays, too" fails "fosr_guard.*--replace" in_ns b "$FOSR" attach eth0
check "--replace takes it off as well" says "taken off" in_ns b "$FOSR" attach eth0 --replace
rm -rf "$OTHER"
check "the new one is not hurt when the old one's pins go" status_is 0 "attached"
in_ns b "$FOSR" detach eth0 >/dev/null

# Attaches racing detaches: in the end it is one or the other, whole.
race()
{
	local i

	for i in 1 2 3 4 5 6; do
		in_ns b "$FOSR" "$1" eth0 >/dev/null || return 1
	done
}
race attach 2>"$TMP/race1" &
first=$!
race detach 2>"$TMP/race2" &
second=$!
wait $first
one=$?
wait $second
two=$?
cat "$TMP/race1" "$TMP/race2" >"$TMP/said"
check "attaches racing detaches all succeed" [ $one$two = 00 ]
in_ns b "$FOSR" attach eth0 >/dev/null
check "and leave it usable" status_is 0 "attached"

# The interface vanishes under the guard.
stale=$(folders)
in_ns b ip link del eth0
check "pins of a vanished interface are there" [ -d "$stale" ]
in_ns b "$FOSR" status >/dev/null
check "and are swept by the next look" [ ! -e "$stale" ]
mkdir -p "$PINS" && mkdir "$PINS/net1-if999999"
in_ns b "$FOSR" status >/dev/null
check "half-done pins are swept, too" [ ! -e "$PINS/net1-if999999" ]
check "nothing is left behind" [ -z "$(folders)" ]
finish
