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
        "到达厅门的客户人次。",
    ),
    Kpi(
        "transactions",
        "Transactions done",
        "业务办理量（笔）",
        "per day",
        "visit",
        ("transactions",),
        ("days",),
        "Transactions completed in the hall, by any station: all those of a visit that ended as served, and those that "
        "another followed.",
        "在厅内办结的业务笔数，不论在哪个服务点；办结的到访计入其全部业务，续办其他业务前已办结的业务也计入。",
    ),
    Kpi(
        "follow_ons",
        "Follow-on transactions",
        "续办业务（笔）",
        "per day",
        "visit",
        ("followed",),
        ("days",),
        "How often customers went on with another transaction in the same visit, by the one that they had done.",
        "客户同一次到访中续办另一项业务的次数，按其已办结的业务分列。",
        needs="follow_ons",
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
        "全部到访中，业务在厅内办结者所占比例。",
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
        "进入队列的人次，不论最后是否得到办理。",
    ),
    Kpi(
        "services",
        "Services done",
        "办理人次",
        "per day",
        "stay",
        ("served", "transferred"),
        ("days",),
        "Services finished, failed ones left out; a transferred ticket counts in each line where it was served.",
        "办理完成的人次，办理失败的不计；转移的号在每个办理过的队列各计一次。",
    ),
)
