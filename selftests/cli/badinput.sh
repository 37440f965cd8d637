#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 180 s
# Input that is none, output that cannot be written, interruption: one line that says what, where and which limit, the
# right status, nothing under the final name and nothing left behind.
. "$(dirname "$0")/lib.sh"
need python3
cd "$D" || exit 1
mkdir work

# refused CMD NAME ARGS...: status 1, one line on stderr that names NAME, nothing on stdout and nothing in work/
refused()
{
	cmd=$1 name=$2
	shift 2
	run 1 "$cmd" "$@" && alone "$cmd" "$name"
}

alone()
{
	[ "$(wc -l <err)" -eq 1 ] && grep -q "^fosr-xdp $1: " err && says "$2" && [ ! -s out ] && nothing_left
}

nothing_left()
{
	[ -z "$(ls -A work)" ] || { ls -A work | sed 's/^/# left behind: /' >>err && false; }
}

# ---- Captures.

run 0 create-pcap -d 30s --taint option -o good.pcap
: >zero.pcap
head -c 10000 good.pcap >truncated.pcap
head -c 30 good.pcap >header.pcap
head -c 20 good.pcap >short.pcap
gzip -c good.pcap >packed.pcap
mkdir folder.pcap
echo "no capture, but a line of text that is longer than a header" >text.pcap
python3 - <<'END'
good = open("good.pcap", "rb").read()
open("corrupt.pcap", "wb").write(good[:24] + good[24:32] + b"\xff" * 8 + good[40:])
open("version.pcap", "wb").write(good[:4] + b"\x63\0" + good[6:])
open("random.pcap", "wb").write(bytes((i * 7919 >> 3 ^ i) & 255 for i in range(3000)))
# A pcapng whose second block promises 2 GB.
section = b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0" + b"\xff" * 8 + b"\x1c\0\0\0"
open("promise.pcap", "wb").write(section + b"\1\0\0\0\0\0\0\x7f" + b"\0" * 12)
END
on_captures()
{
	refused learn "$1" "$1" -o work/p.fosr && refused pcap2flow "$1" "$1" -o work/p.csv && refused untaint "$1" -i "$1" -o work/p.pcap &&
		refused verify "$1" -d 30s "$1" && refused compare "$1" good.pcap "$1" --html work/page.html
}
check "no such capture: learn, pcap2flow, untaint, verify and compare say so" on_captures missing.pcap
check "zero bytes: refused" eval 'on_captures zero.pcap && says "empty"'
check "a directory: refused" eval 'on_captures folder.pcap && says "is a directory"'
check "compressed: refused, and what to do" eval 'on_captures packed.pcap && says "gunzip"'
check "text: refused" on_captures text.pcap
check "random bytes: refused at byte 0" eval 'on_captures random.pcap && says "byte 0"'
check "a header cut short: refused" on_captures short.pcap
check "another version of the format: refused" eval 'refused learn version.pcap version.pcap -o work/p.fosr &&
	refused verify version.pcap -d 30s version.pcap'
for f in truncated header corrupt promise; do
	check "$f: learn names the file and the byte" \
		eval 'refused learn $f.pcap $f.pcap -o work/p.fosr && says " byte "'
	check "$f: pcap2flow names the file and the byte" \
		eval 'refused pcap2flow $f.pcap good.pcap $f.pcap -o work/p.csv && says " byte "'
	check "$f: untaint names the file and the byte" \
		eval 'refused untaint $f.pcap -i $f.pcap -o work/p.pcap && says " byte "'
	check "$f: verify names the file and the byte" eval 'refused verify $f.pcap -d 30s $f.pcap && says " byte "'
done
check "the length that a packet claims and its limit are named" \
	eval 'refused untaint corrupt.pcap -i corrupt.pcap -o work/p.pcap && says "4294967295" && says "at most"'
check "a bad capture among good ones: nothing is learned" \
	refused learn truncated.pcap good.pcap truncated.pcap -o work/p.fosr
check "truncated on a pipe: refused" \
	eval '! "$X" untaint -i - -o work/p.pcap <truncated.pcap >out 2>err && alone untaint "standard input"'
check "a profile is no capture" refused learn office.fosr "$ROOT/profiles/office.fosr" -o work/p.fosr
check "a refusal as JSON has its sentence" eval 'run 1 learn zero.pcap -o work/p.fosr --json && field error >said &&
	grep -q "zero.pcap" said'
