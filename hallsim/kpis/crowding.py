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
        scopes=("hall",),
    ),
)
