#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A campaign as a file: what is dumped repeats the campaign, the command line wins, errors name line and column.
set -u
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
FOSR=${FOSR_XDP:-$ROOT/build/fosr-xdp}
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
trap 'exit 130' INT TERM
n=0
bad=0

[ -x "$FOSR" ] || { echo "1..0 # SKIP $FOSR is not built: run make"; exit 4; }

check()
{
	what=$1
	shift
	n=$((n + 1))
	if "$@" >"$TMP/said" 2>&1; then
		echo "ok $n - $what"
	else
		bad=$((bad + 1))
		echo "not ok $n - $what"
		sed 's/^/# /' "$TMP/said"
	fi
}

# fails PATTERN TEXT: a campaign file of this text ends in exit status 1 and one line that matches; nothing is written
fails()
{
	printf '%b' "$2" >"$TMP/bad.yaml"
	"$FOSR" create-pcap --campaign "$TMP/bad.yaml" -o "$TMP/bad.pcap" >"$TMP/out" 2>&1
	[ $? = 1 ] && grep -Eq -e "$1" "$TMP/out" && [ "$(grep -c . "$TMP/out")" = 1 ] && [ ! -e "$TMP/bad.pcap" ] && return
	cat "$TMP/out"
	return 1
}

make_pcap()
{
	"$FOSR" create-pcap -q "$@" >/dev/null
}

differ()
{
	! cmp -s "$1" "$2"
}

check "a campaign is written down" make_pcap -d 2min -s 7 -f 300k --cut --mtu 1400 -o "$TMP/a.pcap" --dump-campaign "$TMP/c.yaml"
check "and repeated from there, byte for byte" make_pcap --campaign "$TMP/c.yaml" -o "$TMP/b.pcap"
check "the two files are one" cmp "$TMP/a.pcap" "$TMP/b.pcap"
check "--campaign=FILE is the same" make_pcap --campaign="$TMP/c.yaml" -o "$TMP/b.pcap"
check "the two files are one" cmp "$TMP/a.pcap" "$TMP/b.pcap"
check "an option on the command line wins" make_pcap -s 8 --campaign "$TMP/c.yaml" -o "$TMP/b.pcap"
check "another seed is another file" differ "$TMP/a.pcap" "$TMP/b.pcap"
check "verify takes the file, too" "$FOSR" verify --campaign "$TMP/c.yaml" --taint none "$TMP/a.pcap"
printf '{"duration": "2min", "seed": 7, "flow-per-day": "300k", "cut": true, "mtu": 1400}' >"$TMP/c.json"
check "JSON is YAML" make_pcap --campaign "$TMP/c.json" -o "$TMP/b.pcap"
check "the two files are one" cmp "$TMP/a.pcap" "$TMP/b.pcap"
check "an unknown key: line, column, the nearest right word" fails 'bad.yaml:2:1:.*sed.*seed' 'duration: 1s\nsed: 4\n'
check "a value of the wrong kind" fails 'bad.yaml:1:11:.*one value' 'duration: [1s]\n'
check "a flag that is neither true nor false" fails 'bad.yaml:1:6:.*true or false' 'cut: perhaps\nduration: 1s\n'
check "a list instead of a mapping" fails 'bad.yaml:1:1:.*mapping' '- 1\n'
check "a campaign file names no other" fails 'unknown key' 'campaign: x.yaml\n'
check "an empty file" fails 'bad.yaml' ''
check "no such file" sh -c "! '$FOSR' create-pcap --campaign '$TMP/nope.yaml' -o '$TMP/x.pcap'"
echo "1..$n"
[ $bad = 0 ]
