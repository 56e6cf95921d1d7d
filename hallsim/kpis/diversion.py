"""Diversion to a channel from which customers may come back: gross and net relief of the hall.

A visit was sent to another channel if it ended as diverted or passed a station of the role `online`. Where the
model brings nobody back, both are the share of visits diverted, and are not reported.
"""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "diverted_gross",
        "Sent to another channel",
        "引导分流率",
        "share",
        "visit",
        ("sent",),
        ("visits",),
        "Of all visits, those sent to another channel at any step, whether they came back or not.",
        "全部到访中，任一步骤被引导到其他渠道者所占比例，不论是否返回。",
        by_hour=False,
        needs="channels",
    ),
    Kpi(
        "diverted_net",
        "Sent and did not come back",
        "净分流率",
        "share",
        "visit",
        ("stayed_away",),
        ("visits",),
        "Of all visits, those sent to another channel that did not come back into the hall the same day; "
        "who would have come back after closing is not among them.",
        "全部到访中，被引导到其他渠道且当日未返回营业厅者所占比例；闭厅后才返回者不计入。",
        by_hour=False,
        needs="channels",
    ),
    Kpi(
        "diverted_back",
        "Came back from another channel",
        "分流返回率",
        "share",
        "visit",
        ("sent", "-stayed_away"),
        ("sent",),
        "Of those sent to another channel, those who came back into the hall the same day, or after closing.",
        "被引导到其他渠道的客户中，当日（含闭厅后）返回营业厅者所占比例。",
        by_hour=False,
        needs="channels",
    ),
)
