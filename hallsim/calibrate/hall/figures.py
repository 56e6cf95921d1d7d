"""Figures of a fitted hall: each parameter with its interval, sample, method, and what to beware of.

In: a `Hall`. Out: `Figure`s in the order of the scenario. Their paths are those of the scenario where it has them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hallsim.calibrate.hall.appointments import Appointments
from hallsim.calibrate.hall.day_kinds import span_of
from hallsim.calibrate.hall.figure import Figure, Interval, Z, ratio_of_days, share
from hallsim.calibrate.hall.fit import BOOKED, Day, Hall, surely
from hallsim.calibrate.hall.laws import CV_TOLERANCE, MEAN_TOLERANCE, Fitted
from hallsim.calibrate.hall.patience import Patience
from hallsim.calibrate.hall.services import logged_work
from hallsim.model import US_PER_MINUTE, Label
from hallsim.units import format_clock

MANY_REJECTED = 0.2
"""Share of days on which Brown's test rejects that is worth a warning; 5 % is chance."""
UNEQUAL = 1.5
UNEQUAL_BOOKINGS = 0.1
WIDE = 0.5
"""Half an interval of so large a share of its estimate: the log hardly tells the parameter."""

LAWS = {
    "exponential": Label("exponential", "指数分布"),
    "lognormal": Label("lognormal", "对数正态分布"),
    "gamma": Label("gamma", "伽马分布"),
    "weibull": Label("Weibull", "威布尔分布"),
    "mixture": Label("lognormal with an atom of very short ones", "对数正态加极短办理"),
    "empirical": Label("the sample itself", "经验分布"),
    "deterministic": Label("always the same", "定值"),
}
BY_LIKELIHOOD = Label("maximum likelihood", "极大似然")
NONE = Interval(math.nan, math.nan, math.nan)
FIRST_TICKETS = Label("first tickets of visits", "每次到访的首张号票")


def figures(hall: Hall) -> list[Figure]:
    """Return all figures of a hall."""
    found = [figure for day in hall.days for figure in (*_arrivals(hall, day), *_appointments(hall, day))]
    found += [*_campaigns(hall), *_mix(hall), *_follow_ons(hall)]
    for station in hall.services:
        found += [*_services(hall, station), *_patience(hall, station)]
        found += [figure for day in hall.days if station in day.posts for figure in _staffing(hall, day, station)]
    return [*found, *_absence(hall)]


def rows_of(what: Label, dates: tuple[str, ...]) -> Label:
    """Return what was looked at, and on which days."""
    n, span = len(dates), span_of(dates)
    days = Label(f"{n} day{'s' * (n > 1)}, {span}", f"{n} 天，{span}")
    return Label(f"{what.en}, {days.en}", f"{what.zh}，{days.zh}")


def _day_of(hall: Hall, day: Day) -> str:
    return day.kind.name if len(hall.days) > 1 else ""


def _arrivals(hall: Hall, day: Day) -> Iterator[Figure]:
    rates, name = day.rates, _day_of(hall, day)
    dates = tuple(hall.sample.dates[i] for i in day.usual)
    rows = rows_of(FIRST_TICKETS, dates)
    if day.appointments is not None:
        rows = rows_of(Label("first tickets of visits not booked", "未预约到访的首张号票"), dates)
    by_days = Label("mean of days", "逐日平均")
    n = round(rates.level.value * len(day.usual))
    yield Figure(
        (*day.walk_in, "rates"),
        name,
        Label("customers a day", "日均客流"),
        rates.level,
        "",
        n,
        rows,
        by_days,
        _of_rates(day),
        varies=True,
    )
    pieces = Label("mean of days; pieces by BIC", "逐日平均，时段按 BIC 划分")
    for start, end, rate in zip(rates.starts, rates.ends(), rates.rates, strict=True):
        span = f"{format_clock(start)}-{format_clock(end)}"
        size = round(rate.value * (end - start) / 3.6e9 * len(day.usual))
        path = (*day.walk_in, "rates", format_clock(start))
        yield Figure(path, name, Label(f"arrivals {span}", f"到达率 {span}"), rate, "/h", size, rows, pieces)
    if rates.crowd.value:
        label = Label("crowd before the doors", "开门前等候人数")
        method = Label("before opening and in its first minute, less the usual", "开门前及首分钟，扣除平时到达")
        yield Figure((*day.walk_in, "crowd"), name, label, rates.crowd, "", n, rows, method)
    spreads = (
        ("day_cv", day.day_cv, Label("cv of the day's factor", "日系数变异"), Label("negative binomial", "负二项似然")),
        ("hour_cv", day.hour_cv, Label("cv of the hour's factor", "时系数变异"), Label("dispersion", "离散度")),
    )
    for key, cv, label, method in spreads:
        yield _spread((*day.walk_in, key), name, label, cv, len(day.usual), rows, method)


