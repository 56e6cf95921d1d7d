"""A fitted hall in words: a table of its figures of at most 80 columns, in English or Chinese, and plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hallsim.calibrate.hall.figure import Figure
from hallsim.calibrate.hall.fit import Hall
from hallsim.calibrate.roster_words import sentences
from hallsim.experiment.table import grid, wrap
from hallsim.model import Label

WIDTHS = [30, 12, 20, 8, 8]
_HEADS = (
    Label("parameter", "参数"),
    Label("estimate", "估计值"),
    Label("95 % interval", "95% 区间"),
    Label("unit", "单位"),
    Label("n", "样本数"),
)
_UNITS = {"min": "分钟", "/h": "人/时", "%": "%", "": ""}
_EVERY_DAY = Label("All days", "各类日共用")
_ROSTER = Label("Roster and log", "排班与日志")
_HOW = Label("Source and method", "来源与方法")
_BEWARE = Label("Beware", "注意")
_UNTOLD = Label("What the log cannot tell", "日志无法确定的参数")
ALWAYS = (
    Label(
        "customers who turned round at the door (no ticket, no row), and what customers would do at other waits than "
        "those seen;",
        "进门即走的客户（无票无记录），以及在未出现过的等候下客户的行为；",
    ),
    Label(
        "whether an idle server was at work elsewhere: work while nobody waits looks like idleness.",
        "无人等候时台席是否在做其他工作：与空闲无法区分。",
    ),
)


def number(x: float) -> str:
    """Return a number with four digits, "–" where there is none.

    >>> number(12.3456), number(0.01234), number(1234.5)
    ('12.35', '0.01234', '1234')
    """
    if not math.isfinite(x):
        return "–"
    return f"{x:.0f}" if abs(x) >= 1000 else f"{x:.4g}"


def table(hall: Hall, figures: Sequence[Figure], lang: str = "en") -> str:
    """Return the figures as text: the table, then sources and methods, then warnings and what cannot be told."""
    n, days = hall.customers.n, len(hall.sample.dates)
    title = Label(f"{hall.name}: {n:,} customers on {days} days", f"{hall.name}：{days} 天，{n:,} 位客户")
    lines = [_in(title, lang)]
    if hall.sample.left_out:
        shown = ", ".join(hall.sample.left_out[:6]) + (" ..." if len(hall.sample.left_out) > 6 else "")
        left = Label(f"Days with hardly any customers, left out: {shown}", f"客户极少、未计入的日子：{shown}")
        lines += wrap(_in(left, lang), sum(WIDTHS))
    for name, rows in rows_by_day(hall, figures, lang):
        lines += ["", name, *grid(rows, WIDTHS)]
    for head, remarked in remarks(hall, figures, lang):
        lines += ["", head, *(line for said in remarked for line in wrap(f"- {said}", sum(WIDTHS)))]
    return "\n".join(lines)


def rows_by_day(hall: Hall, figures: Sequence[Figure], lang: str) -> list[tuple[str, list[list[str]]]]:
    """Return for each kind of day, and for all of them, its name and the cells of its figures, heads first."""
    heads = [_in(head, lang) for head in _HEADS]
    labels = {day.kind.name: day.kind.label for day in hall.days}
    return [
        (
            _in(labels.get(name, _EVERY_DAY), lang),
            [heads, *(_row(figure, lang) for figure in figures if figure.day == name)],
        )
        for name in dict.fromkeys(figure.day for figure in figures)
    ]


def remarks(hall: Hall, figures: Sequence[Figure], lang: str) -> list[tuple[str, list[str]]]:
    """Return what is to be known of a roster, of sources, of doubts and of what the log cannot tell, by heads."""
    differences = hall.sample.differences
    rostered = [] if differences is None else [_in(sentence, lang) for sentence in sentences(differences)]
    colon = {"en": ": ", "zh": "："}[lang]
    warned = [f"{_named(figure, lang)}{colon}{_in(w, lang)}" for figure in figures for w in figure.warnings]
    untold = [_named(figure, lang) for figure in figures if not figure.identifiable]
    found = [
        (_ROSTER, rostered),
        (_HOW, _sources(figures, lang)),
        (_BEWARE, warned),
        (_UNTOLD, [*untold, *(_in(x, lang) for x in ALWAYS)]),
    ]
    return [(_in(head, lang), remarked) for head, remarked in found if remarked]


def verdict(hall: Hall, figures: Sequence[Figure], factor: float) -> list[Label]:
    """Return in sentences how far the calibration goes; `factor` is the workload that the scenario takes."""
    untold = sum(not figure.identifiable for figure in figures)
    n, days = hall.customers.n, len(hall.sample.dates)
    found = [
        Label(
            f"{n:,} customers on {days} days tell {len(figures) - untold} of {len(figures)} parameters.",
            f"{days} 天、{n:,} 位客户的日志可确定 {len(figures)} 个参数中的 {len(figures) - untold} 个。",
        )
    ]
    workload = next((figure for figure in figures if figure.path == ("workload",)), None)
    if workload is None:
        said = Label(
            "Waits were not simulated: how near the scenario's come to the log's is not known.",
            "未做仿真，场景的等候与日志相差多少尚不可知。",
        )
    elif not workload.identifiable:
        said = Label(
            "The log does not tell what work it leaves out: expect waits that differ from its own.",
            "日志无法说明未记录的工作量，仿真等候可能与日志有差异。",
        )
    elif factor == 1.0:
        said = Label(
            "Simulated, it waits as long as the log does within what chance explains; no factor is put on services.",
            "仿真等候与日志在偶然波动范围内一致，办理时长不另乘系数。",
        )
    else:
        said = Label(
            f"Services are taken {factor:.2f} times as long, with which the mean wait is that of these days.",
            f"办理时长乘以 {factor:.2f}，使平均等候与这些日子一致。",
        )
    other = Label(
        "These days cannot say how far to trust it on others: hallsim backtest fits on some and predicts the rest.",
        "对未见过的日子能否信任，须用 hallsim backtest 以部分日子拟合、预测其余日子来检验。",
    )
    return [*found, said, other]


def as_dict(hall: Hall, figures: Sequence[Figure]) -> dict[str, Any]:
    """Return everything as plain data."""
    return {
        "hall": hall.name,
        "customers": hall.customers.n,
        "dates": list(hall.sample.dates),
        "left_out": list(hall.sample.left_out),
        "roster": None if hall.sample.differences is None else hall.sample.differences._asdict(),
        "day_kinds": {day.kind.name: list(day.dates) for day in hall.days},
        "parameters": [figure.as_dict() for figure in figures],
        "not_told": [".".join(figure.path) for figure in figures if not figure.identifiable],
    }


def _row(figure: Figure, lang: str) -> list[str]:
    found = figure.found
    ends = f"{number(found.low)} – {number(found.high)}" if math.isfinite(found.low + found.high) else "–"
    unit = _UNITS[figure.unit] if lang == "zh" else figure.unit
    return [_in(figure.label, lang), number(found.value), ends, unit, f"{figure.n:,}" if figure.n else "–"]


def _sources(figures: Sequence[Figure], lang: str) -> list[str]:
    """Return which rows figures were read off and how, those with the same together."""
    together: dict[tuple[str, str], list[str]] = {}
    for figure in figures:
        together.setdefault((_in(figure.source, lang), _in(figure.method, lang)), []).append(
            _in(figure.label, lang).strip()
        )
    lines = []
    for (source, method), labels in together.items():
        shown = ", ".join(dict.fromkeys(labels[:1] if len(labels) > 3 else labels))
        more = {"en": f" and {len(labels) - 1} more", "zh": f"等 {len(labels)} 项"}[lang] if len(labels) > 3 else ""
        lines.append(f"{shown}{more}: {source}; {method}")
    return lines


def _named(figure: Figure, lang: str) -> str:
    day = f" ({figure.day})" if figure.day else ""
    return f"{_in(figure.label, lang).strip()}{day}"


def _in(label: Label, lang: str) -> str:
    return label.zh if lang == "zh" else label.en
