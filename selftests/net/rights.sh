#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A user who is not root, with four capabilities and a bpffs of its own: everything works; with one less, what lacks is
# named; what is another user's stays.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip nsenter python3 bpftool setpriv unshare
need_bpffs
unshare -m sh -c 'mount -t bpf -o uid=12345,mode=700 bpf /sys/fs/bpf && [ "$(stat -c %u /sys/fs/bpf)" = 12345 ]' 2>/dev/null ||
	skip "a bpffs of another user cannot be mounted here (Linux 6.8, mount namespaces)"

demo_network
ns_new a
in_ns a ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02 || skip "no veth pairs here"
in_ns a ip link set va up
in_ns a ip link set vb up
in_ns a ip addr add 10.0.0.1/32 dev va
in_ns a ip addr add 10.0.0.2/32 dev vb
cp "$FOSR" "$TMP/fosr-xdp"
mkdir "$TMP/user"
chown 12345 "$TMP/user"
chmod 755 "$TMP"
chmod 644 "$TMP/net.yaml"
CAMPAIGN="-n $TMP/net.yaml -s 5 --cut -d 2s -f 9M"

# A process that keeps the mount namespace: its pins are gone with it.
in_background in_ns a unshare -m sh -c 'mount -t bpf -o uid=12345,mode=700 bpf /sys/fs/bpf && echo >'"$TMP"'/mounted && exec sleep 600'
KEEPER=$!
wait_until 10 test -e "$TMP/mounted" || skip "the bpffs is not mounted"

inside()
{
	nsenter "--net=/run/netns/$(ns a)" "--mount=/proc/$KEEPER/ns/mnt" "$@"
}

# with CAPS ARGS...: fosr-xdp as the user with these capabilities alone
with()
{
	local caps=-all$1

	shift
	inside setpriv --reuid=12345 --regid=12345 --clear-groups "--inh-caps=$caps" "--ambient-caps=$caps" "--bounding-set=$caps" \
		"$TMP/fosr-xdp" "$@"
}

FOUR=,+bpf,+net_admin,+net_raw,+perfmon

no_pins()
{
	[ -z "$(inside find /sys/fs/bpf -mindepth 1 -not -name '*.debug')" ] || { inside find /sys/fs/bpf; return 1; }
}

check "probe finds what it needs" with $FOUR probe va
check "attach" with $FOUR attach va vb
check "status" with $FOUR status va vb
for engine in xsk live auto; do
	check "inject, engine $engine" eval 'with $FOUR inject --dev va --dev vb --engine '$engine' -o "$TMP/user/sent.pcap" $CAMPAIGN --json \
		>"$TMP/a.json" && has a "r[\"received\"] == r[\"expected\"] > 100"'
done
check "untaint by BPF" with $FOUR untaint --engine bpf -i "$TMP/user/sent.pcap" -o "$TMP/user/plain.pcap"
check "with rotating keys" with $FOUR inject --dev va --dev vb $CAMPAIGN --rotate 1s
check "detach" with $FOUR detach va vb
check "attach with a mirror" with $FOUR attach va --verdict mirror=vb
check "detach --all" with $FOUR detach --all
check "sensor" eval 'with $FOUR sensor attach va && with $FOUR sensor status va && with $FOUR sensor detach va'
for hook in auto clsact; do
	check "taint, hook $hook" \
		eval 'with $FOUR taint attach va --hook '$hook' --match "any any any" && with $FOUR taint status va && with $FOUR taint detach va'
done
check "nothing is left behind" no_pins

# One less
check "without CAP_BPF: said" fails "CAP_BPF" with ,+net_admin,+net_raw,+perfmon attach va
check "without CAP_NET_ADMIN: said" fails "CAP_NET_ADMIN" with ,+bpf,+net_raw,+perfmon attach va
check "without CAP_PERFMON: said" fails "CAP_PERFMON" with ,+bpf,+net_admin,+net_raw attach va
check "attach, status and detach need no CAP_NET_RAW" eval 'with ,+bpf,+net_admin,+perfmon attach va vb &&
	with ,+bpf,+net_admin,+perfmon status va && with ,+bpf,+net_admin,+perfmon detach vb'
check "inject does: said" fails "CAP_NET_RAW" with ,+bpf,+net_admin,+perfmon inject --dev va $CAMPAIGN
check "none at all: said" fails "root" with "" detach va
check "and the guard is still there" with $FOUR status va
with $FOUR detach va >/dev/null

# Somebody else's
inside bpftool prog load "$BUILD/bpf/probe.bpf.o" /sys/fs/bpf/other type xdp >/dev/null 2>&1
inside bpftool net attach xdpgeneric pinned /sys/fs/bpf/other dev va
check "another program: its name is not known, its number is" eval '! with $FOUR status va >"$TMP/out" && grep -q "(no name, id [1-9]" "$TMP/out"'
check "it stays" fails "no name.*--replace" with $FOUR attach va
check "--replace takes it off" with $FOUR attach va --replace
with $FOUR detach va >/dev/null
inside rm /sys/fs/bpf/other
inside "$TMP/fosr-xdp" attach va >/dev/null
check "root's guard: status says whose it is" fails "another user's.*root" with $FOUR status va
check "and detach leaves it" fails "another user's.*root" with $FOUR detach va
inside sh -c 'mv /sys/fs/bpf/fosr-xdp/net* /sys/fs/bpf/stranger && rmdir /sys/fs/bpf/fosr-xdp'
check "a program that is attached by a stranger's link cannot be replaced: said" fails "by a link.*root" with $FOUR attach va --replace
inside rm -r /sys/fs/bpf/stranger
check "nothing is left behind" no_pins
check "and the interface is free" wait_until 5 with $FOUR attach va
check "in the end detached" with $FOUR detach va
finish
