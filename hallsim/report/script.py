"""plotly's script as the page carries it: gzip-compressed and in base64, a third of its size.

Compressing takes half a second, so the result is kept in hallsim's cache folder, named by the script's content.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
from importlib import resources

from hallsim.files import atomic_write
from hallsim.jit import cache_root


def packed(data: bytes) -> str:
    """Return bytes gzip-compressed and in base64; the same bytes always give the same text.

    >>> gzip.decompress(base64.b64decode(packed(b"abc")))
    b'abc'
    """
    return base64.b64encode(gzip.compress(data, compresslevel=9, mtime=0)).decode("ascii")


def plotly_script() -> str:
    """Return plotly.js, packed."""
    source = resources.files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    kept = cache_root() / "scripts" / f"plotly-{hashlib.sha256(source).hexdigest()[:16]}.txt"
    with contextlib.suppress(OSError, UnicodeDecodeError, ValueError):
        found = kept.read_text(encoding="ascii")
        # whatever has happened to the file, the page must not carry anything but plotly
        if gzip.decompress(base64.b64decode(found, validate=True)) == source:
            return found
    made = packed(source)
    with contextlib.suppress(OSError):  # a cache that cannot be written only costs time
        kept.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(kept, "w", encoding="ascii") as file:
            file.write(made)
    return made
