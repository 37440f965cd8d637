#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 300 s
# The same options give the same bytes: again, in every locale, time zone and folder, into a file and into a pipe; other
# options give another campaign. Other builds are in builds.sh, workers and shards in parallel.sh.
. "$(dirname "$0")/lib.sh"
need gcc
IOT=$ROOT/profiles/iot.fosr

# SHA-256 of what create-pcap -d 20m writes, untagged and tagged. A change of generator, profile, default network or
# pcap writer changes them, and is a change for everybody who repeats a campaign: say so in CHANGELOG.md, then enter
# here what the test reports.
GOLDEN="
office 06da7d4790fef05780c2e79f1e99c046f94b6f7ffce980381f1b323259b15d28
iot c04c80b36d18b8ff36abe80b435068793a32813de00c9d3442ee22a94cc70021
office-tagged 79a7c39310e50edb1c9a812409b41ecdb21ddf9fdadfcaa824c4efe8f3ddbb01
iot-tagged 6b84de45e22d40aae0890c01e5f6c96d632be7ebea2b31f21d463797cfd2414c
"

cd "$D" || exit 1

# campaign NAME BINARY OPTIONS...: NAME.pcap, and the digest that was printed in NAME.digest
campaign()
{
	to=$1 binary=$2
	shift 2
	"$binary" create-pcap "$@" -o "$to.pcap" >out 2>err || return 1
	digest >"$to.digest"
	[ -s "$to.digest" ]
}

# each TEST: over the four campaigns
each()
{
	"$@" office -d 20m && "$@" iot -p "$IOT" -d 20m && "$@" office-tagged -d 20m --taint option &&
		"$@" iot-tagged -p "$IOT" -d 20m --taint option
}

first() { name=$1 && shift && campaign "first-$name" "$X" "$@"; }
check "four campaigns are written" each first

golden()
{
	for name in office iot office-tagged iot-tagged; do
		printf '%s %s\n' "$name" "$(sha "first-$name.pcap")"
	done >out
	: >err
	printf '%s' "$GOLDEN" | sed '/^$/d' | cmp -s - out
}
check "they are the bytes that this version stands for" golden

again()
{
	name=$1
	shift
	campaign again "$X" "$@" && same again.pcap "first-$name.pcap" && same again.digest "first-$name.digest"
}
check "again: the same bytes and campaign digest" each again

office() { campaign other "$X" -d 20m "$@"; }
digest_differs() { differ other.digest first-office.digest; }
bytes_differ() { differ other.pcap first-office.pcap; }
check "another seed: other bytes, another digest" eval 'office -s 1 && bytes_differ && digest_differs'
check "the largest seed works and is another one" \
	eval 'office -s 18446744073709551615 && bytes_differ && digest_differs'
for o in "-t 2025-01-06T10:00:00Z" "--mtu 1400" "--payload none" "-f 100k" "--cut" "-c 1000" "--taint evil-bit"; do
	# shellcheck disable=SC2086 # an option and its value
	check "$o: other bytes, another digest" eval "office $o && bytes_differ && digest_differs"
done
check "another network: other bytes, another digest" \
	eval 'office -n "$ROOT/profiles/demo.yaml" && bytes_differ && digest_differs'
check "the built-in names mean what no name means" \
	eval 'office -p office -n small-office && same other.pcap first-office.pcap && ! digest_differs'
check "the files of the built-in profile and network are the same campaign" \
	eval 'office -p "$ROOT/profiles/office.fosr" -n "$ROOT/profiles/small-office.yaml" &&
		same other.pcap first-office.pcap && ! digest_differs'
check "the same instant, written otherwise" \
	eval 'office -t 2025-01-06T10:00:00+01:00 && same other.pcap first-office.pcap && ! digest_differs'
check "the same duration, written otherwise" \
	eval 'campaign other "$X" -d 1200s && same other.pcap first-office.pcap && ! digest_differs'

