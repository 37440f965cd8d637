#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 240 s
# import fosr: what is repaired and left out is told line by line; profile and network file work; broken directories are
# refused with their file's name and leave nothing behind. Directories made up here, and Fos-R's own where they are.
. "$(dirname "$0")/lib.sh"
need python3
cd "$D" || exit 1
mkdir work
made() { python3 "$HERE/fosrdir.py" "$@"; }
made bn legacy
made bn aligned aligned
made bn full ssh
made v01 old
made v01 bare no-automata

repaired() { grep -q "^repaired: $1" out; }
kept() { grep -q "^kept: $1" out; }
excluded() { grep -q "^excluded: $1" out; }
unsaid() { ! grep -q "$1" out; }

# ---- The layout with a Bayesian network.

check "legacy: imported" run 0 import fosr legacy -o legacy.fosr --network legacy.yaml
cp out report
check "root table: values go to the right labels" \
	eval 'repaired "Src IP Role: .*; now Internet 0.002, Server 0.008, User 0.99\."'
check "Time: rows find their counts" eval 'repaired "Time: its 4 values .* 1000 observations"'
check "UDP gaps: divided by 1000" repaired 'automata/dns.json: all gaps divided by 1000: a mean gap of 1.0 days'
check "TCP gaps: not divided" unsaid 'http.json: all gaps'
check "Gaussian gaps: log-normal" repaired 'automata/http.json: 8 Gaussian gaps became log-normal'
check "counts: rounded" repaired 'packet counts: rounded to the nearest'
check "a UDP opener that sends nothing: TCP's alone" repaired 'Cat Out Packet: .*UDP openers that send nothing are given to TCP'
check "histogram: bins of their own width" repaired 'time_profile.json: 5 bins, each of 17280.00 s'
check "no automaton: excluded, with its share" excluded 'ssh/tcp: no automaton .*: 15 % of the flows'
check "long payloads: cut" repaired 'automata/http.json: 1 payloads of more than 1460 bytes'
check "payload bytes: left out, and how many" excluded 'automata/dns.json: .* bytes of payloads'
check "the report is in the profile" eval 'python3 - <<END
import json
raw = open("legacy.fosr", "rb").read()
meta = json.loads(raw[8:8 + int.from_bytes(raw[:8], "little")])["__metadata__"]
lines = json.loads(meta["import.report"])
assert ["repaired"] == sorted({k for k, t in lines if t.startswith("Src IP Role")}), lines
files = dict(json.loads(meta["import.files"]))
assert len(files) == 7 and all(len(v) == 64 for v in files.values()), files
assert "GPL-3.0" in meta["origin"]
END'
check "aligned tables stay as they are" eval 'run 0 import fosr aligned -o aligned.fosr && kept "Src IP Role: its labels are right"'
check "the same directory gives the same bytes" eval 'run 0 import fosr legacy -o again.fosr --name legacy && same legacy.fosr again.fosr'
check "another one gives others" differ legacy.fosr aligned.fosr
check "the profile's services" eval 'run 0 profile show legacy.fosr && prints "http/tcp dns/udp" && ! prints "ssh/tcp"'

flows() { run 0 create-pcap -p "$1" -n "$2" --payload coherent -d 1d -f 20000 -t 2025-05-05T00:00:00Z -o day.pcap --flows day.csv; }
shares() {
	python3 - "$@" <<'END'
import csv, sys
rows = list(csv.DictReader(open("day.csv")))
n = len(rows)
assert 19000 < n < 21000, n
for want in sys.argv[1:]:
    key, value, share = want.split("=")
    have = sum(r[key].startswith(value) for r in rows) / n
    far = 4.5 * (float(share) * (1 - float(share)) / n) ** 0.5
    assert abs(have - float(share)) <= far, f"{want}: {have:.4f}"
END
}
check "a day of it, 20,000 flows" flows legacy.fosr legacy.yaml
check "its shares are the model's" shares service=dns=0.470588 service=http=0.529412 dst=203.=0.895 dst_port=8080=0.0529412
check "those of another model are not found" eval '! shares service=dns=0.40 2>err'
check "flows end as the automaton's edges count" shares end_state=REJ=0.0529412
if command -v tshark >/dev/null; then
	check "tshark: no segment is lost, overlaps or is unseen" eval 'tshark -r day.pcap -Y "tcp.analysis.lost_segment or \
tcp.analysis.ack_lost_segment or tcp.analysis.out_of_order or tcp.analysis.retransmission" 2>/dev/null | head -n 3 >lost; [ ! -s lost ]'
else
	skip_one "tshark: no segment is lost" "no tshark"
fi
check "gaps: a reply takes 2 ms in the mean, not 2 s" eval 'python3 - <<END
import csv, datetime as d
t = lambda x: d.datetime.fromisoformat(x[:26] + "+00:00").timestamp()
long = [t(r["end"]) - t(r["start"]) for r in csv.DictReader(open("day.csv")) if r["service"] == "dns" and r["bwd_packets"] == "1" and r["fwd_packets"] == "1"]
mean = sum(long) / len(long)
assert 0.0016 < mean < 0.0024, mean
END'

