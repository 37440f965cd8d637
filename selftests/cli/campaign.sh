#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A campaign as a file: what is dumped repeats the campaign, the command line wins, errors name line and column.
. "$(dirname "$0")/lib.sh"
cd "$D" || exit 1

# fails PATTERN TEXT: a campaign file of this text ends in exit status 1 and one line that matches; nothing is written
fails()
{
	printf '%b' "$2" >bad.yaml
	run 1 create-pcap --campaign bad.yaml -o bad.pcap && grep -Eq -e "$1" "$D/err" && [ "$(grep -c . "$D/err")" = 1 ] &&
		[ ! -e bad.pcap ]
}

make_pcap()
{
	run 0 create-pcap -q "$@"
}

check "a campaign is written down" make_pcap -d 2min -s 7 -f 300k --cut --mtu 1400 -o a.pcap --dump-campaign c.yaml
check "and repeated from there, byte for byte" make_pcap --campaign c.yaml -o b.pcap
check "the two files are one" same a.pcap b.pcap
check "--campaign=FILE is the same" make_pcap --campaign=c.yaml -o b.pcap
check "the two files are one" same a.pcap b.pcap
check "an option on the command line wins" make_pcap -s 8 --campaign c.yaml -o b.pcap
check "another seed is another file" differ a.pcap b.pcap
check "verify takes the file, too" run 0 verify --campaign c.yaml --taint none a.pcap
printf '{"duration": "2min", "seed": 7, "flow-per-day": "300k", "cut": true, "mtu": 1400}' >c.json
check "JSON is YAML" make_pcap --campaign c.json -o b.pcap
check "the two files are one" same a.pcap b.pcap
check "an unknown key: line, column, the nearest right word" fails 'bad.yaml:2:1:.*sed.*seed' 'duration: 1s\nsed: 4\n'
check "a value of the wrong kind" fails 'bad.yaml:1:11:.*one value' 'duration: [1s]\n'
check "a flag that is neither true nor false" fails 'bad.yaml:1:6:.*true or false' 'cut: perhaps\nduration: 1s\n'
check "a list instead of a mapping" fails 'bad.yaml:1:1:.*mapping' '- 1\n'
check "a campaign file names no other" fails 'unknown key' 'campaign: x.yaml\n'
check "an empty file" fails 'bad.yaml' ''

# Time zones: half past nine in New York and in Paris are two instants, and one place in the week.
check "a zone is a campaign of its own" make_pcap -d 2min --tz Europe/Paris -o p.pcap --dump-campaign p.yaml
check "it is written down" grep -qx 'tz: "Europe/Paris"' p.yaml
check "and read back" eval 'run 0 create-pcap --campaign p.yaml -o b.pcap --json && [ "$(field campaign tz)" = Europe/Paris ] &&
	same p.pcap b.pcap'
ids() { run 0 create-pcap -q -d 2min "$@" -o b.pcap --json && field campaign id; }
check "its id is its own" [ "$(ids)" != "$(ids --tz Europe/Paris)" ]
check "UTC is no zone: the same id" [ "$(ids)" = "$(ids --tz UTC)" ]
check "without one, none is written down" eval '! grep -q ^tz: c.yaml'
check "an unknown zone: the nearest one, and no file" eval 'run 1 create-pcap -d 1s --tz Europe/Pariss -o no.pcap &&
	says "did you mean Europe/Paris?" && [ ! -e no.pcap ]'
check "a path is no zone" eval 'run 1 create-pcap -d 1s --tz ../../etc/passwd -o no.pcap && says "no name of a time zone"'
check "without zoneinfo: what to install" eval 'TZDIR=$D/none run 1 create-pcap -d 1s --tz Europe/Paris -o no.pcap &&
	says "install the package tzdata"'
check "the machine's own zone does not matter" eval 'TZ=Asia/Kolkata make_pcap --campaign p.yaml -o b.pcap &&
	same p.pcap b.pcap'
check "more flows than flow numbers: refused, with the most that there can be" \
	eval 'run 1 create-pcap -d 1s -f 1T -o no.pcap && says "flows per day"'

# Keys of the tags, changed with campaign time
check "keys rotated: a campaign of its own" eval 'make_pcap -d 2min --taint option -o t.pcap &&
	make_pcap -d 2min --taint option --rotate 10s -o k.pcap --dump-campaign k.yaml && ! same t.pcap k.pcap'
digest=$(run 0 create-pcap --campaign k.yaml -o b.pcap --json && field campaign digest)
check "written down and read back" eval 'grep -qx "rotate: \"10s\"" k.yaml && same k.pcap b.pcap'
check "each tag has the key of its time, and its mac" eval 'python3 "$ROOT/selftests/net/rotated.py" k.pcap "$digest" \
	1736154000000000000 10000000000 >k.ids && grep -q "0:.* 1:.* 11:" k.ids'
check_not "which can fail" python3 "$ROOT/selftests/net/rotated.py" k.pcap "$digest" 1736154000000000000 9000000000
check "verify knows them" run 0 verify --campaign k.yaml k.pcap
check "and that those of one key are not they" run 1 verify --campaign k.yaml t.pcap
run 0 untaint -i k.pcap -o ku.pcap
run 0 untaint -i t.pcap -o tu.pcap
check "untainted, both are the same" same ku.pcap tu.pcap
check "without tags: refused" eval 'run 1 create-pcap -d 1s --rotate 10s -o no.pcap && says "add --taint option"'
check "no such file" run 1 create-pcap --campaign nope.yaml -o x.pcap
finish
