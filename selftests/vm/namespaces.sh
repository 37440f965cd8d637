#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 900 s
# Tests with namespaces, on other kernels: all of attach, detach and status; sensor and taint by the hooks that each kernel
# has, with real programs' traffic.

. "$(dirname "$0")/../net/lib.sh"
. "$(dirname "$0")/lib.sh"
for version in 6.1 6.12; do
	vm_needs $version
	for test in attach foreign; do
		vm_try "Linux $version, $test" $version 200 selftests/net/$test.sh
	done
done
finish
