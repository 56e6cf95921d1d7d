"""A plan as plain text of at most 80 columns: the half-hours of each post, the shifts, the sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.staffing.words import figure, sentences, target_label
from hallsim.experiment.table import fit, grid, wrap
from hallsim.scenario.servers import span_text

if TYPE_CHECKING:
    from hallsim.experiment.staffing.plan import Plan, Roster

_WORDS = {
    "en": {
        "title": "{hall} · staff by half-hour · seed {seed}",
        "slot": "half-hour",
        "arrivals": "join",
        "offered": "load",
        "root": "root",
        "erlang": "Erlang",
        "required": "needed",
        "shifts": "shifts",
        "today": "today",
        "level": "kept",
        "hours": "hours",
        "legend": "join: customers who join; load: offered load, that is how many would be busy if nobody waited; "
        "root: load + beta × its square root; Erlang: by formula; needed: by simulation; shifts: with the shifts "
        "below; today: scheduled; kept: {what}, with the {roster}.",
        "roster_shifts": "shifts",
        "roster_required": "numbers needed",
        "roster_today": "roster of today",
        "shift": "Shifts",
        "who": "post",
        "name": "shift",
        "duty": "on duty",
        "people": "people",
        "paid": "hours",
        "cost": "cost",
        "total": "all",
        "today_row": "today",
    },
    "zh": {
        "title": "{hall} · 分半小时人员需求 · 种子 {seed}",
        "slot": "时段",
        "arrivals": "入队",
        "offered": "负荷",
        "root": "平方根",
        "erlang": "Erlang",
        "required": "需要",
        "shifts": "班次",
        "today": "目前",
        "level": "达标",
        "hours": "小时",
        "legend": "入队：入队人数；负荷：无人等候时同时办理的人数；平方根：负荷加 β 乘其平方根；"
        "Erlang：公式值；需要：仿真所得；班次：按下列班次；目前：现有排班；达标：{roster}下的{what}。",
        "roster_shifts": "班次",
        "roster_required": "所需人数",
        "roster_today": "目前排班",
        "shift": "班次",
        "who": "岗位",
        "name": "班次",
        "duty": "在岗",
        "people": "人数",
        "paid": "小时",
        "cost": "成本",
        "total": "合计",
        "today_row": "目前",
    },
}
SIZES = (7, 7, 8, 8, 8, 8, 8, 9)
SHIFT_SIZES = (30, 8, 8, 12)
"""Widths of the columns after the first."""


def render(plan: Plan, lang: str = "en", width: int = 80) -> str:
    """Return a plan as text.

    Raises
    ------
    UsageError
        For a language other than "en" and "zh", or fewer than 80 columns.
    """
    if lang not in _WORDS:
        raise UsageError(not_one_of(lang, "a language of tables", _WORDS))
    if width < 80:
        raise UsageError(f"a table needs 80 columns, not {width}")
    lines = wrap(_WORDS[lang]["title"].format(hall=getattr(plan.hall.model.label, lang), seed=plan.seed), width)
    for k in range(len(plan.posts)):
        lines += ["", *_grid(half_hours(plan, k, lang), SIZES, width)]
    lines += ["", *wrap(legend(plan, lang), width)]
    if found := shifts(plan, lang):
        lines += ["", *_grid(found, SHIFT_SIZES, width)]
    lines.append("")
    for sentence in sentences(plan, lang):
        lines += wrap(sentence, width)
    return "\n".join(line.rstrip() for line in lines)


def _grid(rows: list[list[str]], sizes: tuple[int, ...], width: int) -> list[str]:
    first = width - sum(sizes)
    return grid([[fit(row[0], first - 1), *row[1:]] for row in rows], [first, *sizes])


def legend(plan: Plan, lang: str) -> str:
    """Return what the columns of half-hours mean."""
    w = _WORDS[lang]
    target = target_label(plan.hall.model, plan.promise.targets[0], lang)
    return w["legend"].format(what=target, roster=w[f"roster_{shown_roster(plan)[1]}"])


def shown_roster(plan: Plan) -> tuple[Roster, str]:
    """Return the roster whose service is shown by half-hour, and which it is."""
    for roster, name in ((plan.shifts, "shifts"), (plan.required, "required")):
        if roster is not None and roster.check is not None:
            return roster, name
    return plan.today, "today"


def half_hours(plan: Plan, k: int, lang: str) -> list[list[str]]:
    """Return the half-hours of a post in rows, the head first, the hours of the day last."""
    w, post, load = _WORDS[lang], plan.posts[k], plan.loads[k]
    shown, _ = shown_roster(plan)
    names = ("arrivals", "offered", "root", "erlang", "required", "shifts", "today", "level")
    rows = [[getattr(plan.hall.model.stations[post.station].label, lang), *(w[name] for name in names)]]
    levels = shown.check.by_slot[0] if shown.check is not None else np.full(len(plan.slots), np.nan)
    target = plan.promise.targets[0]
    for j, slot in enumerate(plan.slots.tolist()):
        rows.append(
            [
                span_text(tuple(slot)),
                f"{load.arrivals[j]:.1f}",
                f"{load.offered[j]:.1f}",
                _count(load.square_root[j]),
                _count(load.erlang[j]),
                _of(plan.required, k, j),
                _of(plan.shifts, k, j),
                _of(plan.today, k, j),
                figure(target, float(levels[j])),
            ]
        )
    lengths = (plan.slots[:, 1] - plan.slots[:, 0]) / 3.6e9
    sums = [float((row * lengths).sum()) for row in (load.offered, load.square_root, load.erlang)]
    paid = [f"{roster.hours[k]:g}" if roster else "–" for roster in (plan.required, plan.shifts, plan.today)]
    rows.append([w["hours"], f"{load.arrivals.sum():.0f}", *(f"{x:.1f}" for x in sums), *paid, ""])
    return rows


def _count(n: int) -> str:
    return str(int(n)) if n else "–"


def _of(roster: Roster | None, k: int, j: int) -> str:
    return "–" if roster is None else f"{roster.numbers[k, j]:.3g}"


def shifts(plan: Plan, lang: str) -> list[list[str]]:
    """Return the shifts that were found in rows, the head first, today's hours and cost last; empty without any."""
    w, roster = _WORDS[lang], plan.shifts
    if roster is None:
        return []
    rows = [[w["shift"], w["duty"], w["people"], w["paid"], w["cost"]]]
    for k, tour, n in sorted(roster.people, key=lambda one: (one[0], one[1].stretches)):
        post = getattr(plan.hall.model.stations[plan.posts[k].station].label, lang)
        name = tour.name if len(plan.posts) == 1 else f"{post}: {tour.name}"
        duty = ", ".join(span_text(stretch) for stretch in tour.stretches)
        rows.append([name, duty, str(n), f"{n * tour.hours:g}", f"{n * tour.cost:,.6g}"])
    people = sum(n for _, _, n in roster.people)
    rows.append([w["total"], "", str(people), f"{sum(roster.hours):g}", f"{sum(roster.cost):,.6g}"])
    now = plan.today
    rows.append([w["today_row"], "", "", f"{sum(now.hours):g}", f"{sum(now.cost):,.6g}"])
    return rows
