"""Where the busy time of servers goes: walking and wrap-up, learning and fatigue (semantics 38, 39)."""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "walking_share",
        "Walking, of paid time",
        "等候客户到台时间占比",
        "share",
        "server",
        ("walking",),
        ("paid",),
        "Paid time between a call and the beginning of the service, over paid time; part of utilisation.",
        "叫号后至开始办理之间的时长除以在岗时长，已计入利用率。",
        by_hour=False,
        needs="walks",
    ),
    Kpi(
        "wrap_up_share",
        "Wrap-up, of paid time",
        "后续处理时间占比",
        "share",
        "server",
        ("wrap_up",),
        ("paid",),
        "Paid time with the work that customers leave, over paid time; part of utilisation.",
        "客户离开后处理其后续工作的时长除以在岗时长，已计入利用率。",
        by_hour=False,
        needs="wrap_ups",
    ),
    Kpi(
        "slowed",
        "Time lost to learning and fatigue",
        "生疏与疲劳损失时长",
        "min per day",
        "server",
        ("slowed",),
        ("days",),
        "Time that finished services took longer than they would have with servers who are neither novices nor tired.",
        "已办完的业务因台席人员生疏或疲劳而多用的时长，各台席合计。",
        by_hour=False,
        needs="slowness",
    ),
    Kpi(
        "slowed_share",
        "Lost to learning and fatigue",
        "生疏与疲劳损失占比",
        "share",
        "server",
        ("slowed",),
        ("paid",),
        "The time lost to learning and fatigue over paid time; part of utilisation.",
        "因生疏与疲劳多用的时长除以在岗时长，已计入利用率。",
        by_hour=False,
        needs="slowness",
    ),
)
