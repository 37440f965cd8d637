#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# In a virtual machine: each program given, one after the other, as one TAP point.

n=0 bad=0
for program; do
	n=$((n + 1))
	said=$("$program" 2>&1)
	case $? in
	0) echo "ok $n - ${program##*/}: $(grep -c '^ok' <<<"$said") points" ;;
	4) echo "ok $n - ${program##*/} # SKIP $(grep -o 'SKIP.*' <<<"$said" | head -n 1 | cut -c 6-)" ;;
	*)
		bad=$((bad + 1))
		echo "not ok $n - ${program##*/}"
		grep -v '^ok' <<<"$said" | sed 's/^/# /' | tail -n 40
		;;
	esac
done
echo "1..$n"
[ $n -gt 0 ] && [ $bad = 0 ]
