#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# How every command is used: exit statuses, where help and messages go, suggestions, JSON, output that cannot be written.
. "$(dirname "$0")/lib.sh"

silent_out() { [ ! -s "$D/out" ]; }
silent_err() { [ ! -s "$D/err" ]; }
one_line() { [ "$(wc -l <"$D/err")" -eq "$1" ]; }
narrow() { [ "$(wc -L <"$D/out")" -le 100 ]; }
json() { python3 -m json.tool <"$D/out" >/dev/null 2>&1; }

commands() { "$X" help | sed -n 's/^  \([a-z][a-z0-9-]*\) .*/\1/p'; }

check "no argument: status 2" run 2
check "and the short usage on stderr only" eval 'silent_out && says "usage: fosr-xdp COMMAND"'

for a in help -h --help; do
	check "$a: status 0" run 0 $a
	check "$a: on stdout, nothing on stderr, 100 columns" eval 'silent_err && narrow && [ -s "$D/out" ]'
done
check "version: status 0" run 0 version
cp "$D/out" "$D/version"
check "--version: the same" eval 'run 0 --version && cmp -s "$D/out" "$D/version"'

check "there are commands" eval '[ "$(commands | wc -l)" -ge 3 ]'
for c in $(commands); do
	check "help $c: status 0" run 0 help "$c"
	cp "$D/out" "$D/help"
	check "help $c: on stdout, nothing on stderr, 100 columns" eval 'silent_err && narrow && [ -s "$D/out" ]'
	check "$c --help: the same" eval 'run 0 "$c" --help && cmp -s "$D/out" "$D/help"'
	check "$c -h wins over what is missing or wrong" run 0 "$c" -h too many operands given
	for o in help verbose quiet json color; do
		check "help $c lists --$o" grep -q -- "--$o" "$D/help"
	done
	check "$c: an unknown option is wrong usage" run 2 "$c" --no-such-option
	check "$c: one message that names it, and where help is" \
		eval 'silent_out && one_line 2 && says "--no-such-option" && says "fosr-xdp help $c"'
	check "$c: --jsn is nearest to --json" eval 'run 2 "$c" --jsn && says "did you mean --json?"'
	check "$c: an option may not be shortened" run 2 "$c" --jso
	check "$c: a wrong choice" eval 'run 2 "$c" --color pink && says "auto, always or never"'
	check "$c: a missing value" eval 'run 2 "$c" --color && says "--color needs a value"'
	check "$c: a value for a flag" eval 'run 2 "$c" --json=yes && says "--json takes no value"'
done

check "an unknown command: status 2" run 2 create-pacp
check "and the nearest one" eval 'silent_out && says "no command"'
check "vrsion is nearest to version" eval 'run 2 vrsion && says "did you mean '"'version'"'?"'
check "xyzzy is near nothing" eval 'run 2 xyzzy && ! says "did you mean"'
check "help on an unknown command" eval 'run 2 help vrsion && says "did you mean"'
check "an option before the command" eval 'run 2 --json version && says "--json before a command"'
check "an operand too many" eval 'run 2 version x && says "unexpected operand"'
check "a control character in a message is replaced" eval 'run 2 "$(printf "a\033[31m")" && ! grep -q "$(printf "\033")" "$D/err"'

if command -v python3 >/dev/null; then
	check "version --json: status 0" run 0 version --json
	check "and one JSON object on stdout" eval 'json && grep -q "^{" "$D/out" && silent_err'
	check "--json of a failure" eval 'case " $(commands | tr "\n" " ") " in
		*" profile "*) run 1 profile check "$D/no-such-file" --json && json && grep -q "\"error\"" "$D/out" ;;
		esac'
else
	n=$((n + 1))
	echo "ok $n - JSON # SKIP no python3"
fi

if [ -c /dev/full ]; then
	"$X" version >/dev/full 2>"$D/err"
	got=$?
	: >"$D/out"
	check "a full disk under stdout: status 1" [ "$got" -eq 1 ]
	check "and the reason" says "No space left on device"
	"$X" help >/dev/full 2>"$D/err"
	got=$?
	check "the same for help" [ "$got" -eq 1 ]
	"$X" version >&- 2>"$D/err"
	got=$?
	check "a closed stdout: status 1" [ "$got" -eq 1 ]
fi

NO_COLOR=1 "$X" xyzzy >"$D/out" 2>"$D/err"
check "NO_COLOR is honoured" eval '! grep -q "$(printf "\033")" "$D/err"'

# Commands that need root say so, and what to type.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	case " $(commands | tr '\n' ' ') " in
	*" attach "*)
		setpriv --reuid 65534 --clear-groups --inh-caps=-all "$X" attach lo >"$D/out" 2>"$D/err"
		got=$?
		if [ "$got" -eq 126 ] || [ "$got" -eq 127 ]; then
			n=$((n + 1))
			echo "ok $n - attach without root # SKIP another user cannot run $X"
		else
			check "attach without root: status 1, one line that says sudo" \
				eval '[ "$got" -eq 1 ] && one_line 1 && says "sudo fosr-xdp attach"'
		fi
		;;
	esac
fi

finish