def _spread(path: tuple[str, ...], name: str, label: Label, cv: Interval, n: int, rows: Label, method: Label) -> Figure:
    if math.isnan(cv.value):
        warned: tuple[Label, ...] = (Label("too few days to tell", "天数太少，无法判断"),)
    elif not surely(cv):
        warned = (Label("not surely above 0, so left at 0", "未显著大于 0，按 0 处理"),)
    else:
        warned = ()
    return Figure(path, name, label, cv, "", n, rows, method, warned, identifiable=not math.isnan(cv.value))


def _of_rates(day: Day) -> tuple[Label, ...]:
    rates, found = day.rates, []
    if rates.tested and rates.rejected > max(MANY_REJECTED * rates.tested, 1):
        found.append(
            Label(
                f"Brown's test rejects Poisson arrivals on {rates.rejected} of {rates.tested} days",
                f"Brown 检验在 {rates.tested} 天中有 {rates.rejected} 天拒绝泊松到达",
            )
        )
    if rates.late:
        found.append(Label(f"{rates.late} came after closing, not counted", f"{rates.late} 人在关门后到达，未计入"))
    return tuple(found)


def _appointments(hall: Hall, day: Day) -> Iterator[Figure]:
    """Yield how many are booked, how many of them come, and how early."""
    known, name = day.appointments, _day_of(hall, day)
    if known is None:
        return
    path = (*BOOKED, "appointments")
    rows = rows_of(Label("bookings", "预约"), day.dates)
    label, by_days = Label("bookings a day", "日均预约数"), Label("mean of days", "逐日平均")
    yield Figure((*path, "per_slot"), name, label, known.booked, "", known.n, rows, by_days, _of_bookings(known))
    label = Label("booked customers who come", "预约到厅比例")
    if known.show is None:
        untold = (Label("every booking has a ticket: no-shows are not listed", "每条预约都有票号：名单未含爽约"),)
        yield Figure((*path, "show"), name, label, NONE, "%", known.n, rows, by_days, untold, identifiable=False)
    else:
        found, ratio = known.show.times(100.0), Label("ratio of sums, days as units", "总和之比，以日为单位")
        surely_less = known.show.high + (known.show.high - known.show.value) < 1.0
        yield Figure((*path, "show"), name, label, found, "%", known.n, rows, ratio, varies=surely_less)
    if not known.early:
        few = (Label("fewer than 20 with a known ticket: on time", "已知票号者不足 20 人，按准时处理"),)
        label = Label("earliness", "提前时间")
        yield Figure((*path, "early"), name, label, NONE, "min", 0, rows, by_days, few, identifiable=False)
        return
    taken = rows_of(Label("booked time less ticket time", "预约时间减取号时间"), day.dates)
    moments, n = Label("moments of the sample", "样本矩"), known.early[0].n
    for key, found, label in (
        ("mean", known.mean, Label("earliness, mean", "提前时间均值")),
        ("sd", known.sd, Label("  its standard deviation", "  其标准差")),
    ):
        yield Figure((*path, "earliness", key), name, label, found.times(1 / 60), "min", n, taken, moments)
    minutes = known.late / US_PER_MINUTE
    label = (
        Label(f"earliness and {minutes:g} min", f"提前时间加 {minutes:g} 分钟")
        if minutes
        else Label("earliness", "提前时间")
    )
    yield from (replace(one, day=name, varies=False) for one in _law((*path, "early"), label, list(known.early), taken))


def _of_bookings(known: Appointments) -> tuple[Label, ...]:
    found = []
    if known.spread > UNEQUAL_BOOKINGS:
        cv = known.spread
        found.append(Label(f"days differ by a cv of {cv:.2f}; each has the mean", f"逐日变异系数 {cv:.2f}，按均值处理"))
    counted = (
        (known.bare, Label("days of the log without a booking", "日志中无预约的天数")),
        (known.lost, Label("bookings whose ticket the log lacks", "票号不在日志中的预约数")),
        (known.outside, Label("bookings outside the opening hours, left out", "营业时间外、未计入的预约数")),
    )
    return (*found, *(Label(f"{label.en}: {n}", f"{label.zh}：{n}") for n, label in counted if n))


