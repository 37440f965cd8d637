#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small directories in the two layouts of Fos-R's models, made up here: fosrdir.py bn|v01 DIR [OPTION...].

Options: aligned (the role table as it should be), ssh (an automaton for ssh), no-automata."""
import json
import pathlib
import shutil
import sys

CORPUS = pathlib.Path(__file__).resolve().parent.parent / "fuzz/corpus/automaton"


def bif(path, variables, tables):
    out = ['<?xml version="1.0" ?>', '<BIF VERSION="0.3">', "<NETWORK>", "<NAME>own</NAME>"]
    for name, outcomes in variables.items():
        out.append(f'<VARIABLE TYPE="nature"><NAME>{name}</NAME>' +
                   "".join(f"<OUTCOME>{o}</OUTCOME>" for o in outcomes) + "</VARIABLE>")
    for name, given, table in tables:
        out.append(f"<DEFINITION><FOR>{name}</FOR>" + "".join(f"<GIVEN>{g}</GIVEN>" for g in given) +
                   "<TABLE>" + " ".join(f"{x:.6g}" for x in table) + "</TABLE></DEFINITION>")
    path.write_text("\n".join(out + ["</NETWORK>", "</BIF>", ""]))


ROLES = ["Internet", "Server", "User"]
COMMON = {
    "Time": ["bin-0.0", "bin-1.0", "bin-2.0", "bin-3.0"],
    "Src IP Role": ROLES,
    "Dst IP Role": ROLES,
    "Proto": ["TCP", "UDP"],
    "Applicative Proto": ["DNS", "HTTP", "SSH"],
    "Src IP Addr": ["192.168.1.10", "192.168.1.11", "Internet"],
    "Dst IP Addr": ["192.168.1.10", "192.168.1.2", "Internet"],
    "Dst Pt": ["port-22", "port-53", "port-80", "port-8080"],
}


def network(folder, options):
    # 1000 flows: 990 of users, 8 of servers, 2 of the Internet. The learner's mistake: sorted, whatever the labels.
    roles = [0.002, 0.008, 0.99] if "aligned" in options else [0.99, 0.008, 0.002]
    bif(folder / "bn_common.bifxml", COMMON, [
        ("Time", [], [0.401, 0.299, 0.203, 0.097]),
        ("Src IP Role", [], roles),
        ("Dst IP Role", ["Src IP Role"], [0, 1, 0, 0.5, 0.5, 0, 0.9, 0.08, 0.02]),
        ("Proto", [], [0.6, 0.4]),
        ("Applicative Proto", ["Proto"], [0, 0.75, 0.25, 1, 0, 0]),
        # Made of 97, 401, 203 and 299 flows.
        ("Src IP Addr", ["Time"], [36 / 97, 59 / 97, 2 / 97, 123 / 401, 278 / 401, 0, 52 / 203, 151 / 203, 0,
                                   101 / 299, 198 / 299, 0]),
        ("Dst IP Addr", ["Dst IP Role"], [0, 0, 1, 0, 1, 0, 1, 0, 0]),
        ("Dst Pt", ["Applicative Proto"], [0, 1, 0, 0, 0, 0, 0.9, 0.1, 1, 0, 0, 0]),
    ])
    roots = [("Proto", [], [0.6, 0.4]), ("Dst IP Role", [], [0.895, 0.0852, 0.0198]),
             ("Applicative Proto", [], [0.45, 0.4, 0.15]), ("Src IP Addr", [], [0.686, 0.312, 0.002])]
    names = {k: COMMON[k] for k in ("Proto", "Dst IP Role", "Applicative Proto", "Src IP Addr")}
    cats = {"Cat Out Packet": ["0", "1"], "Cat In Packet": ["0", "1"]}
    out = ("Cat Out Packet", ["Cat In Packet"], [0.8, 0.2, 0.1, 0.9])
    bif(folder / "bn_tcp.bifxml", {**cats, "End Flags": ["F and not R", "None", "R", "not F and not R"], **names}, [
        out, ("Cat In Packet", ["End Flags"], [0.7, 0.3, 0.5, 0.5, 0.9, 0.1, 1, 0]),
        ("End Flags", ["Proto"], [0.8, 0, 0.1, 0.1, 0, 1, 0, 0]), *roots])
    bif(folder / "bn_udp.bifxml", {**cats, **names}, [
        out, ("Cat In Packet", ["Applicative Proto"], [0.9, 0.1, 0.5, 0.5, 0.5, 0.5]), *roots])
    (folder / "bn_additional_data.json").write_text(json.dumps({
        "s0_bin_count": 4, "ttl": {},
        "tcp_out_pkt_gaussians": {"mu": [6, 40], "cov": [2, 50]}, "tcp_in_pkt_gaussians": {"mu": [5, 60], "cov": [2, 50]},
        "udp_out_pkt_gaussians": {"mu": [1, 0], "cov": [1e-6, 1e-6]}, "udp_in_pkt_gaussians": {"mu": [1, 2], "cov": [1e-6, 1e-6]}}))


def automaton(folder, source, name, port):
    a = json.loads((CORPUS / source).read_text())
    a["l7protocol"] = name
    a["metadata"]["select_dst_ports"] = [port]
    (folder / f"{name}.json").write_text(json.dumps(a))


def pattern(port):
    def fixed(feature, domain):
        return {"type": "Fixed", "feature": {"type": feature, "domain": domain}}
    return {"partial_flows": [[fixed("Proto", ["TCP"]), fixed("FwdPkt", [[1, 20]]), fixed("BwdPkt", [[1, 20]]),
                               {"type": "SrcIpScenario"}, {"type": "DstIpScenario"}, fixed("DstPt", [port])]],
            "bayesian_network": []}


def main():
    layout, folder, options = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    shutil.rmtree(folder, ignore_errors=True)
    automata = folder / "automata"
    automata.mkdir(parents=True)
    if "no-automata" not in options:
        automaton(automata, "tcp.json", "http", 80)
        automaton(automata, "udp.json", "dns", 53)
    if "ssh" in options:
        automaton(automata, "tcp.json", "ssh", 22)
    if layout == "bn":
        (folder / "bn").mkdir()
        network(folder / "bn", options)
        (folder / "time_profile.json").write_text(json.dumps({
            "histogram": [100, 1000, 5000, 3000, 900], "metadata": {"creation_time": "now", "input_file": "own.csv"}}))
        return
    (folder / "patterns").mkdir()
    (folder / "patterns/patterns.json").write_text(json.dumps({
        "pattern_weights": [3, 1], "metadata": {"creation_time": "now", "input_file": "own"},
        "patterns": [pattern(80), pattern(22)]}))
    (folder / "profil.toml").write_text("".join(
        f'[[hosts]]\n    [[hosts.interfaces]]\n        name = "{n}"\n        ip = "10.1.0.{i}"\n'
        f"        provides = {p}\n        uses = {u}\n"
        for i, (n, p, u) in enumerate([("desk", [], [80, 22, 53]), ("rack", [80, 22], []), ("idle", [7], [])], 1)))


main()
