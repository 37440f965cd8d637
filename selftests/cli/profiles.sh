#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 180 s
# The profiles that come with the project: made again from the captures they are the same bytes; they are sound, the
# binary carries one, and it works in an empty folder, for anybody.
. "$(dirname "$0")/lib.sh"

for p in office iot; do
	f=$ROOT/profiles/$p.fosr
	check "$p.fosr is sound" run 0 profile check "$f"
	check "$p.fosr is called $p and says where it comes from" \
		eval 'run 0 profile show "$f" && prints "profile   $p (" && prints "SOURCES.md"'
	if command -v python3 >/dev/null; then
		check "$p.fosr names each capture by its SHA-256, and those are in the manifest" \
			python3 - "$f" "$DATA" <<'END'
import json, os, struct, sys
d = open(sys.argv[1], "rb").read()
meta = json.loads(d[8:8 + struct.unpack("<Q", d[:8])[0]])["__metadata__"]
sha = json.loads(meta["captures.sha256"])
known, manifest = set(sha), sys.argv[2] + "/captures/MANIFEST.tsv"
if os.path.exists(manifest):
    known = {line.split("\t")[-1].strip() for line in open(manifest, encoding="utf-8")}
sys.exit(not sha or bool(set(sha) - known))
END
	else
		skip_one "$p.fosr names each capture by its SHA-256" "needs python3"
	fi
done
check "office.fosr is what the binary carries" \
	eval 'run 0 profile digest "$ROOT/profiles/office.fosr" && cp "$D/out" "$D/file" &&
	run 0 profile digest office && cmp -s "$D/file" "$D/out"'

if [ -d "$DATA/captures" ]; then
	FOSR_DATA=$DATA FOSR_XDP=$X "$ROOT/tools/profiles-make" "$D/made" >"$D/out" 2>"$D/err"
	status=$?
	check "tools/profiles-make runs" [ $status -eq 0 ]
	for f in office.fosr iot.fosr SOURCES.md; do
		check "$f: made again, the same bytes" cmp "$D/made/$f" "$ROOT/profiles/$f"
	done
else
	for f in office.fosr iot.fosr SOURCES.md; do
		skip_one "$f: made again, the same bytes" "no captures in $DATA: set FOSR_DATA"
	done
fi

mkdir "$D/empty"
chmod 755 "$D"
in_empty() { (cd "$D/empty" && "$@" >"$D/out" 2>"$D/err"); }
check "in an empty folder: create-pcap -d 60s -o x.pcap" \
	eval 'in_empty "$X" create-pcap -d 60s -o x.pcap && [ "$(ls -A "$D/empty")" = x.pcap ] && [ ! -s "$D/err" ]'
before=$(sha "$D/empty/x.pcap")
rm "$D/empty/x.pcap"
check "and without any environment: the same bytes" eval 'in_empty env -i "$X" create-pcap -d 60s -o x.pcap &&
	[ "$(sha "$D/empty/x.pcap")" = "$before" ]'
rm "$D/empty/x.pcap"
if have_nobody; then
	chmod 777 "$D/empty"
	check "as nobody, in an empty folder: the same bytes" eval 'in_empty nobody create-pcap -d 60s -o x.pcap &&
		[ "$(sha "$D/empty/x.pcap")" = "$before" ] && [ ! -s "$D/err" ]'
	check "as nobody: it is verified" in_empty nobody verify -d 60s --taint none x.pcap
else
	skip_one "as nobody, in an empty folder: the same bytes" "nobody cannot run programs here"
fi
finish
