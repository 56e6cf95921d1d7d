"""Replays: the parsed `replay` -> the model that re-enacts a log, with the targets and labels of the scenario.

In: the parsed scenario without what a log replaces. Out: a `hallsim.replay.Replay`. The log is a table of visits beside
the scenario; the digest of its bytes enters the scenario's hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from hallsim.errors import LogError, UsageError, did_you_mean
from hallsim.model import Label, Model
from hallsim.scenario.customers import Customers
from hallsim.scenario.names import CHINESE, label_of, role_of
from hallsim.scenario.replay_keys import REPLACED_BY_A_LOG
from hallsim.scenario.tables import Reading
from hallsim.scenario.targets import read_targets
from hallsim.scenario.text import nearest_file
from hallsim.scenario.tree import Path, nearest
from hallsim.units import show

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.replay import Replay, Settings

MOST_NAMES_SHOWN = 12


def without_replaced(raw: dict[str, Any], ctx: Reading) -> dict[str, Any]:
    """Complain about keys that have no place beside a log, and return the others."""
    for key in REPLACED_BY_A_LOG:
        if key in raw:
            ctx.add((key,), "has no place beside replay, which takes it from the log; remove one of them")
    return {key: value for key, value in raw.items() if key not in REPLACED_BY_A_LOG}


def read_replay(data: dict[str, Any], name: str, ctx: Reading) -> Replay | None:
    """Build the replay of a scenario; None after a complaint."""
    given = data.get("replay")
    if not given or given.get("log") is None:
        return None
    visits = read_log(("replay", "log"), given["log"], ctx)
    if visits is None:
        return None
    from hallsim import replay

    settings = _settings(given)
    if given.get("days") and not _days_known(replay.dates_of(visits), given["days"], ctx):
        return None
    labels = {key: label_of(key, label) for key, label in (given.get("labels") or {}).items() if label is not None}
    try:
        found = replay.build(
            visits,
            settings,
            name=name,
            resolution=data.get("resolution") or 1,
            label_of=lambda text: _label(text, labels),
            role_of=_role,
        )
    except replay.SettingError as problem:
        ctx.add(("replay", problem.key), str(problem))
        return None
    except LogError as problem:
        ctx.add(("replay", "log"), f"{given['log']}: {problem}")
        return None
    _labels_used(labels, found.model, ctx)
    targets = _targets(data.get("targets"), found.model, ctx)
    n = found.left_out.get(replay.GAVE_UP, 0)
    if n and targets:
        ctx.warn(
            ("targets",),
            f"the log has {n} tickets given up or not answered that lines: counter leaves out: service levels and "
            "abandonment are better than they were; lines: station has everybody",
        )
    return replace(found, model=replace(found.model, targets=targets))


def read_log(path: Path, name: object, ctx: Reading) -> pd.DataFrame | None:
    """Read the table of visits that the value at `path` names; complain and return None if that fails."""
    from hallsim.visits import load

    if not isinstance(name, str):
        ctx.add(path, f"needs the name of a table of visits, not {show(name)}")
        return None
    place = FilePath(nearest(ctx.root, path).file).parent / name
    if not place.is_file():
        what = "is a folder, not a table of visits" if place.is_dir() else f"no such file{nearest_file(place)}"
        ctx.add(path, f"{name}: {what}")
        return None
    try:
        visits = load(place)
        with place.open("rb") as stream:
            ctx.tables[str(place)] = hashlib.file_digest(stream, "sha256").hexdigest()
    except (LogError, UsageError) as problem:
        text = str(problem).removeprefix(str(place)).lstrip(": ")
        hint = "; `hallsim import-log` writes one" if isinstance(problem, LogError) else ""
        ctx.add(path, f"{name}: {text}{hint}")
        return None
    except OSError as problem:
        ctx.add(path, f"{name}: cannot be read: {problem.strerror or problem}")
        return None
    return visits


def _settings(given: dict[str, Any]) -> Settings:
    from hallsim.replay import Settings

    known = {
        key: given[key] for key in ("order", "lines", "longest_service", "turn_around") if given.get(key) is not None
    }
    priority, days = (tuple(x for x in given.get(key) or () if x is not None) for key in ("priority", "days"))
    return replace(Settings(), **known, priority=priority, days=days)


def _days_known(dates: list[str], days: list[str | None], ctx: Reading) -> bool:
    sound = True
    for i, day in enumerate(days):
        if day is not None and day not in dates:
            has = f"it has {len(dates)}, {dates[0]} to {dates[-1]}" if dates else "its days have no dates"
            ctx.add(("replay", "days", i), f"{day} is not a day of the log; {has}{did_you_mean(day, dates)}")
            sound = False
    return sound


def _label(text: str, labels: dict[str, Label]) -> Label:
    """Return the label given to a name, else what the language calls it, else the name on one line."""
    from hallsim.replay import plain_label

    if text in labels:
        return labels[text]
    return label_of(text) if text in CHINESE else plain_label(text)


def _role(station: str) -> str:
    """Return the role of a station of a log: counter, unless its name says kiosk or greeter."""
    role = role_of(station)
    return role if role in ("kiosk", "greeter") else "counter"


def _labels_used(labels: Iterable[str], model: Model, ctx: Reading) -> None:
    parts = (model.stations, model.ticket_classes, model.segments, model.transactions)
    known = list(dict.fromkeys(part.name for group in parts for part in group))
    for name in labels:
        if name not in known:
            some = ", ".join(known[:MOST_NAMES_SHOWN]) + (", ..." if len(known) > MOST_NAMES_SHOWN else "")
            ctx.add(
                ("replay", "labels", name),
                f"nothing in the log has this name; known: {some}{did_you_mean(name, known)}",
            )


def _targets(given: dict[str, Any] | None, model: Model, ctx: Reading) -> Any:
    line_of_type = [model.entry[i][0].destination for i in range(len(model.types))]
    class_of = tuple(
        model.stations[station].lines[model.stations[station].line_of_type[i]].ticket_class
        for i, station in enumerate(line_of_type)
    )
    customers = Customers(
        ctx, model.segments, model.transactions, {}, types=model.types, classes=model.ticket_classes, class_of=class_of
    )
    return read_targets(given, customers, model.stations, set(), whole_hall=True)