# ---- Fallback, payloads, names.

check "an automaton for every service: nothing excluded" eval 'run 0 import fosr full -o full.fosr --json && [ "$(field excluded_share)" = 0.0 ]'
check "--fallback: gives packets" eval 'run 0 import fosr legacy -o fb.fosr --fallback full.fosr && kept "ssh/tcp: packets as full has them" && unsaid "^excluded: ssh"'
check "--fallback: a profile without the service changes nothing" eval 'run 0 import fosr legacy -o fb2.fosr --fallback legacy.fosr && excluded "ssh/tcp: no automaton, and the fallback has none either"'
check "--fallback: no such profile" eval 'run 1 import fosr legacy -o work/p.fosr --fallback nowhere.fosr && says nowhere.fosr'
check "--keep-payloads: kept" eval 'run 0 import fosr legacy -o pay.fosr --keep-payloads && kept "automata/dns.json: 11 bytes" && grep -aq hello pay.fosr && ! grep -aq hello legacy.fosr'
check "--name" eval 'run 0 import fosr legacy -o named.fosr --name somebody && grep -aq somebody named.fosr'

# ---- The layout of v0.1.

check "v0.1: a pattern without an automaton is excluded" eval 'run 0 import fosr old -o old.fosr --network old.yaml && excluded "ssh/tcp: no automaton .*: 25 %"'
check "v0.1: constant rate" kept 'arrivals: 2 flows a second'
check "v0.1: hosts with a port that is used" eval 'grep -q rack old.yaml && grep -q "http:80" old.yaml && ! grep -q idle old.yaml && excluded "network file: 10.1.0.3"'
check "v0.1: plays" eval 'run 0 create-pcap -p old.fosr -n old.yaml -d 10m -o old.pcap'
cp -r old odd && sed -i 's/80/4242/g' odd/patterns/patterns.json odd/profil.toml && sed -i 's/80/4242/' odd/automata/http.json
check "v0.1: a port that has no name" eval 'run 0 import fosr odd -o odd.fosr --network odd.yaml && grep -q "other-tcp:4242" odd.yaml && run 0 create-pcap -p odd.fosr -n odd.yaml -d 10m -o odd.pcap'
check "v0.1: nothing left: says what to do" eval 'run 1 import fosr bare -o work/p.fosr && says "http/tcp, ssh/tcp" && says "--fallback"'
check "v0.1: with a fallback" eval 'run 0 import fosr bare -o bare.fosr --fallback full.fosr && kept "http/tcp: packets as full"'
check "--fallback: of another family: its flows teach automata" eval 'run 0 learn old.pcap -o chain.fosr --steps markov --accept-off && run 0 import fosr bare -o taught.fosr --fallback chain.fosr && kept "http/tcp: packets as chain has them" && kept "ssh/tcp: packets as chain has them for all of tcp"'
check "and those make flows" eval 'run 0 create-pcap -p taught.fosr -n old.yaml -d 10m -o taught.pcap'

# ---- Broken directories: status 1, one line with the file's name, nothing left.

