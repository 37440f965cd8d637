#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs tests one after the other and sums up what they print in TAP:
#
#	selftests/run.sh [-b BUILD] [-s NAME REASON]... COMMAND...
#
# A COMMAND is one word for the shell. It passes with status 0 and without a "not ok"; status 4 is a skip, whose reason
# is on its line "1..0 # SKIP reason". One that prints no TAP counts as one point, by its status. It gets 300 seconds, or
# what a line "# Time limit: N s" of the script says. -s reports a test that cannot even be started, and why.
#
# Tests find the build in $BUILD, the program in $FOSR_XDP (and $FOSR), that of a sanitizer build in $FOSR_ASAN.
# The last line is "N passed, N failed, N skipped"; the status 0 when nothing failed and something passed.
set -u
LIMIT=300
root=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$root/build
said=build # BUILD as it was written
passed=0 failed=0 skipped=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

note_skip()
{
	skipped=$((skipped + 1))
	printf 'SKIP  %s: %s\n' "$1" "$2"
}

# limit_of COMMAND: seconds.
limit_of()
{
	program=${1%% *}
	own=$(LC_ALL=C sed -n '1,12s/^# Time limit: \([0-9][0-9]*\) s.*/\1/p' "$program" 2>/dev/null | head -n 1)
	echo "${own:-$LIMIT}"
}

# The new lines of the kernel's log that tell of a bug in it.
splats()
{
	dmesg 2>/dev/null | awk -v from="$1" '
		match($0, /^\[ *[0-9]+\.[0-9]+\]/) { now = substr($0, 2, RLENGTH - 2) + 0 }
		now > from && /BUG:|WARNING:|Oops|general protection fault|UBSAN:|KASAN:|Unable to handle kernel/'
}

log_now()
{
	dmesg 2>/dev/null | awk 'match($0, /^\[ *[0-9]+\.[0-9]+\]/) { now = substr($0, 2, RLENGTH - 2) } END { print now + 0 }'
}

# Sums up TAP: passed, failed, points skipped, then a reason for whatever is wrong or was skipped as a whole.
tap()
{
	awk -v status="$1" -v limit="$limit" '
		/^ok [0-9]|^ok$/ { if (/# *[Ss][Kk][Ii][Pp]/) skip++; else good++ }
		/^not ok/ { bad++ }
		/^1\.\.[0-9]/ { plan = substr($1, 4) + 0; planned = 1; if (!plan) { why = $0; sub(/.*[Ss][Kk][Ii][Pp][: ]*/, "", why) } }
		{ last = $0 }
		END {
			seen = good + bad + skip
			if (status == 4) { print 0, 0, "skip", why != "" ? why : last; exit }
			if (status == 124 || status == 137) reason = "took longer than " limit " s, its time limit"
			else if (planned && plan != seen) reason = "planned " plan " tests, ran " seen
			else if (status && !bad) reason = "exit status " status
			else if (!status && !seen && planned) reason = "ran nothing"
			if (!seen && !planned && !status) good = 1
			if (reason != "") bad++
			print good + 0, bad + 0, skip + 0, reason
		}' "$work/out"
}

run()
{
	name=$(printf '%s' " $1" | sed "s| $said/| |; s| $BUILD/| |; s|selftests/||g; s|^ ||")
	limit=$(limit_of "$1")
	begin=$(date +%s)
	timeout -k 10 "$limit" sh -c "exec $1" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	set -- $(tap $status)
	good=$1 bad=$2 points=$3
	shift 3
	reason=$*
	took=$(($(date +%s) - begin))
	passed=$((passed + good))
	failed=$((failed + bad))
	if [ "$points" = skip ]; then
		note_skip "$name" "$reason"
		return
	fi
	if [ "$bad" -eq 0 ]; then
		printf 'pass  %s: %s ok, %s s\n' "$name" "$good" "$took"
	else
		printf 'FAIL  %s: %s of %s%s\n' "$name" "$bad" $((good + bad)) "${reason:+ ($reason)}"
		sed 's/^/    | /' "$work/out" "$work/err"
		echo "$name" >>"$work/failed"
	fi
	[ "$points" -eq 0 ] || LC_ALL=C sed -n 's/^ok [0-9]* *-* *\(.*\)# *[Ss][Kk][Ii][Pp][: ]*\(.*\)/\1|\2/p' "$work/out" >"$work/points"
	[ "$points" -eq 0 ] || while IFS='|' read -r what why; do
		note_skip "$name, ${what% }" "$why"
	done <"$work/points"
}

# As the tests may call make themselves.
unset MAKEFLAGS MFLAGS MAKELEVEL
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
cd "$root" || exit 1
set_up=no
begin_log=$(log_now)
while [ $# -gt 0 ]; do
	case $1 in
	-b)
		said=${2%/} BUILD=$(cd "$2" && pwd) || exit 1
		shift 2
		;;
	-s)
		note_skip "$2" "$3"
		shift 3
		;;
	*)
		if [ $set_up = no ]; then
			set_up=yes
			FOSR_XDP=$BUILD/fosr-xdp FOSR=$BUILD/fosr-xdp
			[ ! -x "$BUILD/asan/fosr-xdp" ] || export FOSR_ASAN="$BUILD/asan/fosr-xdp"
			export BUILD FOSR_XDP FOSR
			[ "$(id -u)" -eq 0 ] || echo "note: not root: tests that load BPF programs skip (sudo make check runs them)"
		fi
		run "$1"
		shift
		;;
	esac
done

ran=$passed
if [ "$(id -u)" -eq 0 ]; then
	if ! dmesg >/dev/null 2>&1; then
		note_skip "kernel log" "it cannot be read here"
	else
		splats "$begin_log" >"$work/splats"
		if [ -s "$work/splats" ]; then
			failed=$((failed + 1))
			echo "FAIL  kernel log: the kernel complains of itself"
			sed 's/^/    | /' "$work/splats"
			echo "kernel log" >>"$work/failed"
		else
			passed=$((passed + 1))
			echo "pass  kernel log: no BUG, WARNING or Oops since the tests began"
		fi
	fi
fi
[ ! -s "$work/failed" ] || printf 'failed: %s\n' "$(paste -sd, "$work/failed" | sed 's/,/, /g')"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$ran" -gt 0 ]
