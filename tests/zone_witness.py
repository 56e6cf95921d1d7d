"""How many people a log shows in each zone: counted from its rows, one by one."""

from __future__ import annotations

from collections import defaultdict

from hallsim import compiled as c
from hallsim.compiled import Log
from hallsim.model import Model

_LINE, _STEP_SHIFT = 0xFFFF, 16


def stays(model: Model, log: Log) -> list[tuple[int, int, int]]:
    """Return (zone, from, to) for every stay in a zone."""
    lines = [station for station in model.stations for _ in station.lines]
    noted: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for customer, step, what, value in log.notes.tolist():
        noted[customer, step][what] = value
    found = []
    for row in log.rows.tolist():
        if row[c.ROW_WHAT] & _LINE == c.NO_LINE:
            continue
        station = lines[row[c.ROW_WHAT] & _LINE]
        notes = noted[row[c.ROW_CUSTOMER], (row[c.ROW_WHAT] >> _STEP_SHIFT) & 0xFFFF]
        begin, end = row[c.ROW_JOIN] + notes.get(c.NOTE_OUTSIDE, 0), row[c.ROW_END]
        if station.waits_in_zone and row[c.ROW_CALL] >= 0:
            end = notes.get(c.NOTE_FIRST_CALL, row[c.ROW_CALL])
        if station.zone >= 0 and end > begin:
            found.append((station.zone, begin, end))
    return found


def overfull(model: Model, log: Log) -> list[str]:
    """Return where a log has more people in a zone than there are places, or people left at the end."""
    changes: dict[int, list[int]] = defaultdict(lambda: [0] * len(model.zones))
    for zone, begin, end in stays(model, log):
        changes[begin][zone] += 1
        changes[end][zone] -= 1
    found, there = [], [0] * len(model.zones)
    for t in sorted(changes):
        there = [n + change for n, change in zip(there, changes[t], strict=True)]
        inside = list(there)
        for number, zone in enumerate(model.zones):
            if zone.overflow >= 0:
                inside[zone.overflow] += max(0, there[number] - zone.places)
                inside[number] = min(there[number], zone.places)
        for zone, n in zip(model.zones, inside, strict=True):
            if not 0 <= n <= zone.places:
                found.append(f"{n} people in {zone.name} at {t}, which has {zone.places} places")
    return found + (["somebody is in a zone at the end"] if any(there) else [])


def counts(model: Model, log: Log) -> list[list[tuple[int, int, int]]]:
    """Return for each zone the stretches (from, to, people inside) of the opening hours."""
    changes: dict[int, list[int]] = defaultdict(lambda: [0] * len(model.zones))
    start = model.open + model.warm_up
    for t in (start, model.close):
        changes[t] = [0] * len(model.zones)
    for zone, begin, end in stays(model, log):
        if max(begin, start) < min(end, model.close):
            changes[max(begin, start)][zone] += 1
            changes[min(end, model.close)][zone] -= 1
    found: list[list[tuple[int, int, int]]] = [[] for _ in model.zones]
    there, since = [0] * len(model.zones), start
    for t in sorted(changes):
        for number, zone in enumerate(model.zones):
            others = (there[i] - z.places for i, z in enumerate(model.zones) if z.overflow == number)
            inside = min(there[number], zone.places) + sum(max(0, n) for n in others)
            if t > since:
                found[number].append((since, t, inside))
        there = [n + change for n, change in zip(there, changes[t], strict=True)]
        since = t
    return found
