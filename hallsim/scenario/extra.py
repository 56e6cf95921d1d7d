"""Extra counters: when they open and close.

In: parsed `extra` of a station. Out: `ExtraCounters` of the model, and the servers that they are.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hallsim.model import ExtraCounters, Server
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path


def read_extra(
    name: str, given: dict[str, Any], mode: str, ctx: Reading
) -> tuple[ExtraCounters | None, tuple[Server, ...]]:
    """Return how the extra counters of a station open, and themselves; None where there are none."""
    extra = given.get("extra")
    if not extra:
        return None, ()
    path: Path = ("stations", name, "extra")
    for other in ("pools", "breakdowns"):
        if other in given:
            ctx.add(path, f"extra counters cannot stand beside {other}")
    if mode != "named":
        ctx.add(path, f"extra counters cannot stand beside servers whose shifts end {mode}; leave shift_end out")
    opens, closes = extra.get("open_at"), extra.get("close_at")
    if not opens or not closes or None in opens or None in closes:
        return None, ()
    if len(opens) != len(closes):
        ctx.add((*path, "close_at"), f"{len(opens)} counters open but {len(closes)} close; give a number for each")
        return None, ()
    for key, numbers in (("open_at", opens), ("close_at", closes)):
        for before, after in pairwise(numbers):
            if after < before:
                ctx.add((*path, key), f"{after} comes after {before}; the next counter opens at no fewer")
    for i, (n, m) in enumerate(zip(opens, closes, strict=True)):
        if m >= n:
            ctx.add((*path, "close_at", i), f"closes at {m} but opens at {n}; it would close as soon as it opens")
    counters = tuple(Server(f"{name} extra {i + 1}", ()) for i in range(len(opens)))
    return ExtraCounters(tuple(opens), tuple(closes), extra.get("closing") or "own", extra.get("set_up")), counters
