#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes an initramfs for a test in a virtual machine: busybox, the programs that the tests call with their libraries,
modules of the kernel, the build, the tests. Everything that runs there is this machine's but the kernel.

    image.py KERNEL BUILD OUT    KERNEL: a folder of tools/vm-kernel; BUILD: the build to try; OUT: the initramfs
"""
import gzip
import lzma
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
# In the order in which they are wanted; what they depend on comes by itself.
MODULES = ["virtio_pci", "virtio_net", "veth", "bridge", "tun", "cls_bpf", "sch_ingress", "sch_tbf", "sch_netem", "8021q"]
PROGRAMS = ["bash", "sh", "ip", "tc", "bridge", "nsenter", "unshare", "setpriv", "ethtool", "bpftool", "sysctl", "python3", "stat",
            "mktemp", "timeout", "tcpdump", "grep", "sed", "find", "ls", "cat", "date", "seq", "env", "sleep", "rm", "cp", "mv",
            "mkdir", "tail", "head", "tr", "wc", "sort", "uniq", "cmp", "awk", "mount", "id", "nproc", "dirname", "basename",
            "chmod", "chown", "touch", "kill", "ps", "taskset", "tee", "cut", "paste", "true", "false", "umount"]
# Of Python's library, what no test needs.
UNWANTED = {"test", "idlelib", "tkinter", "lib2to3", "ensurepip", "turtledemo", "__pycache__", "pydoc_data", "dist-packages",
            "config-3.11-x86_64-linux-gnu"}


class Cpio:
    """The "newc" format that the kernel's Documentation/driver-api/early-userspace/buffer-format.rst describes."""

    def __init__(self, path):
        self.out = gzip.open(path, "wb", compresslevel=1)
        self.made = set()
        self.inode = 0

    def put(self, name, mode, data=b""):
        self.inode += 1
        name = name.lstrip("/").encode() + b"\0"
        head = "070701" + "".join(f"{n:08x}" for n in (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0))
        for part in (head.encode() + name, data):
            self.out.write(part + b"\0" * (-len(part) % 4))

    def folder(self, name):
        name = name.strip("/")
        if name and name not in self.made:
            self.folder(os.path.dirname(name))
            self.made.add(name)
            self.put(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        if name.strip("/") in self.made:
            return
        self.folder(os.path.dirname(name))
        self.made.add(name.strip("/"))
        self.put(name, stat.S_IFREG | mode, data)

    def link(self, name, to):
        self.folder(os.path.dirname(name))
        self.put(name, stat.S_IFLNK | 0o777, to.encode())

    def close(self):
        self.put("TRAILER!!!", 0)
        self.out.close()


def module_data(path):
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def put_modules(cpio, kernel):
    """With a list of them, each behind what it depends on."""
    found = {re.sub(r"\.ko(\.xz)?$", "", p.name).replace("-", "_"): p for p in kernel.glob("lib/modules/**/*.ko*")}
    order = []

    def want(name):
        name = name.replace("-", "_")
        if name in order or name not in found:
            return  # built in, or not there: a test finds out
        data = module_data(found[name])
        depends = re.search(rb"\0depends=([^\0]*)\0", data)
        for other in filter(None, depends.group(1).decode().split(",") if depends else []):
            want(other)
        order.append(name)
        cpio.file(f"/modules/{name}.ko", data)

    for name in MODULES:
        want(name)
    cpio.file("/modules/order", "".join(f"{n}\n" for n in order).encode())


def put_program(cpio, path, name=None):
    """With its libraries, where the loader looks for them."""
    cpio.file(name or str(path), pathlib.Path(path).read_bytes(), 0o755)
    for lib in re.findall(r"(?:=> |^\s)(/\S+) \(", subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                                                 text=True).stdout, re.M):
        cpio.file(lib, pathlib.Path(lib).read_bytes(), 0o755)


def put_tree(cpio, top, to, wanted=lambda path: True):
    for path in sorted(top.rglob("*")):
        if path.is_file() and wanted(path):
            cpio.file(f"{to}/{path.relative_to(top)}", path.read_bytes(), 0o755 if os.access(path, os.X_OK) else 0o644)


def put_python(cpio):
    """Debian's, whatever is first in PATH."""
    python = pathlib.Path("/usr/bin/python3").resolve()
    put_program(cpio, python, "/usr/bin/python3")
    library = pathlib.Path("/usr/lib") / python.name
    put_tree(cpio, library, str(library), lambda p: not UNWANTED & set(p.relative_to(library).parts))
    for module in (library / "lib-dynload").glob("*.so"):
        put_program(cpio, module)


def put_build(cpio, build):
    put_program(cpio, build / "fosr-xdp", "/work/build/fosr-xdp")
    for test in sorted((build / "selftests").glob("*/*")):
        if test.parent.name in ("bpf", "net") and test.is_file() and test.suffix != ".d":
            put_program(cpio, test, f"/work/build/selftests/{test.parent.name}/{test.name}")
    for dispatcher in pathlib.Path("/usr/lib").glob("*/bpf/xdp-dispatcher.o"):  # libxdp opens it
        cpio.file(str(dispatcher), dispatcher.read_bytes())
    put_tree(cpio, build / "bpf", "/work/build/bpf", lambda p: p.suffix == ".o")
    for folder in ("selftests/net", "selftests/vm", "selftests/bpf", "profiles", "tools"):
        put_tree(cpio, ROOT / folder, f"/work/{folder}", lambda p: "__pycache__" not in p.parts)


def main():
    kernel, build, out = map(pathlib.Path, sys.argv[1:])
    cpio = Cpio(out)
    for folder in ("/proc", "/sys", "/dev", "/run/netns", "/tmp", "/root"):
        cpio.folder(folder)
    put_program(cpio, "/bin/busybox")
    for program in PROGRAMS:
        path = shutil.which(program, path="/usr/bin:/bin:/usr/sbin:/sbin")
        if path and program != "python3":
            put_program(cpio, path, f"/usr/bin/{program}")
    put_python(cpio)
    put_modules(cpio, kernel)
    put_build(cpio, build)
    cpio.link("/bin/sh", "/usr/bin/bash")
    cpio.link("/bin/bash", "/usr/bin/bash")
    # tcpdump becomes a user of that name.
    cpio.file("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\ntcpdump:x:100:100::/:/bin/false\n")
    cpio.file("/etc/group", b"root:x:0:\ntcpdump:x:100:\n")
    cpio.file("/etc/protocols", b"ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\n")
    cpio.file("/init", (ROOT / "selftests/vm/init").read_bytes(), 0o755)
    cpio.close()


main()
