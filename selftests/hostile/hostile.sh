#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Malformed, truncated and odd captures through `learn`, `pcap2flow`, `untaint` and `compare` of a sanitizer build, and through `verify`, which
# has a reader of its own, those in pcapng; under caps of memory and time.
# Each run ends with status 0 and its output file, or with status 1, a message, and nothing left behind.
# TAP on stdout. FOSR_ASAN: the program, built with -fsanitize=address,undefined. FOSR_DATA: the folder with hostile/.
set -u
RSS_MB=${FOSR_HOSTILE_RSS_MB:-512}
SECONDS_MAX=${FOSR_HOSTILE_SECONDS:-20}
COMMANDS=${FOSR_HOSTILE_COMMANDS:-learn pcap2flow untaint compare verify}

# one COMMAND FILE: runs it in $work; a line in $work/wrong when something is.
one()
{
	out=$work/out.$1
	case $1 in
	learn) set -- "$1" "$2" "$2" -q -o "$out" ;;
	compare) set -- "$1" "$2" "$2" "$2" -q --quick --rounds 20 --html "$out" ;;
	pcap2flow) set -- "$1" "$2" "$2" -q -o "$out" ;;
	untaint) set -- "$1" "$2" -i "$2" -o "$out" --taint any ;;
	verify)
		[ "$(head -c 4 "$2" | od -An -tx1)" = " 0a 0d 0d 0a" ] || return
		set -- "$1" "$2" -d 1h -c 50 "$2"
		;;
	esac
	command=$1 file=$2
	shift 2
	timeout -k 2 "$SECONDS_MAX" "$FOSR_ASAN" "$command" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null
	status=$?
	why=
	case $status in
	0) [ -f "$out" ] || why="status 0 without output" ;;
	1) [ -s "$work/stderr" ] || { [ "$command" = verify ] && grep -q '^verdict .* NOT ' "$work/stdout"; } ||
		why="failed without a message" ;;
	124 | 137) why="more than $SECONDS_MAX s" ;;
	*) why="status $status" ;;
	esac
	[ "$status" -eq 0 ] && rm -f "$out"
	report=$(grep -m 1 'runtime error\|SUMMARY: .*Sanitizer\|rss limit' "$work/stderr") && why="sanitizer: $report"
	[ -z "$(find "$work" -name '*out.*')" ] || why="left behind: $(find "$work" -name '*out.*')"
	find "$work" -name '*out.*' -exec rm -f {} +
	echo "$command $status" >>"$work/done"
	[ -z "$why" ] && return
	echo "$command|$why|$file" >>"$work/wrong"
}

if [ "${1-}" = --batch ]; then
	shift
	work=$(mktemp -d "$FOSR_HOSTILE_WORK/XXXXXX") || exit 1
	: >"$work/wrong"
	for file; do
		for command in $COMMANDS; do
			one "$command" "$file"
		done
	done
	exit 0
fi

skip()
{
	echo "1..0 # SKIP $1"
	exit 4
}

here=$(dirname "$0")
data=${FOSR_DATA:-$here/../../../shared/data}
: "${FOSR_ASAN:=}"
[ -n "$FOSR_ASAN" ] || skip "FOSR_ASAN does not name a sanitizer build of fosr-xdp (make check-asan makes one)"
[ -x "$FOSR_ASAN" ] || skip "$FOSR_ASAN: no such program"
# A plain build would pass by not looking.
grep -q __asan_init "$FOSR_ASAN" || skip "$FOSR_ASAN: is not built with -fsanitize=address"
[ -d "$data/hostile" ] || skip "no captures: $data/hostile is not there, FOSR_DATA names its parent"

FOSR_HOSTILE_WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$FOSR_HOSTILE_WORK"' EXIT
trap 'exit 1' INT TERM
ASAN_OPTIONS=exitcode=99:hard_rss_limit_mb=$RSS_MB:allocator_may_return_null=1:detect_leaks=1
UBSAN_OPTIONS=halt_on_error=1:exitcode=99:print_stacktrace=1
export FOSR_ASAN FOSR_HOSTILE_WORK ASAN_OPTIONS UBSAN_OPTIONS

# A batch per shell: the captures, and what once broke a fuzz target.
find "$data/hostile" "$here/../fuzz/regress" "$here/../fuzz/corpus/ingest" "$here/../fuzz/corpus/rewrite" -type f \
	! -name MANIFEST.tsv ! -name '*.py' ! -name 'README*' -print0 2>/dev/null |
	sort -z | xargs -0 -P 2 -n 60 sh "$0" --batch

n=0 bad=0
for command in $COMMANDS; do
	n=$((n + 1))
	all=$(cat "$FOSR_HOSTILE_WORK"/*/done | grep -c "^$command ")
	good=$(cat "$FOSR_HOSTILE_WORK"/*/done | grep -c "^$command 0")
	wrong=$(cat "$FOSR_HOSTILE_WORK"/*/wrong | grep -c "^$command|")
	if [ "$all" -gt 0 ] && [ "$wrong" -eq 0 ]; then
		echo "ok $n - $command: $all files, $good read, $((all - good)) refused, within $RSS_MB MiB and $SECONDS_MAX s each"
	else
		echo "not ok $n - $command: $wrong of $all files went wrong"
		# One line per reason, with how many files and the first of them.
		cat "$FOSR_HOSTILE_WORK"/*/wrong | awk -F'|' -v c="$command" '$1 == c {
			if (!n[$2]++) first[$2] = $3
		} END {
			for (w in n) printf "# %d x %s: %s\n", n[w], w, first[w]
		}'
		bad=$((bad + 1))
	fi
done
echo "1..$n"
[ "$bad" -eq 0 ]
