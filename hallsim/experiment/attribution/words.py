"""Bookings in words: a sentence, rows for a table by ticket class, and JSON."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hallsim.arrays import F64
from hallsim.experiment.attribution import CAUSES, Attribution
from hallsim.experiment.attribution.causes import LOAD
from hallsim.experiment.verdicts import show
from hallsim.model import Label, Model

TITLE = Label("Why customers waited", "等候的原因")
ALL = Label("all", "全部")
OTHERS = Label("other causes", "其他原因")
MOST_CLASSES = 3
MOST_NAMED = 3
"""Causes that a sentence names; what is left is summed."""
_LEAST = 0.005
"""Minutes below which a cause is not worth a row: it would be printed as 0.00."""


def sentence(found: Attribution) -> Label:
    """Return what the mean wait at the counters is made of, the largest parts first.

    >>> from hallsim.experiment.attribution import Attribution
    >>> import numpy as np
    >>> booked = np.array([[[[0, 60_000_000, 0, 0, 0, 0, 0, 0, 240_000_000]]]])
    >>> sentence(Attribution(booked, np.array([[[2]]]), (), (0,), ())).en
    'Of 2.50 min of waiting, 2.00 are plain load and 0.50 breaks.'
    >>> sentence(Attribution(booked * (booked > 100_000_000), np.array([[[2]]]), (), (0,), ())).en
    'All of the 2.00 min of waiting is plain load.'
    """
    minutes = found.per_stay()[0]
    total = float(minutes.sum())
    if math.isnan(total) or total < _LEAST:
        return Label("Nobody had to wait.", "没有客户需要等候。")
    parts = [i for i in np.argsort(-minutes, kind="stable").tolist() if minutes[i] >= _LEAST]
    named = parts if len(parts) <= MOST_NAMED + 1 else parts[:MOST_NAMED]
    said = [(float(minutes[i]), CAUSES[i].label) for i in named]
    if len(named) < len(parts):
        said.append((float(sum(minutes[i] for i in parts[MOST_NAMED:])), OTHERS))
    en = [f"{x:.2f} {label.en}" for x, label in said]
    zh = [f"{label.zh} {x:.2f}" for x, label in said]
    en[0] = en[0].replace(" ", " are " if said[0][0] >= 1.005 else " is ", 1)
    if len(said) == 1:
        of, of_zh = (show(total, "min", lang) for lang in ("en", "zh"))
        label = said[0][1]
        return Label(f"All of the {of} of waiting is {label.en}.", f"平均等候 {of_zh}，均为{label.zh}。")
    listed = " and ".join([", ".join(en[:-1]), en[-1]] if len(en) > 1 else en)
    of, of_zh = (show(total, "min", lang) for lang in ("en", "zh"))
    return Label(f"Of {of} of waiting, {listed}.", f"平均等候 {of_zh}，其中{'，'.join(zh)}。")


def rows_of(found: Attribution, model: Model) -> list[list[Label]]:
    """Return rows of cells, the head first: minutes by cause, of everybody and by ticket class, and their sum."""
    classes = [(c, lines) for c, lines in found.classes if found.stays[:, list(lines)].sum() > 0]
    classes = classes[:MOST_CLASSES] if len(classes) > 1 else []
    columns = [found.per_stay(), *(found.per_stay(lines) for _, lines in classes)]
    heads = [ALL, *(model.ticket_classes[c].label for c, _ in classes)]
    rows = [[TITLE, *heads]]
    for i, cause in enumerate(CAUSES):
        if i == LOAD or any(column[0, i] >= _LEAST for column in columns):
            rows.append([cause.label, *(_cell(column[:, i]) for column in columns)])
    sums = [f"{column[0].sum():.2f}" for column in columns]
    return [*rows, [Label("sum: the mean wait", "合计：平均等候"), *(Label(x + " " * 7, x + " " * 7) for x in sums)]]


def note(found: Attribution) -> Label:
    """Return what the table is of."""
    n = found.n_days
    return Label(
        f"Minutes of a stay at the counters, booked to one cause each, ± half a 95 % interval; the first {n} days.",
        f"台席每次排队的等候（分钟），逐分钟计入一个原因；± 为 95% 置信区间半宽；取前 {n} 天。",
    )


def as_dict(found: Attribution, model: Model, lines: tuple[str, ...]) -> dict[str, Any]:
    """Return the bookings for JSON: of the counters, by class, by line and by hour of arrival, in minutes of a stay."""
    hours = [{"hour": begin, "causes": _causes(found.per_stay(hour=i))} for i, (begin, _) in enumerate(found.hours)]
    return {
        "days": found.n_days,
        "unit": "min",
        "causes": _causes(found.per_stay()),
        "classes": [
            {"class": model.ticket_classes[c].name, "causes": _causes(found.per_stay(of))} for c, of in found.classes
        ],
        "lines": [{"line": name, "causes": _causes(found.per_stay([i]))} for i, name in enumerate(lines)],
        "hours": hours,
    }


def _causes(minutes: F64) -> dict[str, dict[str, float | None]]:
    values = minutes.tolist()
    return {
        cause.name: {key: _known(values[k][i]) for k, key in enumerate(("value", "low", "high"))}
        for i, cause in enumerate(CAUSES)
    }


def _known(x: float) -> float | None:
    return x if math.isfinite(x) else None


def _cell(interval: F64) -> Label:
    value, _, high = interval.tolist()
    half = "–".rjust(5) if math.isnan(high) else f"{high - value:.2f}".rjust(5)
    text = "–" if math.isnan(value) else f"{value:.2f} ±{half}"
    return Label(text, text)
