# SPDX-License-Identifier: GPL-3.0-or-later
# For tests of commands without a network; sourced by sh. TAP on standard output; exit status 0 pass, 1 fail, 4 skip.
#
#	need tshark "why"        skips the whole test, with the reason, where the program is missing
#	check "what" CMD...      one TAP line; what the program last said follows if it failed
#	skip_one "what" "why"    one point skipped
#	run STATUS ARGS...       the program; true if that is its exit status; stdout and stderr in $D/out, $D/err
#	says TEXT, prints TEXT   is it on the program's stderr, its stdout
#	field KEY                a value of the JSON object on stdout: `field campaign digest`
#	finish                   the plan, and the exit status

set -u
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
HERE=$ROOT/selftests/cli
DATA=${FOSR_DATA:-$ROOT/../shared/data}
X=${FOSR_XDP:-$ROOT/build/fosr-xdp}
case $X in /*) ;; *) X=$PWD/$X ;; esac
case $DATA in /*) ;; *) DATA=$PWD/$DATA ;; esac
LC_ALL=C
PYTHONPATH=$HERE
PYTHONDONTWRITEBYTECODE=1
export LC_ALL PYTHONPATH PYTHONDONTWRITEBYTECODE
n=0 bad=0
# Commands of the test's own, run at the end however it comes.
AT_END=:

skip()
{
	echo "1..0 # SKIP $*"
	exit 4
}

[ -x "$X" ] || skip "no $X: run make"
D=$(mktemp -d) || exit 1
at_end()
{
	eval "$AT_END"
	rm -rf "$D"
}
trap at_end EXIT
trap 'exit 1' INT TERM
: >"$D/out"
: >"$D/err"

need()
{
	command -v "$1" >/dev/null || skip "needs $1${2:+ $2}"
}

check()
{
	what=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		bad=$((bad + 1))
		head -n 40 "$D/out" | cut -c1-400 | sed 's/^/# out: /'
		head -n 40 "$D/err" | cut -c1-400 | sed 's/^/# err: /'
	fi
}

skip_one()
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

run()
{
	want=$1
	shift
	"$X" "$@" >"$D/out" 2>"$D/err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] || echo "# status $got of fosr-xdp $*, expected $want"
	[ "$got" -eq "$want" ]
}

says() { grep -qF -- "$1" "$D/err"; }
prints() { grep -qF -- "$1" "$D/out"; }
same() { cmp "$1" "$2" >"$D/err" 2>&1; }
differ() { ! cmp -s "$1" "$2"; }
sha() { sha256sum <"$1" | cut -c1-64; }

field()
{
	python3 -c 'import json, sys
v = json.load(open(sys.argv[1]))
for key in sys.argv[2:]:
    v = v[key]
print(v)' "$D/out" "$@"
}

# The campaign's digest as the last command printed it, wherever that was.
digest() { cat "$D/out" "$D/err" | sed -n 's/^campaign \([0-9a-f]\{64\}\) .*/\1/p'; }

# The program as somebody without rights: root becomes nobody, anybody else stays who he is. A copy, because the tree
# may be closed to others.
have_nobody()
{
	[ "$(id -u)" -ne 0 ] && return 0
	command -v setpriv >/dev/null || return 1
	[ -x "$D/bin/fosr-xdp" ] || { mkdir -p "$D/bin" && cp "$X" "$D/bin/fosr-xdp" && chmod -R a+rX "$D"; }
	nobody version >/dev/null 2>&1
}

nobody()
{
	if [ "$(id -u)" -ne 0 ]; then
		"$X" "$@"
	else
		setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$D/bin/fosr-xdp" "$@"
	fi
}

finish()
{
	echo "1..$n"
	[ "$bad" -eq 0 ] && [ "$n" -gt 0 ]
	exit
}
