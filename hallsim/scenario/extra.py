"""Extra counters: when they open and close.

In: parsed `extra` of a station. Out: `ExtraCounters` of the model, and the servers that they are.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hallsim.model import ExtraCounters, Server, Term
from hallsim.scenario.conditions import read_condition
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
    opens, closes = (_numbers(extra, key, path, ctx) for key in ("open_at", "close_at"))
    if not opens or not closes:
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
    if "every" in extra and "closing" in extra:
        ctx.add((*path, "closing"), "counters that are looked at from time to time do not close by services")
    names, available = _staff(name, extra.get("staff"), len(opens), path, ctx)
    counters = tuple(Server(label, ()) for label in names)
    return ExtraCounters(
        tuple(opens),
        tuple(closes),
        extra.get("closing") or "own",
        extra.get("set_up"),
        extra.get("by") or "waiting",
        extra.get("every") or 0,
        available,
        extra.get("back"),
    ), counters


def read_opening(given: dict[str, Any], path: Path, stations: list[str], ctx: Reading) -> tuple[Term, ...]:
    """Return the condition while which the extra counters of a station open, empty where they have none."""
    text = (given.get("extra") or {}).get("when")
    if not text:
        return ()
    here: Path = (*path, "extra", "when")
    try:
        terms = read_condition(text, stations)
    except ValueError as problem:
        ctx.add(here, str(problem))
        return ()
    if any(term.what == "quoted_wait" for term in terms):
        ctx.add(here, "a quote is told to a customer; counters can go by: estimated_wait instead")
    return terms


def _numbers(extra: dict[str, Any], key: str, path: Path, ctx: Reading) -> list[int] | None:
    """Return the numbers of people, or the microseconds, at which counters open or close; None after a complaint."""
    given = extra.get(key)
    if not given or None in given:
        return None
    timed = (extra.get("by") or "waiting") != "waiting"
    for i, (_, is_time) in enumerate(given):
        if is_time != timed:
            text = f"goes by {extra['by']}: write a duration such as 10 min" if timed else "goes by how many wait"
            ctx.add((*path, key, i), text if timed else f"{text}: write a number such as 8, or say by: longest_wait")
            return None
    return [value for value, _ in given]


def _staff(
    station: str, given: list[Any] | None, n: int, path: Path, ctx: Reading
) -> tuple[list[str], tuple[tuple[tuple[int, int], ...], ...]]:
    """Return the names of the extra counters, and when each can be called."""
    if given is None:
        return [f"{station} extra {i + 1}" for i in range(n)], ()
    people = [person for person in given if person is not None]
    names = [str(person.get("name")) for person in people]
    if len(people) != n:
        ctx.add((*path, "staff"), f"{len(people)} people for {n} counters; name one for each")
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        ctx.add((*path, "staff"), f"two servers are called {name!r}")
    shifts = [sorted(s for s in person.get("shifts") or [] if s is not None) for person in people]
    return names, tuple(tuple(spans) for spans in shifts)
