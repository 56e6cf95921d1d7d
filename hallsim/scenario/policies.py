"""Decisions that a scenario leaves to Python code: which, and by what function of which file.

In: parsed `policies`, such as `{counter.call: my_rules.py:call_vip_after_ten}`. Out: `Policy`s with the text of their
files, which enters the scenario's hash. The files are parsed here, to find the functions, but never executed:
that takes `--allow-code` (`hallsim.engines.reference_policies`).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

from hallsim.errors import ScenarioError, not_one_of
from hallsim.model import POLICY_POINTS, Policy, Station
from hallsim.scenario.tables import Reading
from hallsim.scenario.text import read_text
from hallsim.scenario.tree import Path, nearest

LARGEST_CODE = 1_000_000
DOOR = "entry"


def read_policies(given: Any, stations: Sequence[Station], ctx: Reading) -> tuple[Policy, ...]:
    """Return the policies of a scenario; without those that are complained about."""
    found = []
    for name, code in (given or {}).items():
        path: Path = ("policies", name)
        place = _decision(name, stations, path, ctx)
        file, sign, function = (code or "").rpartition(":")
        if code is None or place is None:
            continue
        if not sign or not file.strip() or not function.strip().isidentifier():
            ctx.add(path, f"needs a file and a function in it, such as my_rules.py:call_vip_first, not {code!r}")
            continue
        text = _text(path, file.strip(), ctx)
        if text is None or not _function_is_there(path, file.strip(), function.strip(), place[0], text, ctx):
            continue
        found.append(Policy(*place, name, file.strip(), function.strip(), text))
        what = f"is decided by Python code, {file.strip()}:{function.strip()}, which runs only with --allow-code"
        ctx.warn(path, f"{what} and --engine reference")
    return tuple(found)


def _decision(name: str, stations: Sequence[Station], path: Path, ctx: Reading) -> tuple[str, int] | None:
    """Return the decision point and the station of a name such as `counter.call`, None after a complaint."""
    place, _, point = name.rpartition(".")
    names = [s.name for s in stations]
    if place not in (DOOR, *names):
        known = [f"{DOOR}.route", *(f"{s}.{p}" for s in names for p in POLICY_POINTS)]
        ctx.add(path, not_one_of(name, "a decision", known))
        return None
    known = ["route"] if place == DOOR else _points_of(stations[names.index(place)])
    if point not in known:
        ctx.add(path, not_one_of(name, "a decision of this hall", [f"{place}.{p}" for p in known]))
        return None
    if place == DOOR:
        return point, -1
    station = stations[names.index(place)]
    for wrong, why in (
        (point == "call" and station.numbers is not None, "numbers stay in line when their holders leave"),
        (
            point == "join" and (station.numbers is not None or station.quotes is not None),
            "numbers or quotes decide it",
        ),
        (point == "close" and station.extra is not None and station.extra.closing != "own", "closing is not own"),
    ):
        if wrong:
            ctx.add(path, f"cannot be left to code where {why}")
            return None
    return point, names.index(place)


def _points_of(station: Station) -> list[str]:
    """Return the decisions that are taken at a station."""
    if station.delay:
        return ["route"]
    return [p for p in POLICY_POINTS if p not in ("open", "close") or station.extra is not None]


def _text(path: Path, name: str, ctx: Reading) -> str | None:
    """Return what a file holds, None after a complaint; it counts in the scenario's hash."""
    file = str(FilePath(nearest(ctx.root, path).file).parent / name)
    if file not in ctx.tables:
        try:
            ctx.tables[file] = read_text(file, LARGEST_CODE, "Python")
        except ScenarioError as problem:
            ctx.add(path, f"{name}: {problem.complaints[0].message}")
            return None
    return ctx.tables[file]


def _function_is_there(path: Path, file: str, function: str, point: str, text: str, ctx: Reading) -> bool:
    """Return whether a text defines a function that takes what the decision gives; complain if not."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as problem:
        line = getattr(problem, "lineno", None)
        ctx.add(path, f"{file} is not Python: {getattr(problem, 'msg', problem)}" + (f" (line {line})" if line else ""))
        return False
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if function not in functions:
        ctx.add(path, not_one_of(function, f"a function of {file}", functions))
        return False
    wanted, given = POLICY_POINTS[point], functions[function].args
    most, least = (
        len(given.posonlyargs) + len(given.args),
        len(given.posonlyargs) + len(given.args) - len(given.defaults),
    )
    if not least <= len(wanted) <= (most if given.vararg is None else len(wanted)):
        ctx.add(path, f"{function} of {file} takes {most} arguments; it is given {len(wanted)}: {', '.join(wanted)}")
        return False
    return True
