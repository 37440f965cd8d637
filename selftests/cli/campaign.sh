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
check "no such file" run 1 create-pcap --campaign nope.yaml -o x.pcap
finish
