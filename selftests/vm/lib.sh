# SPDX-License-Identifier: GPL-3.0-or-later
# For tests in virtual machines; sourced by bash, after selftests/net/lib.sh. QEMU emulates the processor: nothing of this
# machine's kernel is used, and everything takes ten to fifty times as long.
#
#	vm_needs 6.1                          its kernel and an initramfs, or a skip with the reason
#	vm_run 6.1 SECONDS JOB WORDS...       boots it for that; what the job says on standard output; its status
#	vm_start NAME 6.1 'QEMU OPTIONS' JOB WORDS...    the same in the background; $! is the machine, its console $TMP/NAME.console

# No cmpxchg16b: by QEMU 7.2 (Debian 12) a fault in one leaves wrong flags behind, of which Linux 6.12 dies.
VM_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# How much slower emulation is: deadlines, also of tests inside, are longer by that.
FOSR_TEST_SLOW=${FOSR_TEST_SLOW:-10}
SLOW=$FOSR_TEST_SLOW

vm_needs()
{
	local kernel=$BUILD/vm/$1 said

	need_tools qemu-system-x86_64 python3
	[ "$(uname -m)" = x86_64 ] || skip "virtual machines are made for x86_64 only"
	[ -x /bin/busybox ] || skip "needs busybox (Debian: busybox-static)"
	said=$("$ROOT/tools/vm-kernel" "$1" "$kernel" 2>&1) || skip "no kernel $1: $(tail -n 1 <<<"$said")"
	/usr/bin/python3 "$VM_HERE/image.py" "$kernel" "$BUILD" "$TMP/initramfs-$1" || skip "the initramfs cannot be made"
}

vm_command()
{
	local version=$1 options=$2 IFS=,

	shift 2
	VM_COMMAND=(qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu max,-cx16 -smp 2 -m 1536 -nographic -no-reboot
		-nodefaults -serial stdio -kernel "$BUILD/vm/$version/vmlinuz" -initrd "$TMP/initramfs-$version"
		-append "console=ttyS0 quiet panic=-1 edd=off FOSR_TEST_SLOW=$FOSR_TEST_SLOW job=$*")
	IFS=' '
	# shellcheck disable=SC2206 # words
	VM_COMMAND+=(${options:--nic none})
}

# What the job said, and its status, of a console's text.
vm_said()
{
	python3 -c '
import re, sys
text = open(sys.argv[1], errors="replace").read().replace("\r", "")
found = re.search(r"=== begin (.*?)\n(.*?)^=== end (\d+)$", text, re.S | re.M)
print(found.group(2) if found else text[-3000:], end="")
sys.exit(int(found.group(3)) if found else 99)' "$1"
}

vm_has_begun()
{
	grep -q "=== begin" "$1" || ! kill -0 "$2" 2>/dev/null
}

# An emulated machine that hangs while it boots is started once more.
vm_run()
{
	local version=$1 seconds=$2 machine try

	shift 2
	vm_command "$version" "" "$@"
	for try in 1 2; do
		timeout -k 5 "$seconds" "${VM_COMMAND[@]}" </dev/null >"$TMP/console" 2>&1 &
		machine=$!
		CHILDREN+=($machine)
		wait_until 6 vm_has_begun "$TMP/console" $machine && break
		kill $machine 2>/dev/null
	done
	wait $machine
	vm_said "$TMP/console"
}

vm_start()
{
	local name=$1 version=$2 options=$3

	shift 3
	vm_command "$version" "$options" "$@"
	in_background "${VM_COMMAND[@]}" </dev/null >"$TMP/$name.console" 2>&1
}

# vm_points WHAT STATUS FILE: what a machine's job said as TAP, as points of this test
vm_points()
{
	local line said=0 plan=none status=$2

	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*)
			said=$((said + 1))
			TAP_N=$((TAP_N + 1))
			[ "${line%% *}" = ok ] || TAP_BAD=$((TAP_BAD + 1))
			echo "${line%%ok *}ok $TAP_N - $1: ${line#*- }"
			;;
		1..[0-9]*) plan=${line#1..} ;;
		*) echo "# ${line#\# }" ;;
		esac
	done <"$3"
	: >"$TMP/said"
	[ "$status" != 0 ] || [ "$plan" = $said ] || status="0, but planned $plan"
	[ "$status" = 0 ] || { grep -v '^ok' "$3"; echo "status $status"; } >"$TMP/said"
	tap "$status" "$1: the machine came to the end, $said points"
}

# vm_try WHAT VERSION SECONDS JOB WORDS...
vm_try()
{
	local what=$1 status

	shift
	vm_run "$@" >"$TMP/job"
	status=$?
	vm_points "$what" $status "$TMP/job"
}

# The program tables, from the root of the repository.
vm_tables()
{
	local test

	for test in "$BUILD"/selftests/bpf/test_*; do
		case $test in *.d) ;; *) echo "build/selftests/bpf/${test##*/}" ;; esac
	done
}
