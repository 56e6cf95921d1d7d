"""What counts say, in words: a line for each queue, how far predicted lines are off, and what counts cannot tell."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hallsim.calibrate.counts.fit import LEAST_BUSY
from hallsim.calibrate.counts.predicted import Prediction
from hallsim.experiment.table import grid, wrap
from hallsim.model import Label

WIDTH = 78
QUEUE_WIDTHS, WAIT_WIDTHS = [30, 8, 16, 8, 8, 8], [14, 14, 14, 14, 14]
UNSURE = "*"

_QUEUES = (
    Label("hall, queue", "营业厅、队列"),
    Label("s/call", "秒/次"),
    Label("95 % (busy)", "95%（忙时）"),
    Label("line", "排队"),
    Label("replay", "回放"),
    Label("forecast", "预测"),
)
_WAITS = (
    Label("mean wait, min", "平均等候，分"),
    Label("counted", "统计"),
    Label("replay", "回放"),
    Label("forecast", "预测"),
    Label("line", "排队"),
)


def table(found: Sequence[Prediction], lang: str = "en", blind: Prediction | None = None) -> str:
    """Return what was fitted and predicted as text of at most 80 columns; `blind` is the same without counted waits."""
    rows = [_row(one) for one in found]
    lines = [*grid([[_in(x, lang) for x in _QUEUES], *rows], QUEUE_WIDTHS), ""]
    lines += wrap(_in(_columns(found), lang), WIDTH)
    if days := _days(found, lang):
        lines += ["", *days, "", *wrap(_in(_waits(found[0], blind), lang), WIDTH)]
    if error := _errors(found):
        lines += ["", *wrap(_in(error, lang), WIDTH)]
    lines += wrap(_in(_untold(found), lang), WIDTH)
    return "\n".join(lines)


def _in(words: Label, lang: str) -> str:
    return words.zh if lang == "zh" else words.en


def _row(one: Prediction) -> list[str]:
    fit = one.fit
    name = " ".join(word for word in (fit.hall, fit.queue) if word) or "–"
    ends = f"{fit.low_s:,.0f}–{fit.high_s:,.0f}" if math.isfinite(fit.low_s + fit.high_s) else "–"
    service = f"{fit.service_s:,.0f}" + ("" if fit.identifiable else UNSURE)
    return [name, service, ends, *(_number(x) for x in (one.observed, one.replayed, one.forecast))]


def _number(x: float) -> str:
    return f"{x:.1f}" if math.isfinite(x) else "–"


def _columns(found: Sequence[Prediction]) -> Label:
    dates = sorted({date for one in found for date in one.fit.dates})
    later = sorted({day.date for one in found for day in one.days})
    fitted = f"{dates[0]}..{dates[-1]}"
    on = f" ({later[0]}..{later[-1]})" if later else ""
    return Label(
        f"s/call: time of an open counter per call, fitted on {fitted} by simulation; its interval is that of the "
        f"slots with a line throughout, by days. Line: mean number waiting on the days predicted{on}, counted; "
        "simulated with their own arrivals and counters (replay); and from the days fitted on alone (forecast).",
        f"秒/次：每次叫号占用一个开放窗口的时间，由 {fitted} 经仿真拟合；区间取自始终有人排队的时段，以日为单位。"
        f"排队：被预测日{on}平均等候人数：统计值；按当日取号和窗口仿真（回放）；仅用拟合日（预测）。",
    )


def _days(found: Sequence[Prediction], lang: str) -> list[str]:
    """Return the mean waits by day, where the counts have them, of a single queue."""
    days = [day for day in found[0].days if math.isfinite(day.wait_min)] if len(found) == 1 else []
    rows = [
        [d.date, _number(d.wait_min), _number(d.replay.wait_min), _number(d.forecast.wait_min), _number(d.observed)]
        for d in days
    ]
    return grid([[_in(x, lang) for x in _WAITS], *rows], WAIT_WIDTHS) if rows else []


def _waits(one: Prediction, blind: Prediction | None) -> Label:
    """Return the mean waits of all days predicted beside the counted one."""
    counted, replay, forecast = one.waits_min
    en = f"Mean wait of these days, counted {counted:.2f} min: {_off(replay, counted)} in the replay, "
    en += f"{_off(forecast, counted)} in the forecast."
    zh = f"这些日子平均等候：统计 {counted:.2f} 分钟，回放 {_off(replay, counted)}，预测 {_off(forecast, counted)}。"
    if blind is not None:
        _, replay, forecast = blind.waits_min
        en += f" Had the fitted days no mean waits: {_off(replay, counted)} and {_off(forecast, counted)}."
        zh += f"若拟合日没有平均等候：{_off(replay, counted)} 和 {_off(forecast, counted)}。"
    return Label(en, zh)


def _off(wait: float, counted: float) -> str:
    return f"{wait:.2f} ({100 * (wait / counted - 1):+.0f} %)" if counted else f"{wait:.2f}"


def _errors(found: Sequence[Prediction]) -> Label | None:
    """Return how far the predicted lines are off; None if no day was predicted."""
    told = [one for one in found if one.days and one.fit.identifiable]
    if not told:
        return None
    seen = np.array([one.observed for one in told])
    off = [np.abs(np.array(made) - seen) for made in ([o.replayed for o in told], [o.forecast for o in told])]
    replay, forecast = (f"{x.mean():.1f}" for x in off)
    shares = [f"{100 * float(np.median(x / np.maximum(seen, 1.0))):.0f}" for x in off]
    return Label(
        f"Over {len(told)} queues whose service the counts tell, mean lines of {seen.mean():.1f} are off by {replay} "
        f"in the replay and {forecast} in the forecast, in the mean of the queues; the middle queue by {shares[0]} % "
        f"and {shares[1]} %.",
        f"统计能确定办理时间的 {len(told)} 个队列，平均排队 {seen.mean():.1f} 人；各队列平均偏差：回放 {replay} 人，"
        f"预测 {forecast} 人；中位队列偏差 {shares[0]}% 和 {shares[1]}%。",
    )


def _untold(found: Sequence[Prediction]) -> Label:
    unsure = sum(not one.fit.identifiable for one in found)
    patience = [one.fit.patience_min for one in found if math.isfinite(one.fit.patience_min)]
    en = f"Mean patience {patience[0]:.0f} min, by the no-shows. " if len(found) == 1 and patience else ""
    zh = f"平均耐心 {patience[0]:.0f} 分钟（据过号数）。" if len(found) == 1 and patience else ""
    if unsure:
        share = f"{100 * LEAST_BUSY:.0f}"
        en += f"{UNSURE}: not identifiable ({unsure}): a line in less than {share} % of the slots, or no service fits. "
        zh += f"{UNSURE}：不可识别（{unsure} 个）：有人排队的时段不足 {share}%，或无法拟合。"
    return Label(
        en + "Counts do not tell how services vary (exponential is taken), who served, nor in what order.",
        zh + "统计数字不能说明办理时间的离散程度（取指数分布）、由谁办理及叫号次序。",
    )
