"""A back-test in words: a table of log and simulation, what was fitted, and how far to trust it, in both languages."""

from __future__ import annotations

import math

from hallsim.calibrate.backtest import HOUR_LIMIT, Backtest, HourWaits, Prediction
from hallsim.calibrate.roster_words import sentences
from hallsim.experiment.table import grid, wrap
from hallsim.model import US_PER_HOUR, US_PER_SECOND, Label

WIDTHS = [36, 14, 14, 14]

HOUR_WIDTHS = [10, 12, 12, 14, 14, 12]
_HOURS = {
    "en": ("joined", "customers", "log", "chance (95 %)", "simulation", "difference"),
    "zh": ("排队时段", "客户数", "实际", "偶然波动", "仿真", "差异"),
}
CHANCE = Label(
    "  (chance: what other such days would make of the log's own mean wait of the hour)",
    "  （偶然波动：换一批同类日子，日志该小时的平均等候自身的波动，95%）",
)
GOOD, USABLE, ROUGH = 0.05, 0.10, 0.20
"""Largest differences of mean waits that are called so."""

_HOW = {
    "replay": Label(
        "Replay: customers, services and duty of the days predicted are their own; what else is needed is fitted.",
        "回放：被预测日的客户、办理时长和在岗情况取自日志，其余由拟合日得出。",
    ),
    "forecast": Label(
        "Forecast: of the days predicted nothing is known but who was on duty when; days without their usual customers "
        "(holidays) are left out.",
        "预测：被预测日只取在岗情况，其余由拟合日得出；客户远少于平常的日子（节假日）不计。",
    ),
}
NAMES = {
    "mean": Label("mean wait", "平均等候"),
    "p90": Label("90 % wait at most", "90% 等候不超过"),
    "abandonment": Label("abandonment", "放弃率"),
    "correlation": Label("correlation of days", "逐日相关系数"),
    "large": Label("  without small days", "  不含客户少的日子"),
    "profile": Label("hours of the day, off by", "分时段平均偏差"),
    "worst": Label("  the worst hour", "  偏差最大的小时"),
    "met": Label(
        f"  customers of hours met to {100 * HOUR_LIMIT:.0f} %", f"  偏差不超过 {100 * HOUR_LIMIT:.0f}% 的小时的客户"
    ),
    "coverage": Label("days inside the 80 % band", "落入 80% 预测区间的日子"),
    "arrivals": Label("hourly arrivals inside theirs", "分时段到达落入其 80% 区间"),
    "day": Label("a single day, off by", "单日偏差（标准差）"),
}


def table(found: Backtest, lang: str = "en") -> str:
    """Return the back-test as text of at most 80 columns."""
    lines = [line for said in fitted(found) for line in _lines(said, lang)]
    for p in found.predictions:
        lines += ["", _period(p, lang), *grid(_rows(p, lang), WIDTHS)]
        if p.newcomers:
            lines += _lines(_newcomers(p.newcomers), lang)
        if p.not_forecast:
            lines += _lines(_not_forecast(p), lang)
        if found.how == "forecast":
            lines += ["", *grid(_hours(p, lang), HOUR_WIDTHS), *_lines(CHANCE, lang)]
    return "\n".join([*lines, "", *_lines(verdict(found), lang)])


def tables(found: Backtest, lang: str) -> list[tuple[str, list[list[str]]]]:
    """Return for each period its name with its figures, and with its hours, heads first."""
    return [(_period(p, lang), rows(p, lang)) for p in found.predictions for rows in (_rows, _hours)]


def _period(p: Prediction, lang: str) -> str:
    if lang == "zh":
        return f"{p.period.name}：{len(p.period.dates)} 天，{p.observed.n:,} 位客户"
    return f"{p.period.name}: {len(p.period.dates)} days, {p.observed.n:,} customers"


def _lines(said: Label, lang: str) -> list[str]:
    return wrap(said.zh if lang == "zh" else said.en, sum(WIDTHS))


