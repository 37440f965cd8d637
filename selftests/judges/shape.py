#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether generated sessions have the shape of real ones: what tshark dissects of them, names and order, values aside.

    shape.py http|dns|tls|ssh REAL MADE     a line per point: "ok POINT" or "no POINT", and behind a tab how many

Of each session the first message of either end is compared (what one end sends until the other one answers), of TLS and SSH
the messages up to the end of the key exchange. A session whose shape a real one has is the same; what else differs is named
with the point. Repeats are one. What a shape is, protocol by protocol: Documentation/grammars.rst."""
import collections
import subprocess
import sys
import xml.etree.ElementTree as ET

Message = collections.namedtuple("Message", "end protos")


def dissected(capture, wanted):
    """{session: [Message]}: by port of the opener, in order; a message in several packets is one."""
    text = subprocess.run(["tshark", "-2", "-n", "-r", capture, "-Y", wanted, "-T", "pdml"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True).stdout
    sessions = collections.defaultdict(list)
    for packet in ET.fromstring(text):
        protos = packet.findall("proto")
        lower = next(p for p in protos if p.get("name") in ("tcp", "udp"))
        show = {f.get("name"): f.get("show") for f in lower.iter("field")}
        l4 = lower.get("name")
        server = int(show[l4 + ".srcport"]) < 1024 or show[l4 + ".srcport"] == "8443"
        upper = [p for p in protos if p.get("name") == wanted]
        session, end = sessions[show[l4 + ".stream"]], "server" if server else "client"
        if session and session[-1].end == end:
            session[-1].protos.extend(upper)
        else:
            session.append(Message(end, upper))
    return sessions.values()


def once(names):
    """Without repeats that follow each other."""
    return tuple(n for n, before in zip(names, [None] + names[:-1]) if n != before)


def said(session, end, nth=0):
    """Fields of an end's nth message, in order."""
    messages = [m for m in session if m.end == end]
    return [f for p in messages[nth].protos for f in p.iter("field")] if len(messages) > nth else []


class Points:
    def __init__(self, real, made):
        self.real, self.made = real, made
        self.bad = False

    def tell(self, good, what, detail):
        print(f"{'ok' if good else 'no'} {what}\t{detail}")

    def same(self, what, shape, least=1.0, all_occur=False, why="other"):
        """At least so many of the generated shapes are a real one's; None: the session has none."""
        real = collections.Counter(s for s in map(shape, self.real) if s is not None)
        made = collections.Counter(s for s in map(shape, self.made) if s is not None)
        n, good = sum(made.values()), sum(c for s, c in made.items() if s in real)
        missing = [s for s in real if s not in made]
        fits = n > 0 and bool(real) and good >= least * n and not (all_occur and missing)
        detail = f"{good} of {n}, {len(real) - len(missing)} of {len(real)} real shapes"
        if not fits:
            unlike = [(c, s) for s, c in made.most_common() if s not in real][:3]
            detail += f"; real: {[' '.join(s) for s in list(real)[:2]]}; unlike: {[(c, ' '.join(s)) for c, s in unlike]}"
            detail += f"; never: {[' '.join(s) for s in missing[:2]]}"
        elif good < n:
            detail += f"; the others: {why}"
        self.tell(fits, what, detail)

    def holds(self, what, true, least=1.0, why="other"):
        """True of so many of the generated sessions, and of all real ones; None: it says nothing of this one."""
        real = [v for v in map(true, self.real) if v is not None]
        made = [v for v in map(true, self.made) if v is not None]
        fits = bool(real) and all(real) and bool(made) and sum(made) >= least * len(made)
        self.tell(fits, what, f"{sum(made)} of {len(made)}" + (f"; the others: {why}" if not all(made) else ""))


HTTP_HEAD = {"http.request.method", "http.request.uri", "http.request.version", "http.response.version", "http.response.code",
             "http.response.phrase", "http.file_data"}
HTTP_LINES = ("http.request.line", "http.response.line")


def http_lines(session, end):
    """The first line's parts, the headers' names, and whether a body follows."""
    names = []
    for f in said(session, end):
        if f.get("name") in HTTP_HEAD:
            names.append(f.get("name"))
        elif f.get("name") in HTTP_LINES:
            names.append(f.get("show").split(":")[0].lower())
        if names and names[-1] == "http.file_data":
            break
    return once(names) or None


def shows(session, end, name, text):
    return any(f.get("name") == name and text in f.get("show") for f in said(session, end))


def http(p):
    def of_curl(s):
        return http_lines(s, "client") if shows(s, "client", "http.user_agent", "curl/") else None

    def of_python(s):
        same = shows(s, "server", "http.server", "SimpleHTTP") and shows(s, "server", "http.response.code", "200")
        return http_lines(s, "server") if same else None

    def parts(s):
        return tuple(n for n in http_lines(s, "server") or () if n in HTTP_HEAD) or None

    def has_lines(s):
        lines = set(http_lines(s, "server") or ())
        return {"date", "server", "content-type"} <= lines and bool({"content-length", "transfer-encoding"} & lines)

    p.same("what curl asks: request line, Host, User-Agent, Accept", of_curl)
    p.same("what is asked in messages of these sizes", lambda s: http_lines(s, "client"), 0.9, why="other programs")
    p.same("status line and body of an answer", parts, 0.9, why="answers without a body")
    p.holds("Date, Server, Content-Type and a length in an answer", has_lines, 0.9, why="answers without a body")
    p.same("lines of Python's server, in their order", of_python)
    p.same("lines of any server", lambda s: http_lines(s, "server"), 0.02, why="other programs' lines, in their order")


DNS_ASIDE = ("dns.response_in", "dns.response_to", "dns.time", "dns.retransmi", "dns.unsolicited", "dns.count.labels")


