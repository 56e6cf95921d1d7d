"""Service level within T: one numerator, three named denominators (semantics 5)."""

from __future__ import annotations

from hallsim.kpis.base import Kpi

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
        per_threshold=True,
    ),
    Kpi(
        "service_level_served",
        "Service level within T, served only",
        "等候达标率（仅已受理）",
        "share",
        "stay",
        ("called_within",),
        ("served", "failed"),
        "Of those taken by a server, those who waited at most T.",
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
        per_threshold=True,
    ),
)