def verdict(found: Backtest) -> Label:
    """Return how far to trust the calibration, with the accuracy to expect."""
    differences = [abs(p.difference) for p in found.predictions if not math.isnan(p.difference)]
    if len(differences) < len(found.predictions):
        return Label(
            "Verdict: none. In a period predicted nobody waited, so there is no mean wait to hold the simulation "
            "against.",
            "结论：无法评定。被预测的时段中有一段无人等候，没有可与仿真对照的平均等候。",
        )
    worst = max(differences, default=math.nan)
    en, zh = next(
        words
        for limit, words in (
            (GOOD, ("as well as such a log allows", "达到此类日志所能达到的精度")),
            (USABLE, ("well enough to plan staffing with", "可用于排班测算")),
            (ROUGH, ("roughly: compare alternatives with it, promise no waits", "较粗：宜比较方案，不宜承诺等候时间")),
            (math.inf, ("not: do not use it for decisions", "不足：不可用于决策")),
        )
        if not worst > limit
    )
    accuracy = f"{100 * found.accuracy:.0f}"
    days = _single_days(found)
    return Label(
        f"Verdict: the mean waits of days not seen are met {en} (largest difference {100 * worst:.1f} %). Expect those "
        f"of another such period within about {accuracy} %. 1 % more work makes {found.workload.elasticity:.1f} % more "
        "wait here, so nobody can promise better than 5 %." + days.en,
        f"结论：未见日期的平均等候，仿真{zh}（最大差异 {100 * worst:.1f}%）。其他同类时段的误差预计在 {accuracy}% "
        f"左右以内。此处工作量每增 1%，等候约增 {found.workload.elasticity:.1f}%，因此无法承诺优于 5% 的精度。"
        + days.zh,
    )


def _single_days(found: Backtest) -> Label:
    """Return what a forecast says of single days, with a space before it; nothing for a replay."""
    if found.how == "replay":
        return Label("", "")
    off = max(p.day_sd for p in found.predictions)
    return Label(
        f" Single days are not foreseen: they differ by {100 * off:.0f} %, since nothing here knows how many come on "
        "a day.",
        f"单日无法预见：偏差约 {100 * off:.0f}%，因为当天来客多少并不可知。",
    )


def fitted(found: Backtest) -> list[Label]:
    """Return what was fitted, in a sentence each."""
    n, customers = len(found.fitted.dates), f"{found.customers:,}"
    turn = f"{found.turn_around_s:.0f}"
    people, absences = len(found.staffing.skills), f"{found.staffing.absences:,}"
    return [
        _HOW[found.how],
        Label(
            f"Fitted on {found.fitted.name}: {n} days, {customers} customers joined a line.",
            f"拟合日期 {found.fitted.name}：{n} 天，{customers} 位客户排队。",
        ),
        _workload(found),
        *_service_hours(found),
        Label(
            f"{people} people by name, {absences} absences, {turn} s between a service and the next call.",
            f"实名员工 {people} 人，离岗 {absences} 次，两次服务之间平均 {turn} 秒。",
        ),
        *(sentences(found.differences) if found.differences is not None else ()),
        _order(found),
        _patience(found),
        _naive(found),
    ]


def _workload(found: Backtest) -> Label:
    w = found.workload
    value, off = f"{w.value:.3f} ± {w.half_width:.3f}", f"{100 * abs(w.at_one - 1):.0f}"
    return Label(
        f"Workload {value} (95 %): the factor on all services with which these days have the log's mean wait; without "
        f"it {off} % too {'short' if w.at_one < 1 else 'long'}."
        + ("" if w.identifiable else " The days hardly tell it."),
        f"工作量系数 {value}（95%）：所有办理时长乘以它，拟合日的平均等候与日志一致；"
        f"不乘则{'偏短' if w.at_one < 1 else '偏长'} {off}%。" + ("" if w.identifiable else "这些日期几乎不能确定它。"),
    )


def _service_hours(found: Backtest) -> list[Label]:
    """Return how services differ by the hour of joining, where a forecast has them do so."""
    if found.services is None or len(found.services.factors) < 2:
        return []
    pieces = [
        (f"{start // US_PER_HOUR}:00", f"{100 * (factor - 1):+.0f}") for start, factor in found.services.stretches()
    ]
    en, zh = ", ".join(f"{off} % from {at}" for at, off in pieces), "，".join(f"{at} 起 {off}%" for at, off in pieces)
    return [
        Label(
            f"Services differ by the hour of joining, whatever the customer came for: {en}.",
            f"办理时长随排队时刻而异（已扣除业务差别）：{zh}。",
        )
    ]


def _order(found: Backtest) -> Label:
    order = found.order
    if not order.head_start:
        return Label("The log tells of no customers who are called before others.", "日志未显示有客户被优先叫号。")
    n, head_start = f"{order.n_choices:,}", order.head_start // US_PER_SECOND
    first, explained = f"{100 * order.first_come:.0f}", f"{100 * order.explained:.0f}"
    return Label(
        f"Of {n} calls with a choice, first come first served explains {first} %, a head start of {head_start} s for "
        f"favoured customers {explained} %.",
        f"在 {n} 次可选择的叫号中，先到先服务解释 {first}%，优先客户提前 {head_start} 秒解释 {explained}%。",
    )


