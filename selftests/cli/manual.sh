#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual and the program say the same: every command has a section in Documentation/commands.rst, every option that
# `fosr-xdp help COMMAND` prints stands in it (or in a section of options that it refers to), and the other way around.
# The manual is ${FOSR_MANUAL:-Documentation/commands.rst}.
. "$(dirname "$0")/lib.sh"
M=${FOSR_MANUAL:-$ROOT/Documentation/commands.rst}

# section TITLE: the text below the heading TITLE of the manual, up to the next heading.
section()
{
	awk -v want="$1" '
		/^(---+|===+)$/ && length(previous) == length($0) { inside = previous == want; previous = ""; next }
		inside && previous != "" { print previous }
		{ previous = $0 == "" ? " " : $0 }
		END { if (inside && previous != "") print previous }' "$M"
}

# Options that a text of the manual describes: each begins a line of its own, as ``-x VALUE``, ``--name VALUE``.
described() { grep '^``-' | grep -o '``-[^`]*``' | sed 's/^``//; s/[ `].*//' | sort -u; }

# Options of a command's help.
printed()
{
	"$X" help "$1" | sed -n 's/^  \(-[a-zA-Z]\), \(--[a-z0-9-]*\).*/\1\n\2/p; s/^      \(--[a-z0-9-]*\).*/\1/p' | sort -u
}

# The sections of shared options that a section refers to, and the one of all commands.
manual_of()
{
	section "$1"
	section "$1" | grep -o '`[A-Z][a-z ]* options`_' | sort -u | sed 's/^`//; s/`_$//' | while read -r shared; do
		section "$shared"
	done
	section "Options of every command"
}

commands() { "$X" help | sed -n 's/^  \([a-z][a-z0-9-]*\) .*/\1/p'; }

check "the program lists commands" [ "$(commands | wc -l)" -ge 3 ]
check "the manual describes options of every command" [ "$(section 'Options of every command' | described | wc -l)" -ge 5 ]
for c in $(commands); do
	: >"$D/out"
	check "$c has a section" [ -n "$(section "$c")" ]
	check "$c: its synopsis is the one that help prints" \
		eval 'section "$c" | grep -qF -- "$("$X" help "$c" | sed -n "1s/^usage: //p")"'
	printed "$c" >"$D/help"
	manual_of "$c" | described >"$D/manual"
	check "$c: help prints options" [ -s "$D/help" ]
	comm -23 "$D/help" "$D/manual" >"$D/out"
	check "$c: every option is in the manual" [ ! -s "$D/out" ]
	comm -13 "$D/help" "$D/manual" >"$D/out"
	check "$c: every option of the manual exists" [ ! -s "$D/out" ]
done
: >"$D/out"
# Sections in small letters are commands.
for s in $(awk '/^---+$/ && length(previous) == length($0) { print previous } { previous = $0 }' "$M" |
	grep -x '[a-z][a-z0-9-]*'); do
	check "the manual's command $s exists" eval 'commands | grep -qx -- "$s"'
done

finish
