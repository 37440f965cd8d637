#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The demonstration: A - switch with an independent witness - B. It proves P3 and P4 and shows in its control run that the
# proof can fail; and it leaves nothing behind, also when interrupted.

. "$(dirname "$0")/lib.sh"
need_root
need_tools ip bridge nsenter python3 tcpdump
need_bpffs
export FOSR_XDP=$FOSR

namespaces()
{
	ip netns list | grep -E '^fosr-[asb]-' | sort
}

# row NAME: the two numbers of a line of the table
row()
{
	sed -n "s/^ *$1  *\([^ ].*\)/\1/p" "$TMP/demo.txt"
}

# The shell's own background jobs ignore SIGINT; a real process group of its own does not.
interrupted()
{
	python3 - "$ROOT/tools/demo" <<'PY'
import os, signal, subprocess, sys, time
demo = subprocess.Popen([sys.argv[1], "--duration", "60s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
end = time.monotonic() + 20
while not any(name.startswith("fosr-b-") for name in os.listdir("/run/netns")) and time.monotonic() < end:
    time.sleep(0.05)
demo.send_signal(signal.SIGINT)
sys.exit(demo.wait(timeout=60) != 130)
PY
}

before=$(namespaces)
check "the demonstration succeeds" sh -c "'$ROOT/tools/demo' --duration 4s >'$TMP/demo.txt' 2>&1 || { cat '$TMP/demo.txt'; exit 1; }"
read -r planned control < <(row "packets planned")
check "some packets were planned" test "${planned:-0}" -gt 100
check "each was seen by the witness, byte for byte" test "$(row 'seen by the witness, byte for byte' | cut -d' ' -f1)" = "$planned"
check "no kernel answered" test "$(row 'answered by a kernel' | cut -d' ' -f1)" = 0
read -r _ answered < <(row "answered by a kernel")
check "without guards kernels do answer" test "${answered:-0}" -gt 0
check "untainted it is what create-pcap writes" grep -q "the same $planned packets, byte for byte" "$TMP/demo.txt"
check "interrupted: status 130" interrupted
check "no namespace is left" test "$(namespaces)" = "$before"
finish
