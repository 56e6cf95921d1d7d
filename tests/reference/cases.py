"""Read case files: one JSON object a line with id, family, params, semantics and quantities."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from tests.reference import call_rules, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16
from tests.reference.answer import Calculation
from tests.reference.plan import Case, Plan

Adapter = Callable[[Case], Plan] | Callable[[Case], Calculation]

FAMILIES: dict[str, Mapping[str, Adapter]] = {
    "F1": f1.ADAPTERS,
    "F2": f2.ADAPTERS,
    "F3": f3.ADAPTERS,
    "F4": f4.ADAPTERS | call_rules.ADAPTERS_F4,
    "F5": f5.ADAPTERS,
    "F6": f6.ADAPTERS,
    "F7": f7.ADAPTERS | call_rules.ADAPTERS_F7,
    "F8": f8.ADAPTERS,
    "F9": f9.ADAPTERS,
    "F10": f10.ADAPTERS,
    "F11": f11.ADAPTERS,
    "F12": f12.ADAPTERS,
    "F13": f13.ADAPTERS,
    "F14": f14.ADAPTERS,
    "F15": f15.ADAPTERS,
    "F16": f16.ADAPTERS,
}
"""Family -> text of the semantics -> adapter. A # in a text stands for a number that only restates a parameter."""


_NUMBER = r"(?:#|-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"

KEYS = ("id", "family", "params", "semantics", "quantities")


def read(path: Path, family: str = "", ids: Collection[str] = ()) -> list[Case]:
    """Read the cases of a file, all or those of a family (its first word) and of the given ids.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If a line is not a case; the message names the line.
    """
    cases = []
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                cases.append(_case(line, number))
    return [c for c in cases if (not family or family_of(c) == family) and (not ids or c["id"] in ids)]


def _case(line: str, number: int) -> Case:
    try:
        case = json.loads(line)
    except ValueError as problem:
        raise ValueError(f"line {number} is not JSON: {problem}") from problem
    missing = [key for key in KEYS if not isinstance(case, dict) or key not in case]
    if missing:
        raise ValueError(f"line {number} is not a case: it lacks {', '.join(missing)}")
    found: Case = case
    return found


def family_of(case: Case) -> str:
    """Return the first word of the family, such as "F5"."""
    words = str(case["family"]).split()
    return words[0] if words else ""


def adapter_of(case: Case) -> Adapter | None:
    """Return the adapter that knows the case's family and, but for white space and its #, these semantics, or None."""
    stated = " ".join(str(case["semantics"]).split())
    for text, adapter in FAMILIES.get(family_of(case), {}).items():
        if re.fullmatch(_NUMBER.join(re.escape(part) for part in text.split("#")), stated):
            return adapter
    return None
