"""Inputs that are not known exactly: the parsed `uncertain` -> which entries vary, and by what factors.

In: entries such as `stations.counter.time: ± 5 %`. Out: `Uncertain`s, and changes of the tree that scale the entries.
A factor multiplies every quantity at its path: numbers, times, rates and percentages, also inside a law or a list;
words such as `rest` and numbers without a unit inside a law (its cv) stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hallsim.errors import did_you_mean
from hallsim.model import Uncertain
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Node, Path, nearest, patch, path_text, split_path
from hallsim.units import UNITS_US, plain

KEY = "uncertain"
FORMS = "'± 5 %' (19 times of 20 within that) or '-5 % to 10 %' (anywhere between)"
MOST = 0.5
"""Half-width, and fall, of a factor that is still believed."""
MOST_RISE = 4.0

_NUMBER = r"\d+(?:\.\d+)?"
_ABOUT = re.compile(rf"(?:±|\+/-|\+-)\s*({_NUMBER})\s*%")
_BETWEEN = re.compile(rf"([+-]?\s*{_NUMBER})\s*%\s*(?:to|至)\s*([+-]?\s*{_NUMBER})\s*%")
_QUANTITY = re.compile(rf"(?<![\w.:]){_NUMBER}(?=\s*(?:%|/\s*[a-z]+|(?:{'|'.join(UNITS_US)})\b))")
_LAWS_WORDS = ("rest", "never", "none")


def read_uncertain(given: dict[str, str | None] | None, root: Node, ctx: Reading) -> tuple[Uncertain, ...]:
    """Return the uncertain entries of a scenario; without those that are complained about."""
    found: list[Uncertain] = []
    for written, text in (given or {}).items():
        where: Path = (KEY, written)
        factors = None if text is None else _factors(text, where, ctx)
        steps = steps_of(written, root, where, ctx)
        if factors is None or steps is None:
            continue
        entry = Uncertain(path_text(steps), *factors)
        if _clashes(entry, found, where, ctx):
            continue
        try:
            scaled(root, entry, 1.0)
        except ValueError as problem:
            ctx.add(where, str(problem))
            continue
        found.append(entry)
    return tuple(found)


def scaled(root: Node, entry: Uncertain, factor: float) -> Node:
    """Return the tree with an entry's quantities multiplied.

    Raises
    ------
    ValueError
        If there is no quantity.
    """
    steps = split_path(entry.path)
    n = 0

    def count() -> None:
        nonlocal n
        n += 1

    node = _times(nearest(root, steps), factor, count)
    if not n:
        raise ValueError(f"{entry.path} has no quantity that a factor could change")
    return patch(root, steps, node, frozenset())


def _times(node: Node, factor: float, count: Callable[[], None]) -> Node:
    value = node.value
    if isinstance(value, dict):
        return Node({key: _times(child, factor, count) for key, child in value.items()}, node.file, node.line)
    if isinstance(value, list):
        return Node([_times(child, factor, count) for child in value], node.file, node.line)
    if isinstance(value, bool) or value is None:
        return node
    if isinstance(value, (int, float)):
        count()
        return Node(float(f"{value * factor:.12g}"), node.file, node.line)
    text = plain(value)
    if text in _LAWS_WORDS:
        return node
    if re.fullmatch(_NUMBER, text):
        count()
        return Node(f"{float(text) * factor:.12g}", node.file, node.line)

    def times(match: re.Match[str]) -> str:
        count()
        # plain decimals: a unit follows, and exponents have no place in a law
        return f"{float(match[0]) * factor:.12f}".rstrip("0").rstrip(".")

    return Node(_QUANTITY.sub(times, text), node.file, node.line)


def _factors(text: str, where: Path, ctx: Reading) -> tuple[float, float, str] | None:
    """Return the ends of a factor and its law, None after a complaint."""
    written = plain(text)
    if match := _ABOUT.fullmatch(written):
        half = float(match[1]) / 100.0
        low, high, law = 1.0 - half, 1.0 + half, "normal"
    elif match := _BETWEEN.fullmatch(written):
        low, high = (1.0 + float(end.replace(" ", "")) / 100.0 for end in match.groups())
        law = "uniform"
    else:
        ctx.add(where, f"{text!r} is no uncertainty; write it as {FORMS}")
        return None
    if not (1.0 - MOST <= low < high <= (1.0 + MOST if law == "normal" else 1.0 + MOST_RISE)):
        limits = "above 0 and at most 50 %" if law == "normal" else "-50 % to 400 %, the lower end first"
        ctx.add(where, f"{text!r} is not a believable uncertainty; allowed is {limits}")
        return None
    return low, high, law


def steps_of(written: str, root: Node, where: Path, ctx: Reading) -> Path | None:
    """Return the path of an entry that exists, None after a complaint."""
    try:
        steps = split_path(written)
    except ValueError as problem:
        ctx.add(where, str(problem))
        return None
    node = root
    for i, step in enumerate(steps):
        value = node.value
        if isinstance(value, dict) and step in value:
            node = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            node = value[step]
        else:
            known = [str(key) for key in value] if isinstance(value, dict) else []
            hint = f"; known: {', '.join(known[:12])}{did_you_mean(str(step), known)}" if known else ""
            ctx.add(where, f"{path_text(steps[: i + 1])} is not in the scenario{hint}")
            return None
    if steps[0] in (KEY, "targets", "format", "extends"):
        ctx.add(where, f"{steps[0]} is no input of the hall; name arrivals, stations, segments ...")
        return None
    return steps


def _clashes(entry: Uncertain, others: list[Uncertain], where: Path, ctx: Reading) -> bool:
    """Complain of an entry inside another one: it would be scaled twice."""
    steps = split_path(entry.path)
    for other in others:
        theirs = split_path(other.path)
        n = min(len(steps), len(theirs))
        if steps[:n] == theirs[:n]:
            ctx.add(where, f"{entry.path} and {other.path} are one inside the other; name each entry once")
            return True
    return False
