#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 900 s
# The program on Linux 6.12; the guard beside another program, and netem's faults, on both kernels; and a campaign between
# two virtual machines, by virtio-net: of the same kernel, and of two.

. "$(dirname "$0")/../net/lib.sh"
. "$(dirname "$0")/lib.sh"
vm_needs 6.1
vm_needs 6.12

vm_try "Linux 6.12" 6.12 200 selftests/vm/guest.sh
for version in 6.1 6.12; do
	vm_try "Linux $version, dispatcher" $version 200 selftests/net/dispatcher.sh
	vm_try "Linux $version, netem" $version 300 selftests/vm/lossy.sh
done

# card SERVER NUMBER: of two machines that are joined by a socket; without offloads, as XDP wants it
card()
{
	echo "-netdev stream,id=n0,server=$1,addr.type=unix,addr.path=$TMP/wire" \
		"-device virtio-net-pci,netdev=n0,mac=02:00:00:00:00:0$2,guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off"
}

# ended PID
ended()
{
	! kill -0 "$1" 2>/dev/null
}

for other in 6.12 6.1; do
	rm -f "$TMP/wire"
	vm_start one 6.12 "$(card on 1)" selftests/vm/host.sh 1
	one=$!
	wait_until 1 test -S "$TMP/wire"
	vm_start two $other "$(card off 2)" selftests/vm/host.sh 2
	two=$!
	for machine in one two; do
		wait_until 20 ended ${!machine} || kill ${!machine}
		vm_said "$TMP/$machine.console" >"$TMP/job"
		vm_points "6.12 and $other, machine $machine" $? "$TMP/job"
	done
done
finish