def _patience(found: Backtest) -> Label:
    """Return which simple law comes nearest to patience; simulated is Kaplan and Meier's own."""
    if not found.patience:
        return Label("Nobody gave up: patience is taken as endless.", "无人放弃，视为无限耐心。")
    best = found.patience[0]
    mean = f"{best.parameters['mean_s']:.0f}"
    if "shape" not in best.parameters:
        return Label(
            f"Patience is nearest to an exponential law, mean {mean} s (AIC).",
            f"耐心最接近指数分布，均值 {mean} 秒（AIC）。",
        )
    shape = f"{best.parameters['shape']:.2f}"
    return Label(
        f"Patience is nearer to a Weibull law of mean {mean} s and shape {shape} than to an exponential one (AIC); "
        "simulated is the Kaplan-Meier law of each kind of customer.",
        f"耐心更接近威布尔分布（均值 {mean} 秒，形状 {shape}）而非指数分布（AIC）；"
        "仿真采用各类客户的 Kaplan-Meier 分布。",
    )


def _naive(found: Backtest) -> Label:
    naive = found.naive
    wait, lost, idle = (
        f"{100 * naive.difference:+.0f}",
        f"{100 * naive.abandonment:+.1f}",
        f"{100 * naive.idle_share:.0f}",
    )
    return Label(
        f"Staffing from first to last service alone is {'adequate' if naive.adequate else 'INADEQUATE'}: waits "
        f"{wait} %, abandonment {lost} points on the same days; in {idle} % of that duty nobody was served though "
        "somebody waited.",
        f"仅按首末次服务推断在岗：{'可用' if naive.adequate else '不可用'}。同样日期等候 {wait}%，放弃率 "
        f"{lost} 个百分点；其中 {idle}% 的在岗时间有人等候却无人受理。",
    )


def _rows(p: Prediction, lang: str) -> list[list[str]]:
    seen, made = p.observed, p.simulated
    cells = {
        "mean": (f"{seen.mean_s:.1f} s", f"{made.mean_s:.1f} s", _percent(p.difference, "+.1f")),
        "p90": (f"{seen.p90_s:.0f} s", f"{made.p90_s:.0f} s", _percent(_beyond(made.p90_s, seen.p90_s), "+.1f")),
        "abandonment": (
            f"{100 * seen.abandonment:.2f} %",
            f"{100 * made.abandonment:.2f} %",
            f"{100 * p.abandonment:+.2f} pt",
        ),
        "correlation": ("", _number(p.correlation), ""),
        "large": ("", _number(p.correlation_large), ""),
        "profile": ("", "", _percent(p.profile, ".1f")),
        "worst": ("", "", _percent(p.worst_hour, ".1f")),
        "met": ("", "", _percent(p.met, ".0f")),
        "day": ("", "", _percent(p.day_sd, ".1f")),
    }
    if not math.isnan(p.coverage):
        cells["coverage"] = ("", "", f"{100 * p.coverage:.0f} %")
    if not math.isnan(p.arrivals_inside):
        cells["arrivals"] = ("", "", f"{100 * p.arrivals_inside:.0f} %")
    header = {"en": ["", "log", "simulation", "difference"], "zh": ["", "实际", "仿真", "差异"]}[lang]
    return [header, *([getattr(NAMES[name], lang), *row] for name, row in cells.items())]


def _hours(p: Prediction, lang: str) -> list[list[str]]:
    return [list(_HOURS[lang]), *map(_hour, p.hours)]


def _hour(hour: HourWaits) -> list[str]:
    return [
        f"{hour.hour}:00",
        f"{hour.customers:,}",
        f"{hour.observed_s:.0f} s",
        f"± {100 * hour.chance:.0f} %",
        f"{hour.simulated_s:.0f} s",
        f"{100 * hour.difference:+.0f} %",
    ]


def _percent(share: float, form: str) -> str:
    """Write a share in percent, a dash where there is none."""
    return f"{100 * share:{form}} %" if math.isfinite(share) else "–"


def _beyond(x: float, other: float) -> float:
    """Return by what share x lies beyond the other number, NaN where that is zero."""
    return x / other - 1 if other else math.nan


def _number(x: float) -> str:
    return "–" if math.isnan(x) else f"{x:.3f}"


def _newcomers(n: int) -> Label:
    return Label(
        f"  ({n} people were not seen on the days fitted on; they serve what they serve here)",
        f"  （{n} 人在拟合日未出现，按本时段所见办理）",
    )


def _not_forecast(p: Prediction) -> Label:
    n, kinds = sum(p.not_forecast.values()), list(p.not_forecast)
    return Label(
        f"  ({n:,} customers of the log are of kinds that did not come on the days fitted on: {', '.join(kinds)}. The "
        "forecast has none of them.)",
        f"  （日志中有 {n:,} 位客户所办业务在拟合日未出现：{'、'.join(kinds)}。预测中不含这些客户）",
    )
