#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# untaint by each engine and each way of reading: the same file, longer than what is held of it at once.
. "$(dirname "$0")/lib.sh"
cd "$D" || exit 1

# made NAME OPTIONS...: a campaign of some 60 MB
made() { name=$1; shift; run 0 create-pcap -q -d 6h -o "$name" "$@"; }

check "a campaign without tags" made plain.pcap
check "the same with them" made option.pcap --taint option
check "with evil bits" made evil.pcap --taint evil-bit
check "as pcapng with comments" made option.pcapng --taint option --format pcapng --comments
check "without tags" made plain.pcapng --format pcapng --comments

# by ENGINE: all of them through it
by()
{
	run 0 untaint --engine "$1" -i option.pcap -o "$1.pcap" && same "$1.pcap" plain.pcap &&
		run 0 untaint --engine "$1" --taint evil-bit -i evil.pcap -o "$1.pcap" && same "$1.pcap" plain.pcap &&
		run 0 untaint --engine "$1" --taint any -i evil.pcap -o "$1.pcap" && same "$1.pcap" plain.pcap &&
		run 0 untaint --engine "$1" --only-tagged -i option.pcap -o "$1.pcap" && same "$1.pcap" plain.pcap &&
		run 0 untaint --engine "$1" -i option.pcapng -o "$1.pcap" &&
		same "$1.pcap" plain.pcapng
}

check "--engine user takes off what was put on" by user
if [ "$(id -u)" -ne 0 ]; then
	skip_one "--engine bpf does the same" "needs root"
elif ! "$X" untaint --engine bpf -i option.pcap -o bpf.pcap >out 2>err; then
	if grep -q "Operation not permitted" err; then
		skip_one "--engine bpf does the same" "BPF programs may not be loaded here"
	else
		check "--engine bpf works" false
	fi
else
	check "--engine bpf does the same" by bpf
	check "auto takes it" eval 'run 0 untaint --json -i option.pcap -o a.pcap && [ "$(field engine)" = bpf ]'
	check "through pipes as well" eval \
		'cat option.pcap | "$X" untaint --engine bpf -i - -o - 2>err | cmp - plain.pcap >err'
fi
check "through pipes" eval 'cat option.pcap | "$X" untaint --engine user -i - -o - 2>err | cmp - plain.pcap >err'
if have_nobody; then
	chmod a+rwx "$D"
	check "without rights auto does without BPF" eval \
		'nobody untaint --json -i option.pcap -o n.pcap >out 2>err && [ "$(field engine)" = user ] && same n.pcap plain.pcap'
	check "and --engine bpf says what is missing" eval \
		'! nobody untaint --engine bpf -i option.pcap -o n2.pcap >out 2>err && says "CAP_BPF" && [ ! -e n2.pcap ]'
else
	skip_one "without rights" "needs setpriv"
fi
check "no such engine: wrong usage" run 2 untaint --engine magic -i option.pcap -o x.pcap
# A record in mid-file that lies: nothing appears under the name.
check "a capture that breaks off" eval 'head -c 40000000 option.pcap >half.pcap; run 1 untaint -i half.pcap -o x.pcap &&
	says "the file ends inside a packet" && [ ! -e x.pcap ]'
finish
