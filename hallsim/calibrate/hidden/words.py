"""Hidden parameters in words, in both languages: a table, how well the figures are met, what the days cannot tell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hallsim.calibrate.hall.words import number
from hallsim.calibrate.hidden.fit import HiddenFit
from hallsim.calibrate.hidden.moments import Found
from hallsim.calibrate.hidden.parameters import Parameter
from hallsim.calibrate.hidden.targets import name_of
from hallsim.experiment.table import grid, wrap
from hallsim.model import Label

WIDTHS, MOMENT_WIDTHS = [30, 12, 22, 14], [38, 12, 12, 16]
OFF = 3.0
"""Standard errors beyond which a figure is not met."""
UNLIKELY = 0.01
FLAT = 1.0
PART = 0.3
"""Share of a direction from which a parameter is named in it."""
UNTOLD = 4.0
UNSURE = "*"

_HEAD = (
    Label("hidden parameter", "隐藏参数"),
    Label("found", "估计"),
    Label("95 % interval", "95% 区间"),
    Label("sought in", "搜索范围"),
)
_MOMENTS = (
    Label("figure", "指标"),
    Label("seen", "实际"),
    Label("simulated", "仿真"),
    Label("off by, s.e.", "偏差（标准误）"),
)


def table(fit: HiddenFit, lang: str = "en") -> str:
    """Return what was found as text of at most 80 columns."""
    rows = [[_in(x, lang) for x in _HEAD], *(_row(fit, i, lang) for i in range(len(fit.parameters)))]
    moments = [[_in(x, lang) for x in _MOMENTS], *_moments(fit, lang)]
    lines = [*grid(rows, WIDTHS), "", *grid(moments, MOMENT_WIDTHS), ""]
    for said in sentences(fit):
        lines += wrap(_in(said, lang), sum(WIDTHS))
    return "\n".join(lines)


def sentences(fit: HiddenFit) -> list[Label]:
    """Return what the fit says beyond its tables."""
    found, n = _moments_of(fit), len(fit.seen.dates)
    said = [
        Label(
            f"Fitted on {n} days, {fit.seen.dates[0]}..{fit.seen.dates[-1]}, by {found.evaluations} trials of "
            f"{fit.request.days} simulated days; intervals have days as the unit.",
            f"用 {n} 天（{fit.seen.dates[0]}..{fit.seen.dates[-1]}）拟合，试算 {found.evaluations} 次，每次仿真 "
            f"{fit.request.days} 天；区间以日为单位。",
        )
    ]
    if found.freedom > 0:
        said.append(_distance(found))
    return said + untold(found, fit.parameters)


def untold(found: Found, parameters: tuple[Parameter, ...]) -> list[Label]:
    """Return what the days cannot tell: parameters that are not identifiable, and those that move together."""
    said = []
    labels = [one.label for one in parameters]
    unsure = [label for label, ok in zip(labels, found.identifiable, strict=True) if not ok]
    if unsure:
        said.append(
            Label(
                f"{UNSURE}: not identifiable: {_names(unsure, 'en')}. The days leave more than three tenths of the "
                "range open on either side, or the value lies at the end of the range.",
                f"{UNSURE}：不可识别：{_names(unsure, 'zh')}。区间半宽超过搜索范围的三成，或估计值位于范围端点。",
            )
        )
    for i, j, r in found.pairs:
        en = "one rises as the other" if r > 0 else "one rises as the other falls"
        zh = "同升同降" if r > 0 else "此升彼降"
        said.append(
            Label(
                f"{labels[i].en} and {labels[j].en} move together (correlation {r:+.2f}; {en}): the days tell "
                "a combination of them; measure one of them, or add a target that tells them apart.",
                f"{labels[i].zh}与{labels[j].zh}相互牵连（相关系数 {r:+.2f}，{zh}）：这些日子只能确定其组合；"
                "请实测其中一个，或增加能区分它们的目标。",
            )
        )
    for singular, direction in zip(found.singular, found.directions, strict=True):
        if singular < UNTOLD and len(labels) > 1:
            named = [label for label, part in zip(labels, direction, strict=True) if abs(part) > PART]
            said.append(
                Label(
                    f"Over the whole range of {_names(named, 'en')} all figures together move by {singular:.1f} "
                    "standard errors only.",
                    f"{_names(named, 'zh')}走遍全部范围，所有指标合计仅变动 {singular:.1f} 个标准误。",
                )
            )
    for label, rises in zip(labels, found.rises, strict=True):
        if np.nanmin(np.append(rises, np.inf)) < FLAT:
            said.append(
                Label(
                    f"The profile of {label.en} is flat: at an end of its interval the fit is hardly worse (distance "
                    f"{np.nanmin(rises):+.1f}; about 4 is usual). The interval may be too short.",
                    f"{label.zh}的轮廓平坦：在区间端点处拟合几乎不变差（距离 {np.nanmin(rises):+.1f}，通常约为 4），"
                    "区间可能偏窄。",
                )
            )
    return said


def as_dict(fit: HiddenFit) -> dict[str, Any]:
    """Return the figures for JSON; what is not a number is None."""
    found, model = _moments_of(fit), fit.request.base.model
    return {
        "dates": list(fit.seen.dates),
        "parameters": [
            {
                "name": one.name,
                "path": one.path,
                "value": value,
                "low": _finite(value - half),
                "high": _finite(value + half),
                "identifiable": bool(told),
                "profile_rises": [_finite(x) for x in rises],
            }
            for one, value, half, told, rises in zip(
                fit.parameters, fit.values, fit.half_widths, found.identifiable, found.rises.tolist(), strict=True
            )
        ],
        "correlation": found.correlation.tolist(),
        "singular_values": found.singular.tolist(),
        "directions": found.directions.tolist(),
        "distance": found.distance,
        "freedom": found.freedom,
        "p_value": _finite(found.p_value),
        "figures": [
            {"figure": name_of(cell, model).en, "seen": seen, "simulated": made, "standard_error": error}
            for cell, seen, made, error in zip(
                fit.seen.cells, found.seen.tolist(), found.simulated.tolist(), found.errors.tolist(), strict=True
            )
        ],
        "trials": found.evaluations,
    }


def _moments_of(fit: HiddenFit) -> Found:
    assert isinstance(fit.found, Found), "a posterior has words of its own"
    return fit.found


def _row(fit: HiddenFit, i: int, lang: str) -> list[str]:
    one, value, half = fit.parameters[i], fit.values[i], fit.half_widths[i]
    ends = f"{number(value - half)} – {number(value + half)}" if math.isfinite(half) else "–"
    mark = "" if fit.found.identifiable[i] else UNSURE
    return [_in(one.label, lang), number(value) + mark, ends, f"{one.low:g} – {one.high:g}"]


def _moments(fit: HiddenFit, lang: str) -> list[list[str]]:
    found, model = _moments_of(fit), fit.request.base.model
    return [
        [_in(name_of(cell, model), lang), number(seen), number(made), f"{(made - seen) / error:+.1f}"]
        for cell, seen, made, error in zip(fit.seen.cells, found.seen, found.simulated, found.errors, strict=True)
    ]


def _distance(found: Found) -> Label:
    off = int(np.count_nonzero(np.abs(found.simulated - found.seen) > OFF * found.errors))
    en = f"The {found.seen.size} figures are {found.distance:.0f} off on {found.freedom} degrees of freedom"
    zh = f"{found.seen.size} 项指标的距离为 {found.distance:.0f}（自由度 {found.freedom}）"
    if found.p_value < UNLIKELY:
        en += (
            f" (p {found.p_value:.2g}): chance does not explain it, so the form of the scenario is not that of the hall"
        )
        zh += f"（p {found.p_value:.2g}）：偶然性不能解释，方案的形式与实际不符"
    if off:
        en += f"; {off} of them by more than three standard errors"
        zh += f"；其中 {off} 项偏差超过三个标准误"
    return Label(en + ".", zh + "。")


def _names(labels: list[Label], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(_in(label, lang) for label in labels)


def _in(label: Label, lang: str) -> str:
    return label.zh if lang == "zh" else label.en


def _finite(x: float) -> float | None:
    return float(x) if math.isfinite(x) else None
