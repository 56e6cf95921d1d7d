"""How much is done: visits (客流量, people) and transactions (业务办理量, pieces of business) are two counts."""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "visits",
        "Visits",
        "客流量（人次）",
        "per day",
        "visit",
        ("visits",),
        ("days",),
        "Customers who came to the door.",
    ),
    Kpi(
        "transactions",
        "Transactions done",
        "业务办理量（笔）",
        "per day",
        "visit",
        ("served",),
        ("days",),
        "Transactions completed in the hall, by any station; a visit carries one transaction.",
    ),
    Kpi(
        "completed",
        "Completed, of all visits",
        "一次办结率",
        "share",
        "visit",
        ("served",),
        ("visits",),
        "Of all visits, those whose transaction was completed in the hall.",
    ),
    Kpi(
        "joined",
        "Joined the line",
        "入队人次",
        "per day",
        "stay",
        ("joined",),
        ("days",),
        "Stays in the line, whether they ended in service or not.",
    ),
    Kpi(
        "services",
        "Services done",
        "办理人次",
        "per day",
        "stay",
        ("served",),
        ("days",),
        "Services finished, failed ones left out.",
    ),
)
