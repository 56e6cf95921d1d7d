"""What the charts of a sweep read, and what they have in common.

In: a `SweepMaterial`, the points of a sweep and the figure that is looked at. Out: `SweepChart`s, which a page draws as
it draws those of a run (`hallsim.charts.base.Chart`): a finding as the title, a figure, a note.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.charts.base import in_language
from hallsim.charts.text import amount, name_of
from hallsim.experiment.sweeps.swept import Swept
from hallsim.experiment.sweeps.words import cell
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go


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


@dataclass(frozen=True, slots=True)
class SweepChart:
    """One chart of a sweep; the fields are those of `Chart`."""

    name: str
    label: Label
    note: Label
    applies: Callable[[SweepMaterial], bool]
    finding: Callable[[SweepMaterial, str], str]
    figure: Callable[[SweepMaterial, str], go.Figure]
    remark: Callable[[SweepMaterial, str], str]
    first_page: bool = True

    def about(self, material: SweepMaterial, lang: str) -> str:
        """Return the note and the remark as one paragraph of plain text."""
        parts = [in_language(self.note, lang), self.remark(material, lang)]
        return (" " if lang == "en" else "").join(part for part in parts if part)


def scaled(values: Any, unit: str) -> Any:
    """Return values of a figure as an axis shows them: shares in per cent."""
    return values * 100.0 if unit == "share" else values


def axis_title(name: str, unit: str, lang: str) -> str:
    """Return a figure's name with its unit, for an axis."""
    minutes = "分钟" if lang == "zh" else "min"
    sign = {"share": "%", "min": minutes, "min per day": minutes}.get(unit, "")
    return name + (("，" if lang == "zh" else ", ") + sign if sign else "")
