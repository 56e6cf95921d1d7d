"""Read case files: one JSON object a line with id, family, params, semantics and quantities."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path

from tests.reference import f1, f2, f3, f4, f5, f6
from tests.reference.plan import Case, Plan

Adapter = Callable[[Case], Plan]

FAMILIES: dict[str, dict[str, Adapter]] = {
    "F1": f1.ADAPTERS,
    "F2": f2.ADAPTERS,
    "F3": f3.ADAPTERS,
    "F4": f4.ADAPTERS,
    "F5": f5.ADAPTERS,
    "F6": f6.ADAPTERS,
}
"""Family -> exact text of the semantics -> adapter."""


def read(path: Path, family: str = "", ids: Collection[str] = ()) -> list[Case]:
    """Read the cases of a file, all or those of a family (its first word) and of the given ids."""
    with path.open(encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines if line.strip()]
    return [c for c in cases if (not family or family_of(c) == family) and (not ids or c["id"] in ids)]


def family_of(case: Case) -> str:
    """Return the first word of the family, such as "F5"."""
    words = str(case["family"]).split()
    return words[0] if words else ""


def adapter_of(case: Case) -> Adapter | None:
    """Return the adapter that knows the case's family and exactly its semantics, or None."""
    return FAMILIES.get(family_of(case), {}).get(case["semantics"])
