#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 120 s
# Real programs talk, tcpdump records, `learn` reads that, and create-pcap writes its counterpart between the same two
# hosts: tshark must dissect the same shape in it (shape.py; what that means: Documentation/grammars.rst). A service whose
# programs are not installed is skipped by name. Names as arguments: only those. $FOSR_TEST_KEEP: where captures go.
. "$(dirname "$0")/../net/lib.sh"

JUDGES=$ROOT/selftests/judges
SERVER=10.0.0.2
ONLY=" $* "
SSHD=$(command -v sshd || echo /usr/sbin/sshd)

# listens tcp|udp PORT: something in b does
listens()
{
	in_ns b ss -Hln "--$1" "sport = :$2" | grep -q .
}

# serves tcp|udp PORT COMMAND...: in b, until the test ends
serves()
{
	in_background in_ns b "${@:3}" >"$TMP/server.log" 2>&1
	wait_until 5 listens "$1" "$2" || { cat "$TMP/server.log"; return 1; }
}

# All connections of a are closed, and a recording has not grown since it was last asked for: its last packets are there.
closed()
{
	! in_ns a ss -Htn state established state fin-wait-1 state fin-wait-2 state close-wait state last-ack | grep -q .
}
whole()
{
	local before=${SIZE-}

	SIZE=$(stat -c %s "$1")
	[ "$SIZE" = "$before" ]
}

# records NAME COMMAND...: what the command, in a, makes on the wire
records()
{
	local pid

	in_background in_ns a tcpdump --immediate-mode -i eth0 -s 0 -U -w "$TMP/$1.pcap" >"$TMP/dump.log" 2>&1
	pid=$!
	wait_until 5 grep -q 'listening on' "$TMP/dump.log" || { cat "$TMP/dump.log"; return 1; }
	"${@:2}"
	wait_until 5 closed && wait_until 5 whole "$TMP/$1.pcap"
	kill -INT "$pid"
	wait "$pid"
	[ "$(tcpdump -r "$TMP/$1.pcap" 2>/dev/null | wc -l)" -gt 20 ]
}

# generates NAME: the counterpart of a recording. Two dozen flows, nearly all alike, are too few to compare samples with.
generates()
{
	"$FOSR" learn -q --accept-off "$TMP/$1.pcap" -o "$TMP/$1.fosr" &&
		"$FOSR" create-pcap -q -p "$TMP/$1.fosr" -n "$TMP/net.yaml" -s 6 -d 1min -c 6000 -o "$TMP/$1.made.pcap"
}

# judged NAME KIND: a line per point of shape.py
judged()
{
	local word rest

	if ! python3 "$JUDGES/shape.py" "$2" "$TMP/$1.pcap" "$TMP/$1.made.pcap" >"$TMP/points" 2>"$TMP/said"; then
		tap 1 "$1: shapes are compared"
		return
	fi
	while read -r word rest; do
		tr '\t' '\n' <<<"$rest" >"$TMP/said"
		[ "$word" = ok ]
		tap $? "$1: ${rest/$'\t'/: }"
	done <"$TMP/points"
}

# tried NAME KIND "PROGRAMS" SERVE-FUNCTION CLIENT-FUNCTION
tried()
{
	local tool

	[ "$ONLY" = "  " ] || [[ $ONLY == *" $1 "* ]] || return
	for tool in $3; do
		if ! command -v "$tool" >/dev/null; then
			skip_one "$1" "no $tool here"
			return
		fi
	done
	if ! "$4" >"$TMP/said" 2>&1; then
		tap 1 "$1: the server runs"
		return
	fi
	check "$1: a session is recorded" records "$1" "$5"
	check "$1: it is learned, and generated" generates "$1"
	[ ! -s "$TMP/$1.made.pcap" ] || judged "$1" "$2"
}

serve_http()
{
	local page

	mkdir "$TMP/www"
	for page in index.html news.html notes.txt data.json; do
		head -c $((400 * ${#page})) /dev/zero | tr '\0' a >"$TMP/www/$page"
	done
	serves tcp 80 python3 -m http.server 80 -d "$TMP/www"
}

ask_http()
{
	local i page

	for i in 1 2 3 4 5 6; do
		for page in '' news.html notes.txt data.json; do
			in_ns a curl -s -m 5 -o "$TMP/got" --connect-to "::$SERVER:" \
				"http://server.internal/$page" || return 1
		done
	done
}

# openssl's own page, with a certificate made on the spot.
serve_tls()
{
	[ -s "$TMP/cert.pem" ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout "$TMP/key.pem" \
		-out "$TMP/cert.pem" -days 30 -subj /CN=server.internal || return 1
	serves tcp "$2" openssl s_server -quiet -www "$1" -accept "$2" \
		-key "$TMP/key.pem" -cert "$TMP/cert.pem"
}

serve_tls13() { serve_tls -tls1_3 443; }
serve_tls12() { serve_tls -tls1_2 8443; }

ask_tls()
{
	local i

	for i in $(seq 20); do
		in_ns a curl -s -k -m 5 -o "$TMP/got" --connect-to "::$SERVER:" \
			"https://server.internal:$1/" || return 1
	done
}

ask_tls13() { ask_tls 443; }
ask_tls12() { ask_tls 8443; }

# Each kind of key is a connection of ssh-keyscan's.
serve_ssh()
{
	local kind options=()

	for kind in ed25519 ecdsa rsa; do
		ssh-keygen -q -t "$kind" -N '' -f "$TMP/ssh.$kind" || return 1
		chmod 600 "$TMP/ssh.$kind"
		options+=(-h "$TMP/ssh.$kind")
	done
	mkdir -p /run/sshd
	serves tcp 22 "$SSHD" -D -e -f /dev/null -p 22 -o PidFile=none -o UsePAM=no "${options[@]}"
}

ask_ssh()
{
	local i

	for i in 1 2 3 4 5 6; do
		in_ns a ssh-keyscan -T 5 -t ed25519,ecdsa,rsa "$SERVER" | grep -q ssh-ed25519 || return 1
	done
}

serve_dns() { serves udp 53 python3 "$JUDGES/nameserver.py" "$SERVER"; }

ask_dns()
{
	local i

	for i in 1 2 3 4 5 6; do
		in_ns a dig "@$SERVER" +tries=1 +time=3 www.example.com A >"$TMP/got" || return 1
		in_ns a dig "@$SERVER" +tries=1 +time=3 web.example.org AAAA >"$TMP/got" || return 1
		in_ns a dig "@$SERVER" +tries=1 +time=3 none.example.net A >"$TMP/got" || return 1
		in_ns a dig "@$SERVER" +tries=1 +time=3 +noedns +noadflag www.example.net A >"$TMP/got" || return 1
	done
	grep -q 198.18.0.1 "$TMP/got"
}

need_root
need_tools ip nsenter ss tcpdump tshark python3
two_hosts

tried http http "curl" serve_http ask_http
tried tls13 tls "curl openssl" serve_tls13 ask_tls13
tried tls12 tls "curl openssl" serve_tls12 ask_tls12
tried ssh ssh "ssh-keyscan ssh-keygen $SSHD" serve_ssh ask_ssh
tried dns dns "dig" serve_dns ask_dns
[ -z "${FOSR_TEST_KEEP-}" ] || cp "$TMP"/*.pcap "$FOSR_TEST_KEEP"
finish
