"""A plan in plain sentences, in English or Chinese: what is promised, needed, found, verified, and what cannot be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hallsim.experiment.guard.words import out_of_reach
from hallsim.experiment.staffing.posts import MACHINES
from hallsim.kpis import KPIS
from hallsim.model import US_PER_MINUTE, Label, Model, Target
from hallsim.scenario.servers import span_text
from hallsim.units import format_duration

if TYPE_CHECKING:
    from hallsim.experiment.staffing.fresh import Check
    from hallsim.experiment.staffing.plan import Plan, Roster
    from hallsim.experiment.staffing.promises import Goal

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "average": "in every half-hour, of all customers over the days",
        "days": "in every half-hour, and on {share} of days over the whole day",
        "half-hours": "in every half-hour on {share} of days",
        "promise": "Promised: {targets}; {meant}.",
        "no_more": "with no more than {most} at {post}",
        "abundance": "with any number of people at {posts}",
        "cannot": "Not reachable: {target}{when} comes to {value} even {staff}.",
        "why": " {reason}.",
        "outage": "{station} has no system {when}",
        "not_planned": "it is measured at {station}, whose staff is not planned here",
        "when_slot": " at {when}",
        "when_day": " on {share} of days",
        "required": "Needed are {hours} hours a day at {post}, {most} people at most ({when}); today {today} are "
        "scheduled.",
        "shifts": "The shifts take {n} people and {hours} paid hours a day; today it is {today}: {change}.",
        "cost": "They cost {cost} a day, today's {today}: {change}.",
        "less": "{x} less ({share})",
        "more": "{x} more ({share})",
        "same": "the same",
        "verified": "Verified on {days} fresh days (seed {seed}), with {confidence} certainty: {levels}.",
        "unverified": "Not verified: on {days} fresh days (seed {seed}) the best roster found leaves open or misses "
        "{what}: {levels}.",
        "unchecked": "Stopped before this roster was checked on fresh days; it is good on the days it was found with.",
        "level": "{target}: {value}, kept on {good} of days",
        "today_keeps": "Today's roster keeps the promise on {days} fresh days (seed {seed}): {levels}.",
        "today_not": "Today's roster does not: on {days} fresh days (seed {seed}) {levels}; missed {what}.",
        "today_open": "Whether today's roster does is inside the noise of {days} fresh days (seed {seed}): {levels}.",
        "over_day": "over the day",
        "and_more": "{what} and {n} more",
        "doubtful": "Nothing was planned: whether any number of people at {posts} keeps {what} is inside the noise of "
        "{days} days; more days (--days) may tell.",
        "undecided": "The search was not carried to the end: whether {low} hours or more, but fewer than {high}, are "
        "enough is open.",
        "undecided_cost": "The search was not carried to the end: whether shifts that cost {low} or more, but less "
        "than {high}, are enough is open.",
        "fewer_here": "In {n} half-hours fewer are on duty with the shifts than needed: each of the two columns is one "
        "roster, and more people before make up for it.",
        "machines": "it is measured at {station}, whose servers are machines: no number of people changes that",
        "no_required": "No numbers were found that keep the promise.",
        "no_shifts": "No roster of these shifts was found that keeps the promise.",
        "spent": "{n} days were simulated.",
        "stopped": "Stopped early: what stands here is the best found by then.",
        "comma": ", ",
        "semicolon": "; ",
        "all": "all",
    },
    "zh": {
        "average": "各半小时内，按全部天数的客户合计",
        "days": "各半小时内，且 {share} 的天数全天达到",
        "half-hours": "各半小时内，{share} 的天数达到",
        "promise": "目标：{targets}；{meant}。",
        "no_more": "{post}最多 {most} 人时",
        "abundance": "{posts}人数不限时",
        "cannot": "无法达到：{staff}，{target}{when}也只有 {value}。",
        "why": "{reason}。",
        "outage": "{station}在 {when} 系统中断",
        "not_planned": "该目标在{station}考核，其人员不在本次安排之内",
        "when_slot": "在 {when} ",
        "when_day": "在 {share} 的天数",
        "required": "{post}每天需 {hours} 小时，同时最多 {most} 人（{when}）；目前排班 {today} 小时。",
        "shifts": "班次共 {n} 人、每天 {hours} 个计薪小时；目前为 {today} 小时：{change}。",
        "cost": "每天成本 {cost}，目前为 {today}：{change}。",
        "less": "减少 {x}（{share}）",
        "more": "增加 {x}（{share}）",
        "same": "不变",
        "verified": "已用 {days} 个新的仿真日（种子 {seed}）验证，置信度 {confidence}：{levels}。",
        "unverified": "未能验证：在 {days} 个新的仿真日（种子 {seed}）中，"
        "所找到的最好排班尚不能肯定或未达到{what}：{levels}。",
        "unchecked": "在用新的仿真日验证之前已停止；该排班仅在搜索所用的天数内达标。",
        "level": "{target}：{value}，达标天数 {good}",
        "today_keeps": "目前的排班在 {days} 个新的仿真日（种子 {seed}）中达标：{levels}。",
        "today_not": "目前的排班不达标：在 {days} 个新的仿真日（种子 {seed}）中，{levels}；未达到{what}。",
        "today_open": "目前的排班是否达标，{days} 个新的仿真日（种子 {seed}）尚不能判定：{levels}。",
        "over_day": "全天",
        "and_more": "{what}等 {n} 处以上",
        "doubtful": "未作安排：{posts}无论多少人，{days} 天的仿真尚不能判定能否达到{what}；可用 --days 增加天数。",
        "undecided": "搜索未穷尽：每天 {low} 小时以上、不足 {high} 小时是否足够，尚不能判定。",
        "undecided_cost": "搜索未穷尽：每天成本 {low} 以上、不足 {high} 的班次是否足够，尚不能判定。",
        "fewer_here": "有 {n} 个半小时，班次的在岗人数少于“需要”：两列各为一套完整的人数，此前较多的人手可以弥补。",
        "machines": "该目标在{station}考核，那里是自助设备，增加人员无济于事",
        "no_required": "未找到能达标的人数。",
        "no_shifts": "用这些班次未找到能达标的排班。",
        "spent": "共模拟 {n} 天。",
        "stopped": "提前停止：所列为当时找到的最好结果。",
        "comma": "、",
        "semicolon": "；",
        "all": "全部",
    },
}
MOST_NAMED = 3


def sentences(plan: Plan, lang: str) -> list[str]:
    """Return what a plan found, in plain sentences."""
    w = WORDS[lang]
    out = [promised(plan, lang)]
    if not plan.complete:
        out.append(w["stopped"])
    if plan.unreachable:
        out += _unreachable(plan, lang)
    elif plan.doubtful:
        out.append(_doubtful(plan, lang))
    else:
        out += _found(plan, lang)
    if plan.today.check is not None:
        out.append(_today(plan, plan.today.check, lang))
    return [*out, w["spent"].format(n=f"{plan.simulated:,}")]


def _doubtful(plan: Plan, lang: str) -> str:
    w = WORDS[lang]
    posts = w["comma"].join(_in(plan.hall.model.stations[post.station].label, lang) for post in plan.posts)
    what = goals_said(plan, list(plan.doubtful), lang)
    return w["doubtful"].format(posts=posts, what=what, days=f"{plan.ample.days:,}")


def promised(plan: Plan, lang: str) -> str:
    """Return what is promised as a sentence."""
    w, model = WORDS[lang], plan.hall.model
    said = w["comma"].join(target_label(model, t, lang) for t in plan.promise.targets)
    meant = w[plan.promise.meant].format(share=_percent(plan.promise.share, 0))
    return w["promise"].format(targets=said, meant=meant)


def target_label(model: Model, target: Target, lang: str) -> str:
    """Return a target in a few words: who, where if there is a choice, and what is promised."""
    who = WORDS[lang]["all"] if target.ticket_class < 0 else _in(model.ticket_classes[target.ticket_class].label, lang)
    counters = [i for i, s in enumerate(model.stations) if s.role == "counter"]
    if target.station >= 0 and counters != [target.station]:
        who += f" ({_in(model.stations[target.station].label, lang)})"
    if target.at_least is not None:
        share, time = _percent(target.at_least, 0), format_duration(target.within)
        return f"{who} {share} within {time}" if lang == "en" else f"{who} {time} 内 {share}"
    assert target.at_most is not None
    name = _in(Label(KPIS[target.measure].en.lower(), KPIS[target.measure].zh), lang)
    bound = figure(target, target.at_most * (1.0 if target.measure == "abandonment" else US_PER_MINUTE), True)
    return f"{who} {name} ≤ {bound}"


def figure(target: Target, value: float, bound: bool = False) -> str:
    """Return a figure of a target as counted (a share, or microseconds), as readers see it."""
    if math.isnan(value):
        return "–"
    in_time = target.measure == "mean_wait" or (bound and target.measure != "abandonment")
    if in_time:
        return format_duration(round(value)) if bound else f"{value / US_PER_MINUTE:.2f} min"
    return _percent(value, 0 if bound and round(100 * value) == 100 * value else 1)


def is_surely(check: Check) -> str:
    """Return "kept", "missed" or "open"."""
    return "kept" if check.verified else "missed" if check.found.missed().any() else "open"


def goals_said(plan: Plan, goals: list[Goal], lang: str) -> str:
    """Return the places of goals, the first few by name."""
    w = WORDS[lang]
    said = list(dict.fromkeys(_where(plan, goal, lang) for goal in goals))
    named = w["comma"].join(said[:MOST_NAMED])
    return named if len(said) <= MOST_NAMED else w["and_more"].format(what=named, n=len(said) - MOST_NAMED)


def _where(plan: Plan, goal: Goal, lang: str) -> str:
    when = WORDS[lang]["over_day"] if goal.slot < 0 else span_text(tuple(plan.slots[goal.slot].tolist()))
    if len(plan.promise.targets) == 1:
        return when
    return f"{target_label(plan.hall.model, plan.promise.targets[goal.target], lang)} {when}"


def _found(plan: Plan, lang: str) -> list[str]:
    w, out = WORDS[lang], []
    if plan.required is not None:
        for k, post in enumerate(plan.posts):
            row = plan.required.numbers[k]
            highest = int(row.argmax())
            out.append(
                w["required"].format(
                    post=_in(plan.hall.model.stations[post.station].label, lang),
                    hours=f"{plan.required.hours[k]:g}",
                    most=int(row[highest]),
                    when=span_text(tuple(plan.slots[highest].tolist())),
                    today=f"{plan.today.hours[k]:g}",
                )
            )
        out.append(_verified(plan, plan.required, lang))
        out += _undecided(plan.required.undecided, sum(plan.required.hours), "undecided", lang)
    elif plan.complete:
        return [w["no_required"]]
    if plan.shifts is not None:
        paid, now = sum(plan.shifts.hours), sum(plan.today.hours)
        n = sum(n for _, _, n in plan.shifts.people)
        change = _change(paid, now, lang)
        out.append(w["shifts"].format(n=n, hours=f"{paid:g}", today=f"{now:g}", change=change))
        cost, now = sum(plan.shifts.cost), sum(plan.today.cost)
        if plan.library.wage != 1.0 or cost != paid:
            out.append(w["cost"].format(cost=f"{cost:,.6g}", today=f"{now:,.6g}", change=_change(cost, now, lang)))
        out.append(_verified(plan, plan.shifts, lang))
        out += _undecided(plan.shifts.undecided, cost, "undecided_cost", lang)
        fewer = 0 if plan.required is None else int((plan.shifts.numbers < plan.required.numbers).sum())
        if fewer:
            out.append(w["fewer_here"].format(n=fewer))
    elif plan.complete:
        out.append(w["no_shifts"])
    return out


def _undecided(low: float, found: float, name: str, lang: str) -> list[str]:
    """Return between what the search left open, if it did."""
    if not low < found - 1e-6:
        return []
    return [WORDS[lang][name].format(low=f"{low:,.6g}", high=f"{found:,.6g}")]


def _change(new: float, old: float, lang: str) -> str:
    w = WORDS[lang]
    if math.isclose(new, old):
        return w["same"]
    share = _percent(abs(new - old) / old, 1) if old else "–"
    return w["less" if new < old else "more"].format(x=f"{abs(new - old):,.6g}", share=share)


def _verified(plan: Plan, roster: Roster, lang: str) -> str:
    w, check = WORDS[lang], roster.check
    if check is None:
        return w["unchecked"]
    levels, days = _levels(plan, check, lang), f"{check.days:,}"
    if check.verified:
        confidence = _percent(plan.confidence, 0)
        return w["verified"].format(days=days, seed=check.seed, confidence=confidence, levels=levels)
    goals = [plan.promise.goals[k] for k in np.flatnonzero(~check.found.kept()).tolist()]
    what = goals_said(plan, goals, lang)
    return w["unverified"].format(days=days, seed=check.seed, what=what, levels=levels)


def _today(plan: Plan, check: Check, lang: str) -> str:
    w = WORDS[lang]
    goals = [plan.promise.goals[k] for k in np.flatnonzero(check.found.missed()).tolist()]
    word = {"kept": "today_keeps", "missed": "today_not", "open": "today_open"}[is_surely(check)]
    return w[word].format(
        days=f"{check.days:,}",
        seed=check.seed,
        levels=_levels(plan, check, lang),
        what=goals_said(plan, goals, lang),
    )


def _levels(plan: Plan, check: Check, lang: str) -> str:
    w, said = WORDS[lang], []
    for target, level, good in zip(plan.promise.targets, check.levels, check.good, strict=True):
        name = target_label(plan.hall.model, target, lang)
        value, share = figure(target, level.value), _percent(good.value, 1)
        said.append(w["level"].format(target=name, value=value, good=share))
    return w["semicolon"].join(said)


def _unreachable(plan: Plan, lang: str) -> list[str]:
    """Return what cannot be reached, why as far as the hall says it: one sentence a target."""
    w, out, model = WORDS[lang], [], plan.hall.model
    for i in dict.fromkeys(goal.target for goal in plan.unreachable):
        goals = [goal for goal in plan.unreachable if goal.target == i]
        goal = next((g for g in goals if not g.on_days), goals[0])
        target = plan.promise.targets[i]
        if goal.on_days:
            when = w["when_day"].format(share=_percent(plan.promise.share, 0))
            value = plan.ample.levels[i].value
        else:
            when = w["when_slot"].format(when=span_text(tuple(plan.slots[goal.slot].tolist())))
            value = float(plan.ample.by_slot[i, goal.slot])
        limits = [post for post in plan.posts if post.most < 10_000]
        names = w["comma"].join(_in(model.stations[p.station].label, lang) for p in plan.posts)
        staff = w["comma"].join(
            w["no_more"].format(most=p.most, post=_in(model.stations[p.station].label, lang)) for p in limits
        ) or w["abundance"].format(posts=names)
        said = w["cannot"].format(
            target=target_label(model, target, lang), when=when, value=figure(target, value), staff=staff
        )
        out.append(said + "".join(w["why"].format(reason=r[0].upper() + r[1:]) for r in _reasons(plan, target, lang)))
    return out


def _reasons(plan: Plan, target: Target, lang: str) -> list[str]:
    """Return what in the hall keeps a target from being met by more people."""
    w, model, found = WORDS[lang], plan.hall.model, []
    planned = {post.station for post in plan.posts}
    if target.station >= 0 and target.station not in planned:
        station = model.stations[target.station]
        name = "machines" if station.role in MACHINES else "not_planned"
        return [w[name].format(station=_in(station.label, lang)), *_bounds(plan, target, lang)]
    for i in sorted(planned):
        station = model.stations[i]
        if station.outages:
            when = w["comma"].join(span_text(outage) for outage in station.outages)
            found.append(w["outage"].format(station=_in(station.label, lang), when=when))
    return found


def _bounds(plan: Plan, target: Target, lang: str) -> list[str]:
    """Return what no rule of calling could better with the servers that are not planned, as the guard rails know it."""
    mine = [reach for reach in plan.bounds if reach.verdict.target == target and reach.out_of_reach]
    return [_in(out_of_reach(reach), lang).rstrip(".。") for reach in mine]


def _percent(share: float, digits: int) -> str:
    """Return a share in per cent with so many decimals; 0: as many as it has, up to two digits."""
    if math.isnan(share):
        return "–"
    return f"{100 * share:.{digits}f} %" if digits else f"{100 * share:.4g} %"


def _in(label: Label, lang: str) -> str:
    return label.zh if lang == "zh" else label.en
