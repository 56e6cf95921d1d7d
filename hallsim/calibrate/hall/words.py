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
    heads = [_in(head, lang) for head in _HEADS]
    labels = {day.kind.name: day.kind.label for day in hall.days}
    for name in dict.fromkeys(figure.day for figure in figures):
        rows = [_row(figure, lang) for figure in figures if figure.day == name]
        lines += ["", _in(labels.get(name, _EVERY_DAY), lang), *grid([heads, *rows], WIDTHS)]
    if hall.sample.differences is not None:
        lines += ["", _in(_ROSTER, lang)]
        for sentence in sentences(hall.sample.differences):
            lines += wrap(f"- {_in(sentence, lang)}", sum(WIDTHS))
    lines += ["", _in(_HOW, lang), *_sources(figures, lang)]
    warned = [(figure, warning) for figure in figures for warning in figure.warnings]
    if warned:
        lines += ["", _in(_BEWARE, lang)]
        lines += [x for figure, w in warned for x in wrap(f"- {_named(figure, lang)}: {_in(w, lang)}", sum(WIDTHS))]
    lines += ["", _in(_UNTOLD, lang)]
    untold = [_named(figure, lang) for figure in figures if not figure.identifiable]
    for said in [*untold, *(_in(x, lang) for x in ALWAYS)]:
        lines += wrap(f"- {said}", sum(WIDTHS))
    return "\n".join(lines)


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
        lines += wrap(f"- {shown}{more}: {source}; {method}", sum(WIDTHS))
    return lines


def _named(figure: Figure, lang: str) -> str:
    day = f" ({figure.day})" if figure.day else ""
    return f"{_in(figure.label, lang).strip()}{day}"


def _in(label: Label, lang: str) -> str:
    return label.zh if lang == "zh" else label.en
