"""What servers do with the time they are paid for (semantics 6): busy over paid, idle, overtime."""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "utilisation",
        "Utilisation",
        "台席利用率",
        "share",
        "server",
        ("busy",),
        ("paid",),
        "Busy time over paid time, overtime in both; by hour: inside the opening hours.",
    ),
    Kpi(
        "idle",
        "Idle share",
        "台席空闲率",
        "share",
        "server",
        ("paid", "-busy"),
        ("paid",),
        "Paid time in which the server had nobody, over paid time.",
    ),
    Kpi(
        "busy_time",
        "Busy time",
        "台席受理时长",
        "min per day",
        "server",
        ("busy",),
        ("days",),
        "Time with customers, summed over the servers.",
    ),
    Kpi(
        "paid_time",
        "Paid time",
        "在岗时长",
        "min per day",
        "server",
        ("paid",),
        ("days",),
        "Time on duty, overtime included, summed over the servers.",
    ),
    Kpi(
        "overtime",
        "Overtime",
        "加班时长",
        "min per day",
        "server",
        ("overtime",),
        ("days",),
        "Time on duty after the end of the shift or after closing, summed over the servers.",
        by_hour=False,
    ),
    Kpi(
        "late_closing",
        "Late closing",
        "延时关厅时长",
        "min per day",
        "day",
        ("late",),
        ("days",),
        "From the closing of the doors until the last customer has left; 0 if the hall was empty.",
        by_hour=False,
    ),
)
