"""Experience terminals: who tries them while waiting, and what that sells (semantics 46)."""

from __future__ import annotations

from hallsim.kpis.base import Kpi

KPIS = (
    Kpi(
        "tried",
        "Tried a terminal",
        "体验率",
        "share",
        "stay",
        ("tried",),
        ("joined",),
        "Customers who went to an experience terminal while they waited, called away or not, over all who joined.",
        "排队期间使用体验终端的客户（含中途被叫号者）占取号客户的比例。",
        needs="experience",
    ),
    Kpi(
        "cross_sold",
        "Cross-sales",
        "交叉销售数",
        "per day",
        "stay",
        ("cross_sold",),
        ("days",),
        "Customers who stayed at a terminal to the end and bought.",
        "完成体验并购买的客户数。",
        needs="experience",
    ),
    Kpi(
        "cross_sell_rate",
        "Cross-sales per trial",
        "体验成交率",
        "share",
        "stay",
        ("cross_sold",),
        ("tried",),
        "Customers who bought after trying a terminal, over all who went to one.",
        "体验后购买的客户占体验客户的比例。",
        needs="experience",
    ),
)
