"""How many people there are: time means over the opening hours, by hour of the clock."""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "queue_length",
        "Queue length",
        "平均排队人数",
        "people",
        "clock",
        ("waiting",),
        ("window",),
        "Time mean of the number waiting in the line, not counting those being served.",
        "队列中等候人数的时间平均，不含正在办理者。",
    ),
    Kpi(
        "in_service",
        "Being served",
        "平均办理人数",
        "people",
        "clock",
        ("serving",),
        ("window",),
        "Time mean of the number with a server.",
        "正在办理的人数的时间平均。",
        by_hour=False,
    ),
    Kpi(
        "at_station",
        "People at the station",
        "平均在点人数",
        "people",
        "clock",
        ("waiting", "serving"),
        ("window",),
        "Time mean of the number waiting or being served.",
        "等候和正在办理的人数的时间平均。",
        scopes=("station", "line"),
        by_hour=False,
    ),
    Kpi(
        "people_inside",
        "People inside",
        "平均在厅人数",
        "people",
        "clock",
        ("inside",),
        ("window",),
        "Time mean of the number of customers between the door and leaving, anywhere in the hall.",
        "已进门、未离开的客户人数的时间平均，不论在厅内何处。",
        scopes=("hall",),
    ),
)
