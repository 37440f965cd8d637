# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags made by the words of Documentation/tag.rst alone, by whoever knows a campaign's digest, if no secret was given."""

import hashlib
import pathlib
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "net"))
from siphash import siphash

def sign(f, digest):
    """A right mac for the tag of f, by Documentation/tag.rst."""
    key = hashlib.sha256(b"fosr tag key\0" + bytes.fromhex(digest)).digest()[:16]
    t = f.b[f.tag:f.tag + 28]
    message = bytes([t[2], t[3], f.proto, 4]) + bytes(t[4:20]) + bytes(4) + f.src + f.dst
    f.b[f.tag + 20:f.tag + 28] = struct.pack("!Q", siphash(key, message))
    f.fix()