if have_nobody; then
	cp good.pcap secret.pcap
	chmod 000 secret.pcap
	mkdir -m 777 open
	chmod 711 "$D"
	for c in "learn secret.pcap -o open/p.fosr" "untaint -i secret.pcap -o open/p.pcap" \
		"verify -d 30s secret.pcap"; do
		# shellcheck disable=SC2086 # a command line
		check "may not be read: ${c%% *} says so" \
			eval '! nobody $c >out 2>err && alone ${c%% *} "secret.pcap" &&
			says "Permission denied" && [ -z "$(ls -A open)" ]'
	done
else
	skip_one "may not be read: learn says so" "nobody cannot run programs here"
fi

# ---- Profiles.

python3 - "$ROOT/profiles/office.fosr" <<'END'
import hashlib, json, os, random, struct, sys
d = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", d[:8])[0]
head, data = json.loads(d[8:8 + n]), d[8 + n:]

def put(name, change=None, body=data):
    """With a right digest: what is refused is refused for what it says."""
    h = json.loads(json.dumps(head))
    if change:
        change(h)
    h["__metadata__"].pop("fosr.digest", None)
    text = json.dumps(h, sort_keys=True, separators=(",", ":")).encode()
    h["__metadata__"]["fosr.digest"] = hashlib.sha256(text + body).hexdigest()
    text = json.dumps(h, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    open(name + ".fosr", "wb").write(struct.pack("<Q", len(text)) + text + body)

def raw(name, bytes_):
    open(name + ".fosr", "wb").write(bytes_)

put("sound")
raw("flipped", d[:-1000] + bytes([d[-1000] ^ 1]) + d[-999:])
raw("flipped-header", d[:100] + bytes([d[100] ^ 1]) + d[101:])
raw("cut", d[:len(d) // 2])
raw("cut-header", d[:1000])
raw("longer", d + b"\0")
raw("empty", b"")
raw("five", d[:5])
raw("length", b"\xff" * 8 + d[8:])
raw("no-json", struct.pack("<Q", 16) + b"{" * 16)
raw("deep", struct.pack("<Q", 100000) + b"[" * 100000)
raw("no-metadata", struct.pack("<Q", 2) + b"{}")
def shape(value):
    return lambda h: h["flows.prior"].update(shape=value)
for name, value in (("huge", [1 << 62, 1 << 62]), ("overflow", [1 << 33, 1 << 33]), ("negative", [-1, -12]),
        ("float", [12.0]), ("text", ["12"]), ("none", []), ("many", [1] * 200), ("other", [1, 12]),
        ("bigger", [13])):
    put("shape-" + name, shape(value))
put("offset-outside", lambda h: h["flows.prior"].update(data_offsets=[len(data) - 8, len(data) - 8 + 48]))
put("offset-backwards", lambda h: h["flows.prior"].update(data_offsets=[48, 0]))
put("offset-odd", lambda h: h["flows.prior"].update(data_offsets=[x + 1 for x in h["flows.prior"]["data_offsets"]]))
put("offset-huge", lambda h: h["flows.prior"].update(data_offsets=[1 << 62, (1 << 62) + 48]))
put("dtype", lambda h: h["flows.prior"].update(dtype="F32"))
put("tensor-missing", lambda h: h.pop("steps.weight"))
put("tensor-text", lambda h: h.update({"flows.prior": "here"}))
none = {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
put("tensors-many", lambda h: h.update({"t%d" % i: none for i in range(20000)}))
put("name-long", lambda h: h.update({"t" * 5000: h["flows.prior"]}))
put("family", lambda h: h["__metadata__"].update(flows="oracle"))
put("format", lambda h: h["__metadata__"].update({"fosr.format": "99"}))
put("services", lambda h: h["__metadata__"].update(services="[]"))
high = head["__metadata__"]["services"].replace(",443]", ",70000]", 1)
put("services-port", lambda h: h["__metadata__"].update(services=high))
put("services-fewer", lambda h: h["__metadata__"].update(services='[["https","tcp",443]]'))
def fill(tensor, byte):
    a, b = head[tensor]["data_offsets"]
    return data[:a] + bytes([byte]) * (b - a) + data[b:]
for tensor in head:
    if tensor != "__metadata__":
        put("zeroes-" + tensor, body=fill(tensor, 0))
        put("ones-" + tensor, body=fill(tensor, 255))
# Any bytes of the tables, changed.
r = random.Random(5)
os.mkdir("mutants")
for i in range(120):
    body = bytearray(data)
    for k in range(r.choice((1, 1, 2, 20, 2000))):
        tensor = r.choice([t for t in head if t != "__metadata__"])
        a, b = head[tensor]["data_offsets"]
        body[r.randrange(a, b)] = r.choice((0, 255, 128, r.randrange(256)))
    put("mutants/%d" % i, body=bytes(body))
END
check "a profile made by other hands is sound" run 0 profile check sound.fosr
bad_profile() { refused profile "$1" check "$1" && refused create-pcap "$1" -p "$1" -d 10s -o work/p.pcap; }
for f in flipped flipped-header cut longer; do
	check "$f: the digest is wrong, and what to do" \
		eval 'bad_profile $f.fosr && says "digest is wrong" && says "learn it again"'
done
for f in cut-header empty five length no-json deep no-metadata shape-huge shape-overflow shape-negative shape-float \
	shape-text shape-none shape-many shape-bigger offset-outside offset-backwards offset-odd offset-huge dtype \
	tensor-missing tensor-text tensors-many name-long family format services services-port services-fewer; do
	check "profile, $f: refused" bad_profile $f.fosr
done
check "not a profile: a capture is refused" bad_profile good.pcap
check "a directory is no profile" bad_profile folder.pcap
check "a tensor's limit is named" eval 'bad_profile shape-huge.fosr && says "flows.prior" && says "2^40"'

# sane FILE: refused in one line, or sound and then playable
sane()
{
	"$X" profile check "$1" >out 2>err
	case $? in
	0) timeout 20 "$X" create-pcap -q -p "$1" -c 2000 -d 1days -o work/p.pcap >out 2>err && rm -f work/p.pcap &&
		nothing_left ;;
	1) alone profile "$1" ;;
	*) false ;;
	esac
}
all_sane()
{
	for f in "$@"; do
		sane "$f" || { echo "# $f" >>err && return 1; }
	done
}
check "tables of zeroes or ones: refused, or sound and playable" all_sane zeroes-*.fosr ones-*.fosr
check "120 profiles with other bytes in their tables: refused, or sound and playable" all_sane mutants/*.fosr

# ---- Networks.

cat >good.yaml <<'END'
metadata: {title: Lab}
hosts:
  - hostname: a
    interfaces:
      - ip_addr: 10.0.0.1
        services: [http, dns]
  - hostname: b
    interfaces:
      - ip_addr: 10.0.0.2
END
check "the network that the others are made from is good" eval 'run 0 create-pcap -n good.yaml -d 60s -o good2.pcap'
check "what it leaves out is told in one line, of sensible length" \
	eval '[ "$(wc -l <err)" -eq 1 ] && [ "$(wc -c <err)" -lt 250 ] && says "https/tcp" && says "more"'
# network NAME LINE:COLUMN WORD: refused at that place with that word
network()
{
	refused create-pcap "$1.yaml${2:+:$2}" -n "$1.yaml" -d 60s -o work/n.pcap && says "$3"
}
{ cat good.yaml && echo "extra: 1"; } >unknown.yaml
check "an unknown key" network unknown 10:1 "unknown key 'extra'"
sed 's/services: \[/servces: [/' good.yaml >misspelt.yaml
check "a misspelt key" network misspelt 6:9 "servces"
sed 's/10.0.0.2/10.0.0.1/' good.yaml >twice.yaml
check "an address twice: both lines are named" eval 'network twice 9:18 "10.0.0.1" && says "line 5" && says "line 9"'
sed 's/hostname: b/hostname: a/' good.yaml >hostname.yaml
check "a host's name twice" network hostname 7:5 "'a'"
sed 's/hostname: b/hostname: b\n    client: [https]/' good.yaml >nobody.yaml
check "a service that nobody offers" network nobody 8:14 "'https'"
sed 's/dns/htttp/' good.yaml >service.yaml
check "an unknown service, and the nearest one" network service 6:26 "did you mean 'http'?"
printf 'hosts: []\nmetadata: {title: x}\n' >nohosts.yaml
check "no hosts" network nohosts 1: ""
sed 's/^    interfaces/\tinterfaces/' good.yaml >tab.yaml
check "a tab" network tab 4: "tab"
sed "s/hostname: b/hostname: b$(printf '\377')/" good.yaml >latin.yaml
check "not UTF-8: the byte is named" network latin 7: "UTF-8"
{ cat good.yaml && head -c 5000000 /dev/zero | tr '\0' '#'; } >large.yaml
check "too large: the limit is named" network large "" "4194304"
: >nothing.yaml
check "an empty file" network nothing 1:1 "empty"
printf 'metadata: {title: x\n' >open.yaml
check "not YAML" network open "" "not YAML"
python3 -c 'print("a: " + "[" * 5000 + "]" * 5000)' >nested.yaml
check "nested too deep" network nested 1: ""
printf 'a: &x [1]\nb: [*x, *x]\n' >alias.yaml
check "an alias" network alias "" ""
sed 's/10.0.0.2/10.0.0.300/' good.yaml >address.yaml
check "no address" network address 9:18 "10.0.0.300"
sed 's/10.0.0.2/fe80::2\n        ip6_addr: fe80::3/' good.yaml >ipv6.yaml
check "two IPv6 addresses of an interface" network ipv6 9: "two IPv6 addresses"
sed 's/10.0.0.2/10.0.0.2\n        ip6_addr: fe80::3/' good.yaml >evil.yaml
check "the evil bit and IPv6" refused create-pcap evil.yaml -n evil.yaml --taint evil-bit -d 30s -o work/n.pcap
sed 's/10.0.0.2/224.0.0.1/' good.yaml >group.yaml
check "a group's address" network group 9:18 "224.0.0.1"
sed 's/10.0.0.2/10.0.0.2\n        mac_addr: 02:00:00/' good.yaml >mac.yaml
check "half a MAC address" network mac 10: "02:00:00"
sed 's/http, dns/http:70000/' good.yaml >port.yaml
check "a port beyond 65535" network port 6: "70000"
sed 's/hostname: b/hostname: b\n    usage: -1/' good.yaml >usage.yaml
check "a negative weight" network usage 8: "-1"
cp folder.pcap/../good.yaml two.yaml && printf -- '---\nmetadata: {title: y}\n' >>two.yaml
check "two documents" network two "" ""
check "a directory is no network" refused create-pcap "folder.pcap" -n folder.pcap -d 60s -o work/n.pcap
check "a capture is no network" refused create-pcap "good.pcap" -n good.pcap -d 60s -o work/n.pcap
check "no such network: the built-in one is named" \
	eval 'refused create-pcap nosuch -n nosuch -d 60s -o work/n.pcap && says "small-office"'
check "no such profile: the built-in one is named" \
	eval 'refused create-pcap nosuch -p nosuch -d 60s -o work/n.pcap && says "office"'
sed 's/    interfaces/    client: []\n    interfaces/' good.yaml >alone.yaml
check "a network without a client: refused" refused create-pcap "alone.yaml" -n alone.yaml -d 60s -o work/n.pcap

# ---- Output.

check "-o onto a directory: refused, and what to give" \
	eval 'refused create-pcap "$D/folder.pcap" -d 10s -o "$D/folder.pcap" &&
	says "is a directory" && says "give the name of a file"'
check "-o into a folder that is not there: refused, and what to do" \
	eval 'refused create-pcap "nosuch/x.pcap" -d 10s -o nosuch/x.pcap && says "make its folder first" &&
		[ ! -e nosuch ]'
check "-o below a file: refused" refused create-pcap "good.pcap/x.pcap" -d 10s -o good.pcap/x.pcap
check "-o onto a device: refused" refused create-pcap /dev/full -d 10s -o /dev/full
check "-o without a name: wrong usage" run 2 create-pcap -d 10s -o ""
check "the same for learn" refused learn "nosuch/p.fosr" good.pcap -o nosuch/p.fosr
check "the same for pcap2flow" refused pcap2flow "nosuch/f.csv" good.pcap -o nosuch/f.csv
check "the same for untaint" refused untaint "nosuch/x.pcap" -i good.pcap -o nosuch/x.pcap
check "--flows into a folder that is not there: neither file appears" \
	refused create-pcap "nosuch/f.csv" -d 10s -o work/x.pcap --flows nosuch/f.csv
check "one name for both outputs: wrong usage" \
	eval 'run 2 create-pcap -d 10s -o work/x.pcap --flows work/x.pcap && says "two files" && nothing_left'
check "a name of 5000 bytes: refused" \
	eval 'run 1 create-pcap -d 10s -o "work/$(head -c 5000 /dev/zero | tr "\0" x)" && nothing_left'
check "what stood under the name stays when writing fails" \
	eval 'echo mine >keep.pcap && run 1 create-pcap -n twice.yaml -d 10s -o keep.pcap &&
	[ "$(cat keep.pcap)" = mine ]'
if have_nobody; then
	chmod 555 work
	chmod 755 "$D"
	check "-o into a folder that is another's: refused, and what to do" \
		eval '! nobody create-pcap -d 10s -o work/x.pcap >out 2>err && alone create-pcap work/x.pcap &&
			says "Permission denied" &&
			says "choose a folder you may write to"'
	check "the same for learn" \
		eval '! nobody learn good.pcap -q -o work/x.fosr >out 2>err && alone learn work/x.fosr'
	check "the same for untaint" \
		eval '! nobody untaint -i good.pcap -o work/x.pcap >out 2>err && alone untaint work/x.pcap'
	chmod 755 work
else
	skip_one "-o into a folder that is another's: refused, and what to do" "nobody cannot run programs here"
fi

# limited BLOCKS CMD...: a file-size limit, which anybody may set
limited() { (ulimit -f "$1" && shift && "$X" "$@" >out 2>err) && return 1 || [ $? -eq 1 ]; }
check "a file-size limit: one line, nothing left" \
	eval '! limited 64 version && limited 64 create-pcap -d 10m -o work/x.pcap && alone create-pcap work/x.pcap'

mkdir full
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=256k none full 2>/dev/null; then
	AT_END="umount -l '$D/full'"
	full_empty() { [ -z "$(ls -A full)" ] || { ls -A full >>err && false; }; }
	full() { refused "$@" && says "No space left on device" && says "make room" && says "byte " && full_empty; }
	check "a full disk: create-pcap names file and byte, and nothing is left" \
		full create-pcap full/x.pcap -d 10m -o full/x.pcap
	check "full before the first block: the same" full create-pcap full/x. -d 40s -f 600k -o full/x.pcap --flows full/x.csv
	check "full under --flows, while rows are written: neither file appears" \
		eval 'full create-pcap full/x.csv -d 12h -o work/x.pcap --flows full/x.csv && nothing_left'
	check "full under --flows, at the very end: neither file appears" \
		eval 'full create-pcap full/x.csv -d 2h --payload none -o work/x.pcap --flows full/x.csv &&
			nothing_left'
	check "full under the capture: no flow table either" \
		eval 'full create-pcap full/x.pcap -d 10m -o full/x.pcap --flows work/x.csv && nothing_left'
	run 0 create-pcap -d 10m --taint option -o tagged.pcap
	check "a full disk: untaint" full untaint full/u.pcap -i tagged.pcap -o full/u.pcap
	run 0 create-pcap -q -d 1h -f 200k -o flows.pcap
	check "a full disk: pcap2flow" full pcap2flow full/f.csv flows.pcap -o full/f.csv
	dd if=/dev/zero of=full/fill bs=1k count=230 2>/dev/null
	check "a full disk: learn" \
		eval 'run 1 learn -q tagged.pcap -o full/p.fosr && [ "$(wc -l <err)" -eq 1 ] &&
			says "full/p.fosr: cannot write" &&
		says "No space left" && rm full/fill && full_empty'
	check "with room again it works" eval 'run 0 create-pcap -d 10s -o full/x.pcap --flows full/x.csv'
else
	skip_one "a full disk: create-pcap names file and byte, and nothing is left" "only root can mount a small one"
fi
check "a full disk behind a pipe: one line, status 1" \
	eval '! "$X" create-pcap -d 1h -o - >/dev/full 2>err && : >out && alone create-pcap "standard output"'

# ---- Interruption.

cat >interrupt.py <<'END'
# SIGNAL FILE COMMAND...: sends the signal once the command catches it, a file that matches FILE is there and not empty,
# and "endless" input is used up; prints the status.
import array, fcntl, glob, os, signal, subprocess, sys, termios, time
number, pattern, command = getattr(signal, sys.argv[1]), sys.argv[2], sys.argv[3:]
source = None
if command[0] == "endless":
    # Something that goes on: a capture's first half on a pipe that stays open.
    source, write = os.pipe()
    os.write(write, open("good.pcap", "rb").read()[:60000])
    command = command[1:]
p = subprocess.Popen(command, stdin=source if source is not None else subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.PIPE, text=True, preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
def proc(name):
    return open("/proc/%d/%s" % (p.pid, name)).read()
def ready():
    if not int(proc("status").split("SigCgt:")[1].split()[0], 16) >> number - 1 & 1:
        return False
    if source is not None:
        left = array.array("i", [0])
        fcntl.ioctl(source, termios.FIONREAD, left)
        return not left[0] and proc("stat").rsplit(")", 1)[1].split()[0] == "S"
    return not pattern or any(os.path.getsize(f) for f in glob.glob(pattern))
end = time.monotonic() + 20
while p.poll() is None and not ready() and time.monotonic() < end:
    time.sleep(0.01)
p.send_signal(number)
try:
    _, said = p.communicate(timeout=20)
except subprocess.TimeoutExpired:
    p.kill()
    _, said = p.communicate()
    said += "killed: it did not end\n"
sys.stderr.write(said)
print(p.returncode)
END
interrupt() { python3 interrupt.py "$@" >out 2>err && [ "$(cat out)" = 130 ]; }
kept() { sed -n 's/.*\(work\/\.[^ ]*\.part\).*/\1/p' err; }
for s in SIGINT SIGTERM; do
	check "$s: status 130, and one line that names what there is" \
		eval 'interrupt $s "work/.x.pcap.*.part" \
			"$X" create-pcap -d 3000days -o work/x.pcap --flows work/x.csv &&
			[ "$(wc -l <err)" -eq 1 ] && says "interrupted" && [ -s "$(kept)" ]'
	check "$s: nothing else, and nothing under the final name" [ "work/$(ls -A work)" = "$(kept)" ]
	check "$s: what there is is a capture, whole packets in order" python3 - "$(kept)" <<'END'
import sys
from pcapfile import *
link, p = read(sys.argv[1])
sys.exit(len(p) < 1000 or any(a[0] > b[0] for a, b in zip(p, p[1:])))
END
	check "$s: and the beginning of the campaign" \
		eval 'k=$(kept) && "$X" create-pcap -q -c 1000 -d 3000days -o begin.pcap >out 2>err &&
		cmp -n "$(wc -c <begin.pcap)" "$k" begin.pcap'
	if command -v capinfos >/dev/null; then
		check "$s: capinfos reads it" eval 'capinfos -c work/.*.part >out 2>err'
	fi
	rm -f work/.*.part
done
check "SIGINT while a plan is made for verify: status 130" \
	eval 'interrupt SIGINT "" "$X" verify -d 3000days good.pcap && says "interrupted"'
check "SIGINT while untaint waits for a pipe: status 130" \
	eval 'interrupt SIGINT "" endless "$X" untaint -i - -o work/u.pcap && says "interrupted"'
rm -f work/.*.part
check "SIGINT while verify waits for a pipe: status 130" \
	eval 'interrupt SIGINT "" endless "$X" verify -d 30s - && says "interrupted"'
check "SIGINT while learn waits for a pipe: status 130, nothing written" \
	eval 'interrupt SIGINT "" endless "$X" learn - -o work/p.fosr && says "interrupted" && nothing_left'
check "SIGINT while pcap2flow waits for a pipe: status 130, nothing written" \
	eval 'interrupt SIGINT "" endless "$X" pcap2flow - -o work/f.csv && says "interrupted" && nothing_left'

# A reader that goes away: no hang, and the flow table does not stay behind.
timeout 30 "$X" create-pcap -d 2000days -o - --flows work/x.csv 2>err | head -c 100 >first.bin
: >out
check "a closed pipe: no hang, and one line" \
	eval '[ "$(wc -c <first.bin)" -eq 100 ] && alone create-pcap "standard output" && says "Broken pipe"'
check "and with untaint" eval '{ timeout 30 "$X" untaint -i good.pcap -o - 2>err; echo $? >status; } | true
	: >out
	[ "$(cat status)" -le 1 ] && nothing_left'
finish