refused() {
	run 1 import fosr "$1" -o work/p.fosr --network work/n.yaml && [ "$(wc -l <err)" -eq 1 ] && says "$2" && says "$3" &&
		[ ! -s out ] && [ -z "$(ls -A work)" ]
}
# broken WHAT FILE TEXT: legacy/FILE replaced by the file new
broken() {
	rm -rf bad && cp -r legacy bad && cp new "bad/$2"
	check "$1" refused bad "bad/$2" "$3"
}
head -c 700 legacy/bn/bn_common.bifxml >new
broken "truncated XML" bn/bn_common.bifxml "unclosed token"
sed 's/0.002/0.002 0.5/' legacy/bn/bn_common.bifxml >new
broken "a table of another size" bn/bn_common.bifxml 'table of "Src IP Role" has 4'
sed 's/0.99 0.008/0.99 0.9/' legacy/bn/bn_common.bifxml >new
broken "a table that is no distribution" bn/bn_common.bifxml "sums to"
sed 's/<TABLE>0.6/<TABLE>nan/' legacy/bn/bn_common.bifxml >new
broken "a table with nan" bn/bn_common.bifxml "expected a probability"
sed 's/<BIF V/<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "\&a;\&a;\&a;\&a;">]><BIF V/' legacy/bn/bn_common.bifxml >new
broken "billion laughs" bn/bn_common.bifxml "a document type"
sed 's/<BIF V/<!DOCTYPE l [<!ENTITY i SYSTEM "bn_common.bifxml">]><BIF V/; s/<NAME>own/<NAME>\&i;/' legacy/bn/bn_tcp.bifxml >new
broken "a file that includes files" bn/bn_tcp.bifxml "a document type"
sed 's/<GIVEN>Proto/<GIVEN>Nobody/' legacy/bn/bn_common.bifxml >new
broken "a parent that is no variable" bn/bn_common.bifxml '"Nobody" is no variable'
sed 's/<OUTCOME>SSH/<OUTCOME>http/' legacy/bn/bn_common.bifxml >new
rm -rf bad && cp -r legacy bad && cp new bad/bn/bn_common.bifxml
check "two services of one name" refused bad "bad:" "two services of the model are http"
echo '{"histogram": [1, 1e999]}' >new
broken "a number that is too large" time_profile.json "real number overflow"
echo '{"histogram": [0, 0]}' >new
broken "a histogram of nothing" time_profile.json "all of it is 0"
echo '{"histogram": [1]' >new
broken "truncated JSON" time_profile.json "expected"
sed 's/"src": 0/"src": 99999999/' legacy/automata/http.json >new
broken "a state that cannot be" automata/http.json "edges[0].src"
sed 's/S_>_Empty/S_?_Empty/' legacy/automata/http.json >new
broken "a symbol of another grammar" automata/http.json "edges[0].symbol"
sed 's/"\$"/"A_>_Empty"/' legacy/automata/http.json | sed 's/"accepting_state": 8/"accepting_state": 9/' >new
broken "an automaton without an end" automata/http.json "no path"
rm -rf bad && cp -r legacy bad && mv bad/automata/http.json bad/automata/x.json && ln -s x.json bad/automata/http.json && ln -s loop.json bad/automata/loop.json
check "a link that leads to itself" refused bad "bad/automata/loop.json" "cannot open"
rm -rf bad && cp -r old bad && printf 'ip = [' >bad/profil.toml
check "truncated TOML" refused bad "bad/profil.toml:1" "expected"
mkdir empty
check "a directory of something else" refused empty empty "neither bn/ nor patterns"
check "no directory" refused legacy/time_profile.json time_profile.json "not a directory"
check "no such directory" refused nowhere nowhere "no such"
check "an output that cannot be written: no network file either" eval 'run 1 import fosr legacy -o nowhere/p.fosr --network work/n.yaml; [ -z "$(ls -A work)" ]'
check "another tool: usage" eval 'run 2 import zeek legacy -o work/p.fosr && says "import fosr DIR"'
check "no output: usage" run 2 import fosr legacy

# ---- Fos-R's own models.

if [ -d "$DATA/fosr-legacy" ]; then
	check "Fos-R's legacy models" run 0 import fosr "$DATA/fosr-legacy" -o real.fosr --network real.yaml
	check "the users' share finds its label" repaired 'Src IP Role: .*; now Internet 1.1433e-05, Server 3.4299e-05, User 0.999954'
	check "174932 observations give Time its order" repaired 'Time: its 96 values .*174932 observations .*within 5e-07'
	check "27.94 % of the flows have no automaton" eval 'grep -q "27.94 % of the model.s flows excluded" out'
	check "a day of it, 20,000 flows" flows real.fosr real.yaml
	check "service shares are the model's" shares service=dns=0.56566 service=https=0.43159 service=smtp=0.00266527
	# Every flow that started sends at least a packet of each end that the model has send: none is dropped.
	check "flows start within the day, run on until they end, and none is empty" python3 - <<'END'
import csv
rows = list(csv.DictReader(open("day.csv")))
assert all("2025-05-05" <= r["start"] < "2025-05-06" for r in rows)
assert min(int(r["fwd_packets"]) for r in rows) >= 1
assert max(r["end"] for r in rows) > "2025-05-06"
END
	if command -v tshark >/dev/null; then
		# Warnings that the model means: resets are how its connections end, and its noise sends packets again.
		check "tshark: no error, and warnings only of resets and of what is sent again" eval '
			tshark -n -r day.pcap -q -z expert >expert 2>err && ! grep -q "^Errors" expert && grep -q "Connection reset" expert &&
			sed -n "/^Warns/,/^Notes/p" expert | grep -E "^ +[0-9]" | grep -vE "Connection reset|retransmission" >warns; [ ! -s warns ]'
		check "random payload at port 53 is an error to it" eval 'run 0 create-pcap -p real.fosr -n real.yaml --payload random -d 10m -o random.pcap &&
			tshark -n -r random.pcap -q -z expert 2>err | grep -q "^Errors"'
	else
		skip_one "tshark: no error" "no tshark"
	fi
else
	skip_one "Fos-R's legacy models" "no $DATA/fosr-legacy"
fi
if [ -d "$DATA/fosr-v0.1" ]; then
	check "Fos-R v0.1: no service has an automaton" eval 'run 1 import fosr "$DATA/fosr-v0.1" -o work/p.fosr && says "https/tcp, mqtt/tcp, smtps/tcp"'
else
	skip_one "Fos-R v0.1" "no $DATA/fosr-v0.1"
fi
finish
