"""Pre-acceptance and help elsewhere: what it came to, and what clerks and counters spend on it (semantics 11, 45).

A counter may also be blocked by whoever finds no place to go on to (semantics 51).
"""

from __future__ import annotations

from hallsim.kpis.base import TAKEN, Kpi

KPIS = (
    Kpi(
        "prepared",
        "Pre-accepted",
        "预受理率",
        "share",
        "stay",
        ("prepared",),
        TAKEN,
        "Served customers whose pre-acceptance was completed, in vain or not, over all served.",
        "已完成预受理的客户（含预受理未成功者）占已办理客户的比例。",
        needs="preparation",
    ),
    Kpi(
        "done_by_clerk",
        "Done without counter",
        "免台席办结率",
        "share",
        "stay",
        ("prepared_done",),
        TAKEN,
        "Customers whom pre-acceptance left nothing to do at a counter, over all served.",
        "预受理时即已办结、不再需要台席的客户占已办理客户的比例。",
        needs="preparation",
    ),
    Kpi(
        "reworked",
        "Pre-accepted in vain",
        "预受理返工率",
        "share",
        "stay",
        ("prepared_in_vain",),
        ("prepared",),
        "Customers whose pre-acceptance had to be done again at the counter, over all who were pre-accepted.",
        "需在台席重新受理的客户占已预受理客户的比例。",
        needs="preparation",
    ),
    Kpi(
        "dropped",
        "Pre-acceptance broken off",
        "预受理中断数",
        "per day",
        "stay",
        ("prepared_dropped",),
        ("days",),
        "Customers called, or gone, before their pre-acceptance was over.",
        "预受理未完成即被叫号或离开的客户数。",
        needs="preparation",
    ),
    Kpi(
        "preparing",
        "Pre-acceptance share of time",
        "预受理时长占比",
        "share",
        "server",
        ("preparing",),
        ("paid",),
        "Paid time spent on customers who wait in line, over paid time; part of utilisation.",
        "为排队客户办理预受理的时长除以在岗时长，已计入利用率。",
        by_hour=False,
        needs="preparation",
    ),
    Kpi(
        "elsewhere",
        "Help elsewhere share of time",
        "支援其他岗位时长占比",
        "share",
        "server",
        ("elsewhere",),
        ("paid",),
        "Paid time spent serving customers of other stations, over paid time; part of utilisation.",
        "为其他区域的客户办理的时长除以在岗时长，已计入利用率。",
        by_hour=False,
        needs="helping",
    ),
    Kpi(
        "blocked",
        "Blocked share of time",
        "受阻时长占比",
        "share",
        "server",
        ("blocked",),
        ("paid",),
        "Paid time with a called customer whose pre-acceptance, or trial of a terminal, is not over, or with one who "
        "has been served and finds no place to go on to, over paid time; part of utilisation.",
        "已叫号但须等客户预受理或体验完成、或已办完但下一区域无位而无法放行的时长除以在岗时长，已计入利用率。",
        by_hour=False,
        needs="blocked",
    ),
)
