"""Who goes to which hall of a network, from where, and who is sent on (semantics 52).

Only of networks. "hall" is all halls together, "branch" one of them, "way" one of the ways to it, from an area or from
another hall. Waits, service levels and utilisation of a hall are the ordinary figures by "branch".
"""

from __future__ import annotations

from hallsim.kpis.base import Kpi


def _a_day(name: str, en: str, zh: str, stat: str, scopes: tuple[str, ...], doc: str, doc_zh: str) -> Kpi:
    return Kpi(
        name,
        en,
        zh,
        "per day",
        "way",
        (stat,),
        ("days",),
        doc,
        doc_zh,
        scopes=scopes,
        by_hour=False,
        needs="network",
    )


KPIS = (
    _a_day(
        "set_out",
        "Set out for the hall",
        "前往该厅人次",
        "set_out",
        ("branch", "way"),
        "Customers who set out for a hall, from where they live or from another hall.",
        "从居住区域或其他营业厅出发前往某厅的人次。",
    ),
    _a_day(
        "received",
        "Received from other halls",
        "邻厅引来人次",
        "received",
        ("branch",),
        "Customers whom another hall sent on to this one.",
        "由其他营业厅引导至本厅的人次。",
    ),
    _a_day(
        "sent_on",
        "Sent on to other halls",
        "引往邻厅人次",
        "sent_on",
        ("branch",),
        "Customers whom a hall sent on to another one.",
        "由本厅引导至其他营业厅的人次。",
    ),
    _a_day(
        "sent_away",
        "Sent away by the hall, gross",
        "引导离厅人次（总）",
        "sent_away",
        ("branch",),
        "Customers whom the hall sent on to another hall or to another channel.",
        "由本厅引导至其他营业厅或其他渠道的人次。",
    ),
    _a_day(
        "relief",
        "Relief of the hall, net",
        "净分流人次",
        "stayed_away",
        ("branch",),
        "Of these, those who did not come back into the hall the same day.",
        "其中当日未再返回本厅的人次。",
    ),
    Kpi(
        "travel",
        "Mean travel",
        "平均路程时间",
        "min",
        "way",
        ("travelled",),
        ("set_out",),
        "Travel to the hall, of all who set out for it.",
        "前往该厅者的平均路程时间。",
        scopes=("hall", "branch"),
        by_hour=False,
        needs="network",
    ),
)
