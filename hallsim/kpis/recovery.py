"""How long a hall takes to get over an outage (semantics 31).

At the end of an outage some people stand in the lines that it held up. The hall has recovered as soon as nobody stands
in these lines who waits there longer than T in one go: the last of those who came too early, or who came behind
them. That is known from visits alone, after the day. Whoever is still in line at closing counts until he leaves it,
served or not; such an outage is one that the day did not make up for.
"""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "recovery",
        "Recovery (waits within T)",
        "中断恢复时长",
        "min",
        "outage",
        ("recovering",),
        ("outages",),
        "From the end of an outage until nobody stands in the lines of its stations who waits there longer than T; 0 "
        "if nobody does at its end. Who stands there at closing counts until he leaves the line.",
        "系统中断结束后，到所涉服务点各队列中不再有人等候超过 T 为止的时长；中断结束时已无此类客户则为 0。"
        "闭厅时仍在排队者计至其离开队列。",
        by_hour=False,
        per_threshold=True,
        needs="outages",
    ),
    Kpi(
        "unrecovered",
        "Not recovered at closing (waits within T)",
        "闭厅时仍未恢复的中断占比",
        "share",
        "outage",
        ("unrecovered",),
        ("outages",),
        "Of all outages, those after which people who wait longer than T stand in these lines until the doors close.",
        "全部系统中断中，直到闭厅时队列里仍有人等候超过 T 者所占比例。",
        by_hour=False,
        per_threshold=True,
        needs="outages",
    ),
)
