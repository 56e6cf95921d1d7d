"""Counters open over the day, and the extra counters that open when the line is long (semantics 13)."""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "counters_open",
        "Counters open",
        "开台数",
        "servers",
        "duty",
        ("on_duty", "-not_open"),
        ("window",),
        "Time mean of the number of servers on duty, without those down, on a break or still being set up; "
        "by half-hour of the clock.",
        "在岗台席数的时间平均，停机、休息和尚在准备的不计；按半小时统计。",
        needs="duty_changes",
    ),
    Kpi(
        "openings",
        "Extra counters opened",
        "增开台席次数",
        "per day",
        "server",
        ("openings",),
        ("days",),
        "How often an extra counter was opened, those included whose set-up was in vain.",
        "增开台席的次数，准备后未用上的也计入。",
        scopes=("hall", "station", "server"),
        by_hour=False,
        needs="extra",
    ),
    Kpi(
        "set_up_share",
        "Being set up, of paid time",
        "准备时间占比",
        "share",
        "server",
        ("set_up",),
        ("paid",),
        "Paid time in which an extra counter was being set up, over paid time.",
        "增开台席的准备时长除以在岗时长。",
        by_hour=False,
        needs="set_up",
    ),
)