def _campaigns(hall: Hall) -> Iterator[Figure]:
    """Yield what campaigns do to each transaction that they concern."""
    found, names = hall.campaigns, hall.campaign_names
    one = len(hall.customers.every_transaction) == 1
    for effect in found.effects:
        campaign, transaction = found.names[effect.campaign], hall.sample.names.transactions[effect.transaction]
        dates = tuple(date for i, date in enumerate(hall.sample.dates) if found.runs[effect.campaign, i])
        path = ("campaigns", names[effect.campaign])
        to = () if one else (hall.customers.transactions[effect.transaction],)
        untold = () if effect.why_not is None else (effect.why_not,)
        label = Label(f"{campaign}: lift of {transaction}", f"{campaign}：{transaction} 增量")
        method = Label(
            f"quasi-Poisson by days, lifts add up, dispersion {effect.dispersion:.2f}",
            f"逐日拟泊松回归，增量相加，离散度 {effect.dispersion:.2f}",
        )
        unsure = () if untold or effect.lifts else (Label("not surely above 0: left at 0", "未显著大于 0：按 0 处理"),)
        rows = rows_of(FIRST_TICKETS, dates)
        lift, warned = effect.lift.times(100.0), (*untold, *unsure)
        yield Figure((*path, "lift", *to), "", label, lift, "%", effect.n, rows, method, warned, not untold, True)
        if not untold and math.isnan(effect.longer.value):
            untold = (Label("too few days with services", "有办理的日子太少"),)
        label = Label(f"{campaign}: {transaction} takes", f"{campaign}：{transaction} 时长系数")
        method = Label("difference of log means by days, factors multiply", "逐日对数均值之差，系数相乘")
        rows = rows_of(Label("services at counters", "台席办理"), dates)
        same = Label("not surely other than 1: left at 1", "与 1 无显著差异：按 1 处理")
        warned = untold or (() if effect.changes_services else (same,))
        path = (*path, "service_time", *to)
        yield Figure(path, "", label, effect.longer, "", effect.n_services, rows, method, warned, not untold, True)


def _mix(hall: Hall) -> Iterator[Figure]:
    customers = hall.customers
    rows = rows_of(FIRST_TICKETS, hall.usual_dates)
    wilson = Label("share, Wilson's interval", "比例，Wilson 区间")
    classes, transactions = sorted({c for c, _ in customers.mix}), list(customers.first_transactions)
    of_log = hall.sample.names
    sorts = (
        ("segments", classes, of_log.ticket_classes, customers.classes, customers.share_of_class),
        ("transactions", transactions, of_log.transactions, customers.transactions, customers.share_of_transaction),
    )
    for key, known, names, keys, share_of in sorts:
        for which in known if len(known) > 1 else ():
            label = Label(f"share of {names[which]}", f"{names[which]} 占比")
            found = share_of(which).times(100.0)
            yield Figure((key, keys[which]), "", label, found, "%", customers.n, rows, wilson)
    calls = Label("calls with both waiting, a younger ticket first", "两类同候而后到者先叫")
    for a, b, times, n in customers.overtaken:
        one, other = hall.sample.names.ticket_classes[a], hall.sample.names.ticket_classes[b]
        label = Label(f"{one} called before {other}", f"{one} 先于 {other}")
        yield Figure(("tickets", customers.classes[a], "rank"), "", label, times.times(100.0), "%", n, rows, calls)


def _follow_ons(hall: Hall) -> Iterator[Figure]:
    """Yield how many transactions a service has, and which follow which."""
    customers, parts = hall.customers, hall.sample.parts
    if not customers.follow_ons:
        return
    rows = rows_of(Label("transactions of services", "每次办理的各笔业务"), hall.sample.dates)
    _, size = np.unique(parts.leg, return_counts=True)
    half = Z * float(size.std()) / math.sqrt(len(size))
    mean = Interval(float(size.mean()), float(size.mean()) - half, float(size.mean()) + half)
    label = Label("transactions a service", "每次办理业务笔数")
    yield Figure(("follow_ons", "mean"), "", label, mean, "", len(size), rows, Label("mean of services", "逐次平均"))
    wilson, names = Label("share, Wilson's interval", "比例，Wilson 区间"), hall.sample.names.transactions
    for a, nexts in sorted(customers.follow_ons.items()):
        n = sum(nexts.values())
        for b, times in sorted(nexts.items()):
            if b >= 0:
                path = ("follow_ons", "share", customers.transactions[a], customers.transactions[b])
                label = Label(f"{names[b]} after {names[a]}", f"{names[a]} 后接 {names[b]}")
                yield Figure(path, "", label, share(times, n).times(100.0), "%", n, rows, wilson)


