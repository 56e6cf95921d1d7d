"""What the charts of a sweep read, and what they have in common.

In: a `SweepMaterial`, the points of a sweep and the figure that is looked at. Out: `SweepChart`s: a finding as the
title, a figure, a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hallsim.charts.base import PageChart
from hallsim.charts.text import amount, name_of
from hallsim.experiment.sweeps.swept import Swept
from hallsim.experiment.sweeps.words import cell


@dataclass(frozen=True, eq=False)
class SweepMaterial:
    """The points of a sweep, and which of its figures is looked at."""

    found: Swept
    figure: int

    @property
    def unit(self) -> str:
        """The unit of the figure."""
        return self.found.figures[self.figure].kpi.unit

    def name(self, lang: str) -> str:
        """Return the figure's name inside a sentence."""
        return name_of(self.found.figures[self.figure].label, lang, 60)

    def factor(self, i: int, lang: str) -> str:
        """Return a factor's name."""
        return name_of(self.found.factors[i].label, lang, 40)

    def amount(self, value: float, lang: str) -> str:
        """Return a value of the figure with its unit."""
        return amount(value, self.unit, lang)

    def point(self, row: int, lang: str) -> list[str]:
        """Return what a point is, a line each: its number, and its factors' values."""
        number = f"第 {self.found.designs[row]} 点" if lang == "zh" else f"Point {self.found.designs[row]}"
        values = (
            f"{self.factor(i, lang)}{'：' if lang == 'zh' else ': '}{cell(f.values[row])}"
            for i, f in enumerate(self.found.factors)
        )
        return [number, *values]


SweepChart = PageChart[SweepMaterial]
"""One chart of a sweep."""


def scaled(values: Any, unit: str) -> Any:
    """Return values of a figure as an axis shows them: shares in per cent."""
    return values * 100.0 if unit == "share" else values


def axis_title(name: str, unit: str, lang: str) -> str:
    """Return a figure's name with its unit, for an axis."""
    minutes = "分钟" if lang == "zh" else "min"
    sign = {"share": "%", "min": minutes, "min per day": minutes}.get(unit, "")
    return name + (("，" if lang == "zh" else ", ") + sign if sign else "")