def dns_fields(session, end):
    return once([f.get("name") for f in said(session, end) if f.get("name") and not f.get("name").startswith(DNS_ASIDE)]) or None


def dns_parts(session, end):
    """Header, question, and of each record its name, type, class, time to live and length."""
    parts = ("dns.id", "dns.flags", "dns.count", "dns.qry", "dns.resp.name", "dns.resp.type", "dns.resp.class", "dns.resp.ttl",
             "dns.resp.len")
    names = [n for n in dns_fields(session, end) or () if n.startswith(parts)]
    return tuple(names[:names.index("dns.resp.name")] if "dns.resp.name" in names else names) or None


def dns(p):
    p.same("header, flags and question of a query", lambda s: dns_parts(s, "client"))
    p.same("a query, EDNS and its options with it", lambda s: dns_fields(s, "client"), 0.5, True,
           "EDNS without a cookie, as other programs ask")
    p.same("header, flags and question of an answer", lambda s: dns_parts(s, "server"))
    p.same("an answer: addresses, no such name, EDNS", lambda s: dns_fields(s, "server"), 0.1, True,
           "an alias, where the model pairs sizes between which there is no address")


def tls_records(session, end, nth=0):
    """Types of records and of handshake messages in them."""
    names = []
    for f in said(session, end, nth):
        if f.get("name") in ("tls.record.content_type", "tls.record.opaque_type"):
            names.append({"20": "ccs", "21": "alert", "22": "handshake", "23": "data"}.get(f.get("show"), "?"))
        elif f.get("name") == "tls.handshake.type":
            names.append("message-" + f.get("show"))
    return once(names) or None


def tls_messages(session, end):
    return once([n for n in tls_records(session, end) or () if n != "handshake"]) or None


def tls_version(session):
    shown = [f.get("show") for f in said(session, "server") if f.get("name") == "tls.handshake.extensions.supported_version"]
    return "1.3" if "0x0304" in shown else "1.2" if said(session, "server") else None


TLS_RECORD = ("tls.record", "tls.record.content_type", "tls.record.version", "tls.record.length", "tls.handshake",
              "tls.handshake.type", "tls.handshake.length", "tls.handshake.version", "tls.handshake.random",
              "tls.handshake.session_id_length", "tls.handshake.ciphersuite", "tls.handshake.ciphersuites",
              "tls.handshake.cipher_suites_length", "tls.handshake.comp_method", "tls.handshake.comp_methods",
              "tls.handshake.comp_methods_length", "tls.handshake.extensions_length")


def tls_hello(session, end):
    """Fields of a hello up to its extensions."""
    names = [f.get("name") for f in said(session, end) if f.get("name") in TLS_RECORD]
    last = "tls.handshake.extensions_length"
    return once(names[:names.index(last) + 1]) if last in names else None


def tls(p):
    kinds = collections.Counter(map(tls_version, p.real))
    version = kinds.most_common(1)[0][0]

    def of_version(shape):
        return lambda s: shape(s) if tls_version(s) == version else None

    v = f"{version}: "
    p.holds(v + "negotiated", lambda s: tls_version(s) and tls_version(s) == version, 0.1,
            why="the profile does not know of versions, and some servers are of the other one")
    p.same(v + "ClientHello", lambda s: tls_hello(s, "client"))
    p.same(v + "the client's first record", lambda s: tls_records(s, "client"))
    p.same(v + "ServerHello", of_version(lambda s: tls_hello(s, "server")))
    p.same(v + "messages of the server's flight", of_version(lambda s: tls_messages(s, "server")), 0.9,
           why="sizes of the other version's flight")
    p.same(v + "records of the server's flight", of_version(lambda s: tls_records(s, "server")), 0.5,
           why="other programs' habit to put several messages into a record")
    p.same(v + "how the client's second flight begins", of_version(lambda s: (tls_records(s, "client", 1) or (None,))[:3]), 0.8,
           why="connections that end before, sizes of something else")


def ssh_messages(session, end):
    """Version line, and each packet that is not encrypted: number, and its algorithms' fields."""
    names = []
    for m in (m for m in session if m.end == end):
        for f in (f for p in m.protos for f in p.iter("field")):
            name = f.get("name")
            if name == "ssh.protocol":
                names.append(name)
            elif name == "ssh.message_code":
                names.append("message-" + f.get("show"))
    return once(names) or ("nothing",)


def ssh_kexinit(session, end):
    fields = [f for m in session if m.end == end for p in m.protos for f in p.iter("field")]
    names = [f.get("name") for f in fields]
    last = "ssh.kex.reserved"
    return once(names[names.index("ssh.cookie"):names.index(last) + 1]) if "ssh.cookie" in names and last in names else None


def ssh(p):
    for end in ("client", "server"):
        p.same(f"version line and number of the first packet, {end}", lambda s: ssh_messages(s, end)[:2], 0.9,
               why="connections that end before")
        p.same(f"fields of the algorithms' message, {end}", lambda s: ssh_kexinit(s, end))
        p.same(f"messages up to the end's key, {end}", lambda s: ssh_messages(s, end)[:3], 0.6,
               why="sizes that leave no room for a key")
    p.same("messages until all is encrypted, client", lambda s: ssh_messages(s, "client"), 0.02, True,
           "programs that do not know sntrup761, of whose key's size NEWKEYS takes the rest; connections that go on")
    p.same("messages until all is encrypted, server", lambda s: ssh_messages(s, "server"), 0.6, True,
           "sizes that leave no room for a key")


def main():
    kind, real, made = sys.argv[1:]
    {"http": http, "dns": dns, "tls": tls, "ssh": ssh}[kind](Points(dissected(real, kind), dissected(made, kind)))


main()