def _services(hall: Hall, station: int) -> Iterator[Figure]:
    services, customers = hall.services[station], hall.customers
    base = ("stations", customers.stations[station])
    rows = rows_of(Label("rows served, call to end", "已办结行（叫号至办结）"), hall.usual_dates)
    names = {"ticket_class": customers.classes, "transaction": customers.transactions}
    for key, found in services.laws.items():
        who = " ".join(names[column][v] for column, v in zip(services.by, key, strict=True)) if key else "rest"
        path = (*base, "time", who) if services.by else (*base, "time")
        label = Label(f"service {who}", f"办理时长 {who}") if services.by else Label("service", "办理时长")
        yield from _law(path, label, found, rows)
    if services.walk is not None:
        label = Label("from call to start", "叫号至开始")
        yield from _law((*base, "walk"), label, [services.walk], rows)
    if services.wrap_up is not None:
        part, work = services.wrap_up
        label = Label(f"work after {100 * part:.0f} % of services", f"{100 * part:.0f}% 的办理后整理")
        logged = logged_work(hall.sample, station)
        seen = Label("gaps with customers waiting", "有客等候时的间隔")
        method = Label(f"{LAWS[work.name].en}, censored", f"{LAWS[work.name].zh}，含删失")
        if logged:
            seen, method = Label("work after services, as logged", "日志记录的办理后整理"), LAWS[work.name]
        in_vain = not logged and bool((hall.sample.call_time >= 0).any())
        vain = Label("not told apart from calling numbers that nobody answers", "无法与过号呼叫时间分开")
        yield Figure(
            (*base, "wrap_up"),
            "",
            label,
            work.mean.times(1 / 60),
            "min",
            work.n,
            rows_of(seen, hall.sample.dates),
            method,
            (vain,) if in_vain else (),
            identifiable=not in_vain,
        )
    method = Label("expected over actual time", "应办时长比实办时长")
    for server, (speed, n) in services.speeds.items():
        name = hall.sample.names.counters[server]
        same = () if services.speeds_differ else (Label("servers do not surely differ", "台席间无显著差异"),)
        label = Label(f"speed of {name}", f"{name} 速度")
        yield Figure((*base, "servers", name, "speed"), "", label, speed, "", n, rows, method, same)


def _law(path: tuple[str, ...], label: Label, found: list[Fitted], rows: Label) -> Iterator[Figure]:
    """Yield mean and cv of a law with its candidates."""
    one = found[0]
    others = ", ".join(f"{LAWS[f.name].en} {f.distance:.3f}" for f in found[1:])
    chinese = "，".join(f"{LAWS[f.name].zh} {f.distance:.3f}" for f in found[1:])
    off = "–" if math.isnan(one.distance) else f"{one.distance:.3f}"
    method = Label(
        f"{LAWS[one.name].en}, KS {off}" + (f" (else {others})" if others else ""),
        f"{LAWS[one.name].zh}，KS {off}" + (f"（其他：{chinese}）" if others else ""),
    )
    yield Figure(path, "", label, one.mean.times(1 / 60), "min", one.n, rows, method, _of_law(one), varies=True)
    cv = Label(f"  its cv ({LAWS[one.name].en})", f"  变异系数（{LAWS[one.name].zh}）")
    if one.name not in ("exponential", "deterministic"):
        yield Figure((*path, "cv"), "", cv, one.cv, "", one.n, rows, method)


def _of_law(one: Fitted) -> tuple[Label, ...]:
    if one.matches:
        return ()
    return (
        Label(
            f"mean {one.mean.value / one.sample_mean - 1:+.1%} and cv {one.cv.value / one.sample_cv - 1:+.1%} off the "
            f"sample's (allowed {MEAN_TOLERANCE:.0%}, {CV_TOLERANCE:.0%})",
            f"均值与样本差 {one.mean.value / one.sample_mean - 1:+.1%}，变异系数差 "
            f"{one.cv.value / one.sample_cv - 1:+.1%}（允许 {MEAN_TOLERANCE:.0%}、{CV_TOLERANCE:.0%}）",
        ),
    )


def _patience(hall: Hall, station: int) -> Iterator[Figure]:
    base = ("stations", hall.customers.stations[station], "patience")
    known = hall.patience[station]
    rows = rows_of(Label("waits; the served are censored", "等候时间（已叫号者为删失）"), hall.sample.dates)
    if not known:
        few = (Label("fewer than 20 gave up: endless in the scenario", "放弃不足 20 人，按不放弃处理"),)
        label = Label("patience", "耐心")
        yield Figure(base, "", label, NONE, "min", 0, rows, BY_LIKELIHOOD, few, identifiable=False)
        return
    for which, one in sorted(known.items(), key=lambda item: (item[0] is None, item[0] or 0)):
        name = "" if len(known) == 1 else hall.customers.classes[which] if which is not None else "rest"
        yield from _one_patience((*base, name) if name else base, name, one, rows)


