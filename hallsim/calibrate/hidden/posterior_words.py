"""A posterior in words, in both languages: a table of quantiles, and which parameters move together."""

from __future__ import annotations

from typing import Any

from hallsim.calibrate.hall.words import number
from hallsim.calibrate.hidden.fit import HiddenFit
from hallsim.calibrate.hidden.moments import TOGETHER
from hallsim.calibrate.hidden.posterior import ENDS, Posterior
from hallsim.experiment.table import grid, wrap
from hallsim.model import Label

WIDTHS = [28, 12, 14, 12, 12]
HALVES = (0.25, 0.75)
UNSURE = "*"
_HEAD = (
    Label("hidden parameter", "隐藏参数"),
    Label("2.5 %", "2.5%"),
    Label("median", "中位数"),
    Label("97.5 %", "97.5%"),
    Label("sought in", "搜索范围"),
)


def table(fit: HiddenFit, lang: str = "en") -> str:
    """Return what was found as text of at most 80 columns."""
    found = _of(fit)
    low, high = (_in_units(fit, share) for share in ENDS)
    rows = [
        [
            _in(one.label, lang),
            number(a),
            number(value) + ("" if told else UNSURE),
            number(b),
            f"{one.low:g} – {one.high:g}",
        ]
        for one, a, value, b, told in zip(fit.parameters, low, fit.values, high, found.identifiable, strict=True)
    ]
    lines = [*grid([[_in(x, lang) for x in _HEAD], *rows], WIDTHS), ""]
    for said in sentences(fit):
        lines += wrap(_in(said, lang), sum(WIDTHS))
    return "\n".join(lines)


def sentences(fit: HiddenFit) -> list[Label]:
    """Return how it was found, and what the days cannot tell."""
    found, n = _of(fit), len(fit.seen.dates)
    said = [
        Label(
            f"What {n} days leave likely if every value of the ranges was as likely before: {found.draws} draws, "
            f"{len(found.values)} kept, by {len(fit.seen.cells)} figures.",
            f"假定搜索范围内各值同等可能，由 {n} 天得出的后验分布：抽取 {found.draws} 次，保留 {len(found.values)} 次，"
            f"依据 {len(fit.seen.cells)} 项指标。",
        )
    ]
    if not found.identifiable.all():
        en = f"{UNSURE}: not identifiable: the days leave more than three tenths of the range open on either side."
        said.append(Label(en, f"{UNSURE}：不可识别：区间半宽超过搜索范围的三成。"))
    labels = [one.label for one in fit.parameters]
    for i, a in enumerate(labels):
        for j in range(i + 1, len(labels)):
            r, b = float(found.correlation[i, j]), labels[j]
            if abs(r) > TOGETHER:
                en = f"{a.en} and {b.en} move together (correlation {r:+.2f}): the days tell a combination of them."
                said.append(Label(en, f"{a.zh}与{b.zh}相互牵连（相关系数 {r:+.2f}），这些日子只能确定其组合。"))
    return said


def as_dict(fit: HiddenFit) -> dict[str, Any]:
    """Return the figures for JSON, quantiles by parameter."""
    found = _of(fit)
    shares = (ENDS[0], HALVES[0], 0.5, HALVES[1], ENDS[1])
    quantiles = [_in_units(fit, share) for share in shares]
    return {
        "dates": list(fit.seen.dates),
        "parameters": [
            {
                "name": one.name,
                "path": one.path,
                "quantiles": {f"{share:g}": own[i] for share, own in zip(shares, quantiles, strict=True)},
                "identifiable": bool(found.identifiable[i]),
            }
            for i, one in enumerate(fit.parameters)
        ],
        "correlation": found.correlation.tolist(),
        "draws": found.draws,
        "kept": len(found.values),
    }


def _in_units(fit: HiddenFit, share: float) -> list[float]:
    return [one.of_share(x) for one, x in zip(fit.parameters, _of(fit).quantile(share).tolist(), strict=True)]


def _of(fit: HiddenFit) -> Posterior:
    assert isinstance(fit.found, Posterior), "simulated moments have words of their own"
    return fit.found


def _in(label: Label, lang: str) -> str:
    return label.zh if lang == "zh" else label.en
