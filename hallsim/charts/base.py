"""What a chart is, and what it reads.

In: a `Material`, that is the results of a run (or of a log), the profile of its days, and the same of a log
to hold beside it. Out: `Chart`s. A chart is a finding (its title, computed from the numbers), a figure and a
note; everything a reader sees is there in English ("en") and Chinese ("zh").

Two kinds of text must not be mixed up. What `Chart` returns as `str` is plain text, to be escaped by the
page that prints it. What stands inside a figure has been escaped for plotly (`hallsim.charts.text`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.compare import Differences
from hallsim.experiment.one_more import OneMore
from hallsim.experiment.profile import Profile
from hallsim.experiment.results import Results
from hallsim.experiment.staffing import Plan
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

M = TypeVar("M")

LANGUAGES = ("en", "zh")
SECTIONS = ("comparison", "staff")
"""Sections of the page that have charts of their own."""

REASONS = {
    "no_hours": Label("A steady-state run has no hours of the day.", "稳态仿真没有一天中的时段。"),
    "no_customers": Label("Nobody came to the hall.", "没有客户到厅。"),
    "nobody_joined": Label("Nobody joined a line.", "没有客户进入排队。"),
    "nobody_waited": Label("Nobody had to wait.", "没有客户需要等候。"),
    "nobody_gave_up": Label("Nobody gave up waiting.", "没有客户弃号。"),
    "no_patience": Label("Nobody in this hall ever gives up waiting.", "本厅客户不会弃号。"),
    "one_customer": Label("One customer only: there is nothing to compare.", "只有一位客户，无从比较。"),
    "nobody_served": Label("Nobody was served.", "没有客户被受理。"),
    "nobody_on_duty": Label("Nobody was on duty.", "无人在岗。"),
    "no_comparison": Label("No other hall is compared with this one.", "没有与之比较的方案。"),
    "no_steps": Label("Nobody was added or left out.", "未做增减一个的测算。"),
    "no_plan": Label("No staff was planned.", "未做人员安排。"),
    "nothing_planned": Label("No staff was found that keeps the promise.", "未找到能达标的人数。"),
    "no_difference": Label("The halls compared do not differ at all.", "所比较的方案毫无差异。"),
    "alike_days": Label("All days of this hall are of one kind.", "本厅各日类型相同。"),
    "no_horizon": Label("Days of this hall stand alone.", "本厅各日相互独立。"),
    "no_persons": Label("No persons are followed over days.", "未跟踪客户的多日行为。"),
    "nobody_electronic": Label("No need was met by an electronic channel.", "没有需求由电子渠道办结。"),
    "no_uncertainty": Label("The scenario states no uncertain inputs.", "方案未说明输入的不确定性。"),
    "no_network": Label("This is one hall and no network.", "本方案为单厅，不是营业厅网络。"),
    "no_costs": Label("The scenario states no costs.", "方案未说明成本。"),
    "nothing_costs": Label("Nothing of what the scenario states costs anything.", "方案所述各项成本均为零。"),
    "no_catchment": Label("The scenario has no catchment.", "方案未说明商圈。"),
    "no_channel_tried": Label("Nobody turned to another channel first.", "没有客户先用其他渠道。"),
    "no_zones": Label("The scenario has no zones.", "方案未划分区域。"),
    "no_log": Label("There is no log to hold beside the simulation.", "没有可与仿真对照的实际记录。"),
}
"""Why a chart cannot be drawn: what `Chart.applies` returns -> the sentence that the page prints instead."""


@dataclass(frozen=True, eq=False)
class Material:
    """What charts read.

    Attributes
    ----------
    results, profile : of the run to report
    observed, observed_profile : of the log's own days, where the run re-enacts a log
    differences : of other halls from this one, where it is the base of a comparison
    plan : of staff, where it was planned
    one_more : of the hall with one server more or fewer at each place, where that was simulated
    """

    results: Results
    profile: Profile
    observed: Results | None = None
    observed_profile: Profile | None = None
    differences: Differences | None = None
    plan: Plan | None = None
    one_more: OneMore | None = None


def nothing(material: object, lang: str) -> str:
    """Return no remark."""
    return ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart.

    Attributes
    ----------
    name : str
        In code and in the page's anchors.
    label : Label
        What it is about, in a few words, for a table of contents.
    note : Label
        What is plotted, of whom, with which denominator, and what the bands are; `{days}` stands for what
        the replications are (days or runs). `about` fills it in.
    applies : function of a Material
        "" if the chart can be drawn, else a key of `REASONS`.
    finding : function of a Material and a language
        The title: one sentence, plain text.
    figure : function of a Material and a language
        A plotly figure without a title; its width is that of the page, its height is set.
    remark : function of a Material and a language
        More to say about these very numbers, such as what was left out; plain text, mostly none.
    first_page : bool
        Whether it is one of the three that tell the most.
    day_by_day : bool
        Whether its numbers are those of single days, even where the replications are horizons of several.
    section : str
        The section whose tables it stands with, one of `SECTIONS`; "": among the charts.
    """

    name: str
    label: Label
    note: Label
    applies: Callable[[Material], str]
    finding: Callable[[Material, str], str]
    figure: Callable[[Material, str], go.Figure]
    remark: Callable[[Material, str], str] = nothing
    first_page: bool = False
    day_by_day: bool = False
    section: str = ""

    def why_not(self, material: Material, lang: str) -> str:
        """Return "" if the chart can be drawn, else the sentence that says why not."""
        reason = self.applies(material)
        return in_language(REASONS[reason], lang) if reason else ""

    def about(self, material: Material, lang: str) -> str:
        """Return the note and the remark as one paragraph of plain text."""
        unit = material.results.model.unit
        unit = "day" if self.day_by_day and unit == "horizon" else unit
        days = f"{unit}s" if lang == "en" else {"day": "天", "run": "次", "horizon": "周期"}[unit]
        parts = [in_language(self.note, lang).format(days=days), self.remark(material, lang)]
        if material.results.replications == 1:
            one = days.rstrip("s") if lang == "en" else days.replace("周期", "个周期")
            parts.append(in_language(_ONE, lang).format(one=one))
        return (" " if lang == "en" else "").join(part for part in parts if part)


@dataclass(frozen=True)  # typing notes the parameter on an instance, which slots do not allow
class PageChart(Generic[M]):
    """One chart of a page of its own (a sweep, a calibration, a back-test), which has its own material.

    The fields are those of `Chart`, but that `applies` only tells whether the chart can be drawn.
    """

    name: str
    label: Label
    note: Label
    applies: Callable[[M], bool]
    finding: Callable[[M, str], str]
    figure: Callable[[M, str], go.Figure]
    remark: Callable[[M, str], str] = nothing
    first_page: bool = True

    def about(self, material: M, lang: str) -> str:
        """Return the note and the remark as one paragraph of plain text."""
        parts = [in_language(self.note, lang), self.remark(material, lang)]
        return (" " if lang == "en" else "").join(part for part in parts if part)


_ONE = Label("This is one {one} only, so there are no intervals.", "仅有一{one}，因此没有置信区间。")


def in_language(label: Label, lang: str) -> str:
    """Return a label in a language.

    Raises
    ------
    UsageError
        For a language other than "en" and "zh".
    """
    if lang not in LANGUAGES:
        raise UsageError(not_one_of(lang, "a language", LANGUAGES))
    return label.zh if lang == "zh" else label.en