def _one_patience(path: tuple[str, ...], name: str, one: Patience, rows: Label) -> Iterator[Figure]:
    points = ", ".join(f"{100 * p:.0f} % by {t / 60:.1f} min" for p, t in one.points if math.isfinite(t))
    chinese = "，".join(f"{100 * p:.0f}% 在 {t / 60:.1f} 分内" for p, t in one.points if math.isfinite(t))
    estimate = Label("Turnbull", "Turnbull") if one.silent else Label("Kaplan-Meier", "Kaplan-Meier")
    method = Label(
        f"{LAWS[one.name].en}, {one.n_gone} gave up; {estimate.en}: {points or 'too few'}",
        f"{LAWS[one.name].zh}，{one.n_gone} 人放弃；{estimate.zh}：{chinese or '太少'}",
    )
    warned = []
    told = one.mean.relative <= WIDE
    if not told:
        warned.append(Label("the log hardly tells it", "日志难以确定"))
    if one.silent:
        warned.append(
            Label("leavers were seen only when called; their time is inferred", "离开者叫号时才发现，离开时刻为推断")
        )
    label = Label(f"patience {name}".strip(), f"耐心 {name}".strip())
    mean = one.mean.times(1 / 60)
    yield Figure(path, "", label, mean, "min", one.n, rows, method, tuple(warned), identifiable=told, varies=True)
    if one.name == "weibull":
        shape = Label("  its shape (Weibull)", "  形状（威布尔）")
        yield Figure((*path, "shape"), "", shape, one.shape, "", one.n, rows, BY_LIKELIHOOD)
    if one.absent.value > 0:
        label = Label("calls nobody answers, patience apart", "与耐心无关的过号")
        absent = one.absent.times(100.0)
        yield Figure((*path[:2], "calls"), "", label, absent, "%", one.n, rows, BY_LIKELIHOOD)


def _absence(hall: Hall) -> Iterator[Figure]:
    """Yield which part of the hours planned nobody was there, with days as units."""
    known = hall.choices.roster.absence()
    if not known:
        return
    planned, missing = (np.array(column) for column in zip(*known, strict=True))
    label = Label("absence, of hours planned", "缺勤占计划工时")
    source = Label(f"roster and attendance, {len(known)} days", f"排班与考勤，{len(known)} 天")
    found = ratio_of_days(missing, planned).times(100.0)
    method = Label("hours not attended over hours planned", "未到岗工时比计划工时")
    yield Figure(("absence",), "", label, found, "%", len(known), source, method)


def _staffing(hall: Hall, day: Day, station: int) -> Iterator[Figure]:
    posts = day.posts[station]
    total, known = posts.total(), posts.mean
    mean = sum(total) / len(total)
    source = Label("who served whom, and who waited", "谁办理了谁、谁在等候")
    method = Label("half-hourly median of days", "每半小时逐日中位数")
    warned = []
    if posts.rostered:
        days = f"{posts.rostered}/{posts.n_days}"
        source = Label(f"the roster ({days} days), who served whom", f"排班表（{days} 天）、谁办理了谁")
    elif not hall.sample.named:
        method = Label("services at once, half-hourly", "每半小时同时办理数")
        warned.append(Label("the log names no counters", "日志无台席信息"))
    typical = sum(known) / len(known)
    if typical and abs(mean / typical - 1.0) > 0.1:
        warned.append(
            Label(f"rounding makes {mean:.2f} of a mean of {typical:.2f}", f"取整后为 {mean:.2f}，均值为 {typical:.2f}")
        )
    if posts.spread > UNEQUAL:
        warned.append(Label(f"days differ by {posts.spread:.1f}", f"逐日相差 {posts.spread:.1f}"))
    if len(posts.pools) > 1:
        sizes = len(posts.pools)
        method = Label(f"{method.en}; {sizes} pools by skill", f"{method.zh}；按技能分 {sizes} 组")
    path = ("stations", hall.customers.stations[station], "servers")
    label = Label("servers open, mean", "平均开放台席")
    yield Figure(
        path,
        _day_of(hall, day),
        label,
        Interval(mean, math.nan, math.nan),
        "",
        posts.n_days,
        rows_of(source, day.dates),
        method,
        tuple(warned),
    )
