"""A comparison on the page: a table for each hall against the base, the sentences, and what is to be known."""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.experiment.compare import Differences
from hallsim.experiment.compare_table import cells, heads, notes, sentence
from hallsim.model import Label


@dataclass(frozen=True, slots=True)
class Hall:
    """One hall: its name, what was changed in it, the sentence about it, and its table with the head first."""

    name: Label
    changes: tuple[str, ...]
    sentence: Label
    heads: list[Label]
    rows: list[list[Label]]


@dataclass(frozen=True, slots=True)
class Compared:
    """All of a comparison."""

    base: Label
    halls: list[Hall]
    notes: list[Label]


def compared_of(found: Differences | None) -> Compared | None:
    """Return a comparison as the page shows it; None if there is none."""
    if found is None:
        return None
    halls = []
    for i in range(1, len(found.names)):
        rows = [_labels(en, zh) for en, zh in zip(cells(found, i, "en"), cells(found, i, "zh"), strict=True)]
        said = Label(sentence(found, i, "en"), sentence(found, i, "zh"))
        halls.append(
            Hall(found.names[i], found.changes[i], said, _labels(heads(found, "en"), heads(found, "zh")), rows)
        )
    return Compared(found.names[0], halls, _labels(notes(found, "en"), notes(found, "zh")))


def _labels(en: list[str], zh: list[str]) -> list[Label]:
    return [Label(a, b) for a, b in zip(en, zh, strict=True)]
