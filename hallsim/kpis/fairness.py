"""Fairness: how many see somebody called who joined after them.

A queue is felt to be fair where nobody slips behind a later customer: Larson, Perspectives on queues: social justice
and the psychology of queueing, Operations Research 35(6), 1987, doi:10.1287/opre.35.6.895, who calls being overtaken
a slip, and overtaking a skip. What is counted here are the customers with a slip, not how often each of them slips.
What priority costs them in minutes is another question, and is what waits are booked to the order of.
"""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "overtaken",
        "Overtaken by later customers",
        "被后到者先叫的客户占比",
        "share",
        "stay",
        ("overtaken",),
        ("joined",),
        "Of all who joined a line, those who were still waiting for their first call when somebody was called for the "
        "first time who had joined a line of the same station after them, by whichever server and for whatever "
        "reason. Who joined at the same instant was not later; interruptions of services, and a "
        "server who goes on with his customer's next transaction, overtake nobody.",
        "全部入队者中，首次叫号前，同一服务点已有更晚入队的客户先被首次叫号者所占比例，不论由哪个台席、因何原因叫号。"
        "同一时刻入队的不算更晚；办理中断，以及台席为同一客户接着办理下一项业务，均不计。",
        by_hour=False,
        needs="overtaking",
    ),
)
