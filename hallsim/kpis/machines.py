"""Machines: how often they do what they are for, and how often and how long they stand still (semantics 31)."""

from __future__ import annotations

from hallsim.kpis.base import TAKEN, Kpi

KPIS = (
    Kpi(
        "success",
        "Successful services",
        "办理成功率",
        "share",
        "stay",
        ("served", "transferred"),
        TAKEN,
        "Of all services, those that succeeded: of kiosks, the customers who need no counter any more.",
        "全部办理中，办成者所占比例；对自助终端而言，即无需再到台席的客户。",
        scopes=("station", "line"),
        by_hour=False,
        needs="failures",
    ),
    Kpi(
        "stops",
        "Times down",
        "停机次数",
        "per day",
        "server",
        ("stops",),
        ("days",),
        "How often a server on duty was down: broken down, taken down by an outage, or down when the shift began.",
        "在岗台席停机的次数：故障、系统中断，或上班时仍处于停机状态。",
        scopes=("station", "server"),
        by_hour=False,
        needs="down",
    ),
    Kpi(
        "mean_stop",
        "Mean down time",
        "平均每次停机时长",
        "min",
        "server",
        ("down",),
        ("stops",),
        "Down time on duty over the number of times down.",
        "在岗期间停机总时长除以停机次数。",
        scopes=("station", "server"),
        by_hour=False,
        needs="down",
    ),
    Kpi(
        "down_share",
        "Down, of paid time",
        "停机率",
        "share",
        "server",
        ("down",),
        ("paid",),
        "Paid time in which the server was down, over paid time.",
        "停机时长除以在岗时长。",
        by_hour=False,
        needs="down",
    ),
)
