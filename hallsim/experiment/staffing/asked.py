"""Targets and limits as a planner types them -> `Target`s and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hallsim.errors import ScenarioError, UsageError
from hallsim.model import Target
from hallsim.scenario import Scenario

FORMS = "'90 % within 10 min', 'V: 95 % within 10 min', 'all at greeter: mean_wait at most 1 min'"
_TARGET = re.compile(r"(?:(?P<who>[^:]+?)(?:\s+at\s+(?P<station>[^\s:]+))?\s*:)?\s*(?P<text>[^:]+)")


def targets_asked(hall: Scenario, texts: Iterable[str]) -> tuple[Target, ...]:
    """Return targets as they would stand in a scenario, each read by the scenario's own rules.

    Raises
    ------
    UsageError
        If one cannot be read.
    """
    return tuple(target for text in texts for target in _read(hall, text))


def _read(hall: Scenario, text: str) -> tuple[Target, ...]:
    match = _TARGET.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"--target {text!r} is no target; write {FORMS}")
    said = match["text"].strip()
    measure, value = ("wait", said) if " within " in said else said.split(maxsplit=1) if " " in said else (said, "")
    promises = {measure: value} | ({"station": match["station"]} if match["station"] else {})
    try:
        return hall.change("targets", {match["who"] or "all": promises}).model.targets
    except ScenarioError as problem:
        why = "; ".join(complaint.message for complaint in problem.complaints)
        raise UsageError(f"--target {text!r}: {why}; write {FORMS}") from None


def limits_asked(texts: Iterable[str]) -> dict[str, int]:
    """Return the largest number of people by station, from texts such as `counter=6`.

    Raises
    ------
    UsageError
        If one cannot be read.
    """
    found = {}
    for text in texts:
        name, sign, number = text.partition("=")
        if not sign or not number.strip().isdecimal() or not 1 <= int(number) <= 10_000:
            raise UsageError(f"--at-most {text!r}: write a station and a number from 1 to 10000, as counter=6")
        found[name.strip()] = int(number)
    return found