# begins SHORT LONG: is the one a proper beginning of the other?
begins()
{
	short=$(wc -c <"$1") long=$(wc -c <"$2")
	[ "$short" -gt 24 ] && [ "$long" -gt "$short" ] && cmp -n "$short" "$1" "$2" >err 2>&1
}
check "a longer campaign begins with the same packets" \
	eval 'campaign short "$X" -d 20m --cut && campaign long "$X" -d 40m --cut && begins short.pcap long.pcap'
check "so does one of more packets" \
	eval 'campaign short "$X" -c 3000 && campaign long "$X" -c 9000 && begins short.pcap long.pcap'
check "and it has the number that was asked for" \
	eval 'run 0 create-pcap -c 9000 -o counted.pcap --json && [ "$(field packets)" -eq 9000 ]'

"$X" create-pcap -d 20m -o - 2>err | cat >pipe.pcap
: >out
check "into a pipe: the same digest, on standard error" [ "$(digest)" = "$(cat first-office.digest)" ]
check "and the same bytes" same pipe.pcap first-office.pcap
check "with --flows: the same bytes" eval 'office --flows flows.csv && same other.pcap first-office.pcap'
check "the flow table is the same again" \
	eval 'cp flows.csv flows0.csv && office --flows flows.csv && same flows.csv flows0.csv'

# preload NAME FLAGS...
preload()
{
	so=$D/$1.so
	shift
	gcc -D_GNU_SOURCE -shared -fPIC -O2 "$@" -o "$so" "$HERE/slow_uring.c" -ldl >out 2>err
}
engine() { sed -n 's/.*packets\/s, \([a-z_]*\))$/\1/p' out; }
if [ "$(engine)" = io_uring ]; then
	check "a slow disk compiles" preload slow
	check "all blocks on their way at once: the same bytes" eval 'LD_PRELOAD=$D/slow.so office &&
		[ "$(engine)" = io_uring ] && same other.pcap first-office.pcap'
	check "a kernel without io_uring compiles" preload without -DNO_URING
	check "without io_uring: the same bytes, and one line of warning" eval 'LD_PRELOAD=$D/without.so office &&
		[ "$(engine)" = pwrite ] && [ "$(wc -l <err)" -eq 1 ] && says "io_uring" &&
			same other.pcap first-office.pcap'
else
	skip_one "all blocks on their way at once: the same bytes" "files here are not written by io_uring"
	skip_one "without io_uring: the same bytes, and one line of warning" "files here are not written by io_uring"
fi

in_env()
{
	env "$@" "$X" create-pcap -d 20m -o env.pcap --flows env.csv >out 2>err && same env.pcap first-office.pcap &&
		same env.csv flows0.csv
}
check "time zone Pacific/Auckland: the same bytes" in_env TZ=Pacific/Auckland
check "time zone America/St_Johns: the same bytes" in_env TZ=America/St_Johns
check "locale C: the same bytes" in_env LC_ALL=C
# With a decimal comma, and with letters whose case is another matter.
for l in de_DE tr_TR; do
	if [ -n "$(locale -a | grep -ix "$l.utf-*8")" ]; then
		check "locale $l.UTF-8: the same bytes" in_env LC_ALL=$l.UTF-8
	elif localedef -i $l -f UTF-8 "$D/$l.UTF-8" >out 2>err; then
		check "locale $l.UTF-8: the same bytes" in_env LOCPATH="$D" LC_ALL=$l.UTF-8
	else
		skip_one "locale $l.UTF-8: the same bytes" "the locale cannot be made here (package locales)"
	fi
done
check "in an empty environment: the same bytes" \
	eval 'env -i "$X" create-pcap -d 20m -o env.pcap >out 2>err && same env.pcap first-office.pcap'
check "from another folder: the same bytes" \
	eval '(cd / && "$X" create-pcap -d 20m -o "$D/root.pcap") >out 2>err && same root.pcap first-office.pcap'
finish
