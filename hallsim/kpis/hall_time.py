"""Time in the hall, door to door."""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "time_in_hall",
        "Time in the hall",
        "在厅时长",
        "min",
        "visit",
        ("time_all",),
        ("visits",),
        "From the door to leaving, over all visits however they ended.",
        "从进门到离开的时长；全部到访均计，不论结果如何。",
    ),
    Kpi(
        "time_in_hall_served",
        "Time in the hall of the served",
        "已办结客户在厅时长",
        "min",
        "visit",
        ("time_served",),
        ("served",),
        "From the door to leaving, over the visits whose transaction was completed.",
        "从进门到离开的时长；只计业务办结的到访。",
        by_hour=False,
    ),
)
