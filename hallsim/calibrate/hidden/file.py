"""A fit file -> what is sought in which hall, and what it has to meet.

In: the path of a YAML file. Out: `Request`. Paths in it are relative to it. What is wrong is complained about at once,
with file and line, as for scenarios; both ends of every parameter's range are tried in the scenario.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hallsim.calibrate.hidden.parameters import Parameter, with_values
from hallsim.calibrate.hidden.targets import Target, target_of
from hallsim.errors import ScenarioError, UsageError
from hallsim.scenario import Scenario, load
from hallsim.scenario.kinds import Choice, Key, ListOf, NameMap, Number, Record, Text, Whole
from hallsim.scenario.labels import LABEL
from hallsim.scenario.names import label_of
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import nearest, plain_data
from hallsim.scenario.uncertain import steps_of
from hallsim.scenario.whole import read_whole

FORMAT = 1
METHODS = ("moments", "bayes")
MOST_DAYS, MOST_DRAWS, MOST_SEED = 100_000, 1_000_000, 2**63 - 1
USUAL = {
    "log": ("mean wait by station and hour", "abandonment by station", "joined by station"),
    "counts": ("joined by hour", "served by hour", "line by hour"),
}
"""Targets that are met where a file names none."""

HIDDEN = Record(
    "a hidden parameter",
    (
        Key("path", Text(), "entry of the scenario that takes the value", unless="scale", example="entry.kiosk"),
        Key("scale", Text(), "entry whose quantities are multiplied by the value", example="stations.counter.time"),
        Key("from", Number(), "least value", required=True, example="0.7"),
        Key("to", Number(), "greatest value", required=True, example="1.5"),
        Key("as", Text(), "how a value is written at its path, with {} for it", example="'{} %'"),
        Key("label", LABEL, "its name for readers", "its key", example="{en: workload, zh: 工作量系数}"),
    ),
)
FIT = Record(
    "a fit file",
    (
        Key("format", Whole(FORMAT, FORMAT), "version of this language", required=True, example="1"),
        Key("scenario", Text(), "the hall, with all that is known", required=True, example="hall.yaml"),
        Key("log", ListOf(Text(), "files"), "files of the hall's log", unless="counts", example="[march.csv]"),
        Key("mapping", Text(), "how raw files of the log are read: a shipped mapping, or a file"),
        Key("counts", ListOf(Text(), "files"), "half-hour summaries or snapshots of displays, instead of a log"),
        Key("fit", Text(), "days to fit on, as 2024-03 or 2024-03-05..2024-03-20", "all"),
        Key("hidden", NameMap("parameter", HIDDEN), "what is sought", required=True),
        Key("targets", ListOf(Text(), "targets"), "what is met", "waits by hour, abandonment, customers by station"),
        Key("method", Choice("a method", METHODS), "simulated moments, or approximately by Bayes", "moments"),
        Key("draws", Whole(200, MOST_DRAWS), "values drawn by Bayes, each with as many days as were seen", "1000"),
        Key("days", Whole(20, MOST_DAYS), "days simulated for each trial", "200"),
        Key("seed", Whole(0, MOST_SEED), "seed of all random numbers", "1"),
    ),
)


@dataclass(frozen=True, eq=False)
class Request:
    """What a fit file asks for; one of `log` and `counts` is empty."""

    base: Scenario
    parameters: tuple[Parameter, ...]
    targets: tuple[Target, ...]
    log: tuple[Path, ...]
    mapping: str
    counts: tuple[Path, ...]
    fit: str
    days: int
    seed: int
    method: str = METHODS[0]
    draws: int = 1000


def read_request(source: str | os.PathLike[str]) -> Request:
    """Read a fit file.

    Raises
    ------
    ScenarioError
        With every complaint, if anything is wrong.
    """
    file = os.fspath(source)

    def built(ctx: Reading) -> Request | None:
        return _built(FIT.read(plain_data(ctx.root), (), ctx) or {}, Path(file).parent, ctx)

    return read_whole(file, "fit file", built, "scenario: and hidden:")


def _built(data: dict[str, Any], folder: Path, ctx: Reading) -> Request | None:
    base = _base(data, folder, ctx)
    parameters = [p for name, entry in (data.get("hidden") or {}).items() if entry and (p := _one(name, entry, ctx))]
    if "log" in data and "counts" in data:
        ctx.add(("counts",), "is given beside a log; a fit meets one of them")
    targets = _targets(data, "counts" if "counts" in data else "log", ctx)
    if ctx.errors or base is None or not _possible(base, parameters, ctx):
        return None
    mapping = data.get("mapping") or ""
    if Path(mapping).suffix.lower() in (".yaml", ".yml"):
        mapping = str(folder / mapping)
    return Request(
        base=base,
        parameters=tuple(parameters),
        targets=tuple(targets),
        log=tuple(folder / name for name in data.get("log") or ()),
        mapping=mapping,
        counts=tuple(folder / name for name in data.get("counts") or ()),
        fit=data.get("fit") or "",
        days=data.get("days") or 200,
        seed=data.get("seed", 1),
        method=data.get("method") or METHODS[0],
        draws=data.get("draws") or 1000,
    )


def _base(data: dict[str, Any], folder: Path, ctx: Reading) -> Scenario | None:
    if not data.get("scenario"):
        return None
    try:
        return load(folder / data["scenario"])
    except ScenarioError as problem:
        for c in problem.complaints:
            if c.line or c.path:
                ctx.add_at(c.file, c.line, f"{c.path}: {c.message}" if c.path else c.message)
            else:
                ctx.add(("scenario",), f"{data['scenario']}: {c.message}")
        return None


def _one(name: str, data: dict[str, Any], ctx: Reading) -> Parameter | None:
    """Return a parameter, None after a complaint."""
    at = ("hidden", name)
    entry = nearest(ctx.root, at)
    low, high, template = data.get("from"), data.get("to"), data.get("as") or ""
    if "path" in data and "scale" in data:
        ctx.add(at, "has a path and a scale; it is one of them")
    if template and "scale" in data:
        ctx.add((*at, "as"), "is for a path; a scale multiplies what stands there")
    if template and "{}" not in template:
        ctx.add((*at, "as"), f"{template!r} has no {{}}, the place of the number, as in '{{}} %'")
    if low is None or high is None:
        return None
    if not low < high:
        ctx.add((*at, "to"), f"the range from {low:g} to {high:g} holds nothing")
        return None
    if "scale" in data and low <= 0.0:
        ctx.add((*at, "from"), f"{low:g} is no factor; the least is above 0")
        return None
    path = data.get("path") or data.get("scale") or ""
    label = label_of(name, data.get("label"))
    return Parameter(name, label, path, low, high, template, "scale" in data, entry.file, entry.line)


def _targets(data: dict[str, Any], kind: str, ctx: Reading) -> list[Target]:
    found = []
    for i, text in enumerate(data.get("targets") or USUAL[kind]):
        try:
            found.append(target_of(text))
        except UsageError as problem:
            ctx.add(("targets", i), str(problem))
    return found


def _possible(base: Scenario, parameters: list[Parameter], ctx: Reading) -> bool:
    """Complain of paths that lead nowhere, and of ends that the scenario cannot take."""
    for one in parameters:
        at = ("hidden", one.name, "scale" if one.scales else "path")
        if one.scales and steps_of(one.path, base.tree, at, ctx) is None:
            continue
        for value in (one.low, one.high):
            try:
                with_values(base, [one], [value])
            except UsageError as problem:
                ctx.add(at, str(problem).partition(f"{one.path}: ")[2] or str(problem))
            except ValueError as problem:
                ctx.add(at, str(problem))
            except ScenarioError as problem:
                for c in problem.complaints:
                    ctx.add(("hidden", one.name), f"at {value:g}: {c.path}: {c.message}")
    return not ctx.errors
