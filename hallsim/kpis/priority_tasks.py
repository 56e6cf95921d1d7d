"""The day's priority tasks: how many transactions were done of those that a quota asks for, and how often enough.

A quota is that of a transaction; "hall" takes all quotas together, and all of them have to be met on the same day.
"""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "tasks_done",
        "Priority tasks done",
        "今日重点任务办结量",
        "per day",
        "quota",
        ("tasks",),
        ("days",),
        "Transactions done of those that have a quota for the day, also beyond it.",
        "设有当日任务量的业务的办结笔数，超出任务量的也计。",
        by_hour=False,
        needs="quotas",
    ),
    Kpi(
        "tasks_of_quota",
        "Priority quota done",
        "今日重点任务完成率",
        "share",
        "quota",
        ("towards_quota",),
        ("quota",),
        "Of the transactions that the day's quotas ask for, those done; what goes beyond a quota makes up for nothing.",
        "当日任务量中已办结的比例；超出任务量的部分不抵补其他日子或其他任务。",
        by_hour=False,
        needs="quotas",
    ),
    Kpi(
        "quota_met",
        "Days with the quota met",
        "重点任务达成天数占比",
        "share",
        "quota",
        ("met",),
        ("days",),
        "Share of the days on which as many transactions were done as the quota asks for; of the hall: as all ask for.",
        "办结量达到任务量的天数所占比例；全厅则须各项任务当日全部达成。",
        by_hour=False,
        needs="quotas",
    ),
)
