#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 600 s
# One campaign, one file: whatever compiler, level of optimisation and instruction set the program was built for.
# Compares builds of its own with the one under test; what the bytes have to be is in determinism.sh.
. "$(dirname "$0")/lib.sh"
need make
need clang "(BPF objects are compiled by it)"
unset MAKEFLAGS MFLAGS MAKELEVEL
# For arm64, by a cross compiler and an emulator, with that architecture's libraries (tools/sysroot keeps them).
SYSROOT=${BUILD:-$ROOT/build}/sysroot-arm64
# Unit tests of what decides bytes: run for arm64 as well.
UNIT="alias craft csum families fixed model order plan quant rng tag tensor time"

cd "$D" || exit 1
ln -s "$ROOT/profiles" profiles

# Options, a campaign per line: the built-in profile and network, and each profile on each network that comes along.
campaigns()
{
	echo "-d 20m"
	echo "-d 20m --taint option"
	echo "-d 20m --taint evil-bit --payload none --mtu 576 --format pcap-us"
	echo "-d 20m --format pcapng --comments"
	for profile in profiles/*.fosr; do
		for network in profiles/*.yaml; do
			echo "-p $profile -n $network -d 10m --taint option"
		done
	done
}
campaigns >list

# digests TO PROGRAM...: per campaign the digests of capture and flow table, and the one that was printed, into TO
digests()
{
	to=$1
	shift
	while read -r options; do
		# shellcheck disable=SC2086 # options
		"$@" create-pcap $options $MORE -j2 -o one.pcap --flows one.csv >out 2>err </dev/null || return 1
		echo "$options: $(sha one.pcap) $(sha one.csv) $(digest)"
	done <list >"$to"
	[ "$(wc -l <"$to")" -eq "$(wc -l <list)" ]
}

as_this()
{
	digests got "$@" && diff this got >out
}

MORE=''
check "$(wc -l <list) campaigns by the build under test" digests this "$X"
check "which are all different" [ "$(sed 's/.*: //' this | sort -u | wc -l)" -eq "$(wc -l <list)" ]
MORE='-s 1'
check "with another seed, every one is another" eval 'digests got "$X" && ! grep -qxFf this got'
MORE=''

# The same program on a processor whose vectors are narrower: it has parts that are compiled for both.
if [ "$(uname -m)" != x86_64 ]; then
	skip_one "without AVX2: the same captures, flow tables and digests" "that is x86-64's"
elif ! command -v qemu-x86_64 >/dev/null; then
	skip_one "without AVX2: the same captures, flow tables and digests" "needs qemu-x86_64 (package qemu-user)"
else
	check "without AVX2: the same captures, flow tables and digests" as_this qemu-x86_64 -cpu Nehalem "$X"
fi

# build FLAGS COMPILER TARGETS...: into a folder of its own, so that no other build is disturbed
build()
{
	flags=$1 cc=$2
	shift 2
	rm -rf build
	make -C "$ROOT" -j2 O="$D/build" CC="$cc" CFLAGS="$flags" WERROR= "$@" >out 2>err
}

# same_from COMPILER FLAGS...
same_from()
{
	cc=$1
	shift
	if ! command -v "$cc" >/dev/null; then
		skip_one "$cc $*: the same captures, flow tables and digests" "needs $cc"
	elif build "$*" "$cc" "$D/build/fosr-xdp"; then
		check "$cc $*: a different program" differ build/fosr-xdp "$X"
		check "$cc $*: the same captures, flow tables and digests" as_this build/fosr-xdp
	else
		check "$cc $*: compiles" false
	fi
}
same_from gcc -O0
same_from gcc -O3 -march=native
same_from clang -O2
same_from clang -O3 -march=native

# e_machine of an ELF file: 183 is AArch64 (elf(5)).
machine() { od -An -tu2 -j18 -N2 "$1"; }

# The unit test NAME of the arm64 build; the tests look for profiles/ where they start.
unit_arm64() { (cd "$ROOT" && qemu-aarch64 -L "$SYSROOT" "$D/build/selftests/unit/test_$1") >out 2>err; }

all_arm64()
{
	targets=$D/build/fosr-xdp
	for t in $UNIT; do
		targets="$targets $D/build/selftests/unit/test_$t"
	done
	# shellcheck disable=SC2086 # files
	if ! build -O2 aarch64-linux-gnu-gcc SYSROOT="$SYSROOT" $targets; then
		check "arm64: compiles" false
		return
	fi
	check "arm64: a program for that machine" [ "$(machine build/fosr-xdp)" -eq 183 ]
	check "arm64: the same captures, flow tables and digests" as_this qemu-aarch64 -L "$SYSROOT" build/fosr-xdp
	for t in $UNIT; do
		check "arm64: unit test $t" unit_arm64 "$t"
	done
}

no_arm64() { skip_one "arm64: the same captures, flow tables and digests" "$*"; }

if [ "$(uname -m)" = aarch64 ]; then
	no_arm64 "that is what the build under test is for"
elif ! command -v aarch64-linux-gnu-gcc >/dev/null; then
	no_arm64 "needs aarch64-linux-gnu-gcc (package gcc-aarch64-linux-gnu)"
elif ! command -v qemu-aarch64 >/dev/null; then
	no_arm64 "needs qemu-aarch64 (package qemu-user)"
elif ! "$ROOT/tools/sysroot" arm64 "$SYSROOT" >out 2>err; then
	no_arm64 "no libraries: $(tail -n 1 err)"
else
	all_arm64
fi
finish
