"""Tables of laws, kept on disk beside the kernels of the same sources.

Making one takes scipy's special functions, which load in 0.2 s: a sixth of a warm start of a hall that needs a single
one. Entries are rounded (`score_table`), so that they do not depend on the version of scipy that made them.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

import numpy as np

from hallsim import jit
from hallsim.files import atomic_write

Table = tuple[float, ...]
MOST_FILES = 64
"""A few kilobytes each; studies that try many laws make the others anew in each process."""


def kept(make: Callable[..., Table]) -> Callable[..., Table]:
    """Remember the tables that a function makes of numbers and tuples of numbers, in memory and on disk."""

    @lru_cache(maxsize=256)
    @wraps(make)
    def table(*parameters: Any) -> Table:
        if not jit.CACHE:
            return make(*parameters)
        law = make.__module__.rpartition(".")[2]
        path = Path(jit.CACHE) / f"{law}-{hashlib.sha256(repr(parameters).encode()).hexdigest()[:16]}.npy"
        with contextlib.suppress(OSError, ValueError, EOFError):  # not there, or damaged
            return tuple(np.load(path, allow_pickle=False).tolist())
        made = make(*parameters)
        with contextlib.suppress(OSError):  # a cache that cannot be written only costs time
            if sum(1 for _ in path.parent.glob("*.npy")) < MOST_FILES:
                with atomic_write(path) as file:
                    np.save(file, np.array(made))
        return made

    return table
