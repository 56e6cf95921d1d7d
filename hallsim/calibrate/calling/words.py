"""The call rule in words: which rules were tried, what the best one says, and the days predicted with it."""

from __future__ import annotations

from hallsim.calibrate.calling.fit import Calling
from hallsim.calibrate.calling.predicted import FIRST_COME, INFERRED, TICKET, CallBacktest, CallPrediction
from hallsim.experiment.table import grid, wrap
from hallsim.model import US_PER_MINUTE, US_PER_SECOND, Label

WIDTH = 78
RULE_WIDTHS, ORDER_WIDTHS, DAY_WIDTHS = [44, 10, 12, 12], [38, 10, 10, 10, 10], [18, 10, 12, 22, 8]
SECONDS = US_PER_MINUTE / US_PER_SECOND

RULES = {
    "line": Label("order of joining the line", "按排队先后"),
    "ticket": Label("order of tickets", "按取号先后"),
    "last_come": Label("last come, first called", "后到先叫"),
    "returns_first": Label("who comes back first, then by ticket", "回访者优先，其余按取号先后"),
    "classes": Label("ticket classes in an order, then by ticket", "票类依次优先，类内按取号先后"),
    "among_first": Label("any of the first few, by ticket", "按取号先后，前几位中任选"),
    "weighed": Label("ticket, joining, coming back weighed", "取号、排队、回访加权"),
    "held_back": Label("order of tickets, some held back", "按取号先后，部分被延后"),
    "each_held_back": Label("order of tickets, held back, by queue", "按取号先后，部分被延后（分队列）"),
}
PARAMETERS = {
    "passed_over": Label("chance of being passed over, each time", "每次被越过的概率"),
    "behind_1": Label("share passed at least once", "至少被越过 1 次的比例"),
    "behind_5": Label("share passed at least 5 times", "至少被越过 5 次的比例"),
    "behind_20": Label("share passed at least 20 times", "至少被越过 20 次的比例"),
    "ahead": Label("places that who comes back stands ahead", "回访者提前的位数"),
    "first": Label("called is any of the first", "任选的前几位"),
    "ticket_number": Label("weight of the ticket's number", "取号次序的权重"),
    "line_number": Label("weight of the number in line", "排队次序的权重"),
    "returned": Label("weight of coming back", "回访的权重"),
}
_ORDERS = {
    FIRST_COME: Label("first come first served, by joining", "先到先服务（按排队先后）"),
    TICKET: Label("in order of tickets", "按取号先后"),
    INFERRED: Label("under the inferred rule", "按推断的叫号规则"),
}
_HEADERS = {
    "rules": (
        Label("call rule", "叫号规则"),
        Label("first", "首位"),
        Label("AIC", "AIC"),
        Label("held out", "留出"),
    ),
    "orders": (
        Label("", ""),
        Label("mean", "平均"),
        Label("off", "偏差"),
        Label("90 % point", "90% 分位"),
        Label("off", "偏差"),
    ),
    "days": (
        Label("90 % point, min", "90% 分位，分钟"),
        Label("log", "实际"),
        Label("simulation", "仿真"),
        Label("95 % band", "95% 区间"),
        Label("inside", "落入"),
    ),
}


def table(found: CallBacktest, lang: str = "en") -> str:
    """Return the back-test of a call rule as text of at most 80 columns."""
    n, calling = len(found.fitted.dates), found.calling
    lines = _said(
        Label(
            f"Call rule fitted on {found.fitted.name}: {n} days, {calling.n_choices:,} calls for which several waited. "
            "First: share of calls that took whom the rule has first. Held out: mean log-likelihood of a call on days "
            "not fitted on; the best rule has the largest.",
            f"叫号规则拟合日期 {found.fitted.name}：{n} 天，{calling.n_choices:,} 次可选择的叫号。首位：所叫正是规则"
            "之首位的比例。留出：未参与拟合之日每次叫号的平均对数似然，最大者为最佳。",
        ),
        lang,
    )
    lines += ["", *_rules(calling, lang), "", *_parameters(calling, lang)]
    for period in found.predictions:
        lines += ["", *_period(period, lang)]
    return "\n".join(lines)


def _said(words: Label, lang: str) -> list[str]:
    return wrap(_in(words, lang), WIDTH)


def _in(words: Label, lang: str) -> str:
    return words.zh if lang == "zh" else words.en


def _header(name: str, lang: str) -> list[str]:
    return [_in(word, lang) for word in _HEADERS[name]]


def _rules(calling: Calling, lang: str) -> list[str]:
    rows = [
        [_in(RULES[one.rule.name], lang), f"{100 * one.first:.1f} %", f"{one.aic:,.0f}", f"{one.held_out:.3f}"]
        for one in calling.candidates
    ]
    return grid([_header("rules", lang), *rows], RULE_WIDTHS)


def _parameters(calling: Calling, lang: str) -> list[str]:
    """Return what the best rule says of itself, with intervals from days drawn anew."""
    best = calling.best.rule
    lines = _said(
        Label(f"Best: {RULES[best.name].en}. With 95 % intervals:", f"最佳：{RULES[best.name].zh}。参数及 95% 区间："),
        lang,
    )
    for name, value in best.parameters.items():
        low, high = calling.interval(name)
        parameter, _, queue = name.partition("/")
        own = f" · {queue}" if queue else ""
        lines += wrap(
            f"  {_in(PARAMETERS[parameter], lang)}{own}: {round(value, 3):g} ({round(low, 3):g} – {round(high, 3):g})",
            WIDTH,
        )
    return lines


def _period(p: CallPrediction, lang: str) -> list[str]:
    seen = p.observed
    n = Label(
        f"{p.period.name}: {len(p.period.dates)} days, {seen.n:,} stays in a line; in the log mean "
        f"{_min(seen.mean_s)}, 90 % point {_min(seen.p90_s)} min",
        f"{p.period.name}：{len(p.period.dates)} 天，排队 {seen.n:,} 次；实际平均 {_min(seen.mean_s)} 分钟，90% 分位 "
        f"{_min(seen.p90_s)} 分钟",
    )
    rows = [
        [_in(_ORDERS[name], lang), _min(one.mean_s), f"{100 * mean:+.1f} %", _min(one.p90_s), f"{100 * p90:+.1f} %"]
        for (name, one), (mean, p90) in zip(p.orders.items(), p.differences.values(), strict=True)
    ]
    yes, no = ("yes", "no") if lang == "en" else ("是", "否")
    days = [
        [d.date, _min(d.observed), _min(d.simulated), f"{_min(d.low)} – {_min(d.high)}", yes if d.covered else no]
        for d in p.days["p90"]
    ]
    covered = {figure: sum(day.covered for day in of_days) for figure, of_days in p.days.items()}
    coverage = Label(
        f"Inside their 95 % bands: the mean waits of {covered['mean']}, the 90 % points of {covered['p90']} of "
        f"{len(days)} days. A band has the runs' own spread and that of the differences on the days fitted on.",
        f"落入 95% 区间：{len(days)} 天中平均等候 {covered['mean']} 天，90% 分位 {covered['p90']} 天。"
        "区间含仿真本身的波动和拟合日偏差的波动。",
    )
    return [
        *_said(n, lang),
        *grid([_header("orders", lang), *rows], ORDER_WIDTHS),
        "",
        *grid([_header("days", lang), *days], DAY_WIDTHS),
        *_said(coverage, lang),
    ]


def _min(seconds: float) -> str:
    return f"{seconds / SECONDS:.1f}"
