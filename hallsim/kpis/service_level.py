"""Service level within T: one numerator, three named denominators (semantics 5)."""

from __future__ import annotations

from hallsim.kpis.base import TAKEN, Kpi

KPIS = (
    Kpi(
        "service_level",
        "Service level within T",
        "等候达标率",
        "share",
        "stay",
        ("called_within",),
        ("joined",),
        "Of all who joined, those taken by a server after waiting at most T: everybody who gave up is a miss.",
        "全部入队者中，等候不超过 T 即被叫号办理者所占比例；弃号者一律计为未达标。",
        per_threshold=True,
    ),
    Kpi(
        "service_level_served",
        "Service level within T, served only",
        "等候达标率（仅已受理）",
        "share",
        "stay",
        ("called_within",),
        TAKEN,
        "Of those taken by a server, those who waited at most T.",
        "被叫号办理的客户中，等候不超过 T 者所占比例。",
        per_threshold=True,
    ),
    Kpi(
        "service_level_patient",
        "Service level within T, less early leavers",
        "等候达标率（剔除时限内弃号）",
        "share",
        "stay",
        ("called_within",),
        ("joined", "-left_within", "closed_within"),
        "As the service level, but whoever gave up within T is left out of the denominator.",
        "同等候达标率，但在 T 之内弃号者不计入分母。",
        per_threshold=True,
    ),
)
