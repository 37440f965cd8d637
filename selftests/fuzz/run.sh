#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzzes targets one after the other: run.sh FOLDER SECONDS TARGET..., FOLDER has drive_TARGET. New inputs are kept in
# FOLDER/found/TARGET (the corpus of the sources is only read), what breaks a target in FOLDER/broken/TARGET-*.
set -u
folder=$1 seconds=$2
shift 2
here=$(dirname "$0")
bad=0
mkdir -p "$folder/broken"
export UBSAN_OPTIONS=print_stacktrace=1
for target; do
	mkdir -p "$folder/found/$target"
	set -- "$here/corpus/$target"
	[ ! -d "$here/regress/$target" ] || set -- "$@" "$here/regress/$target"
	echo "fuzz $target: $seconds s"
	if ! "$folder/drive_$target" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=1024 -timeout=20 \
		-print_final_stats=1 -artifact_prefix="$folder/broken/$target-" "$folder/found/$target" "$@" \
		>"$folder/$target.log" 2>&1; then
		bad=$((bad + 1))
		tail -n 60 "$folder/$target.log"
		echo "fuzz $target: BROKEN; the input is below $folder/broken, and belongs into selftests/fuzz/regress/$target"
	else
		sed -n 's/^stat::\(number_of_executed_units\|average_exec_per_sec\|peak_rss_mb\): */  \1 /p' "$folder/$target.log"
	fi
done
[ "$bad" -eq 0 ]
