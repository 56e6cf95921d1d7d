"""Customers lost: gave up, would not join, found no room, were closed out, or went to another channel."""

from __future__ import annotations

from hallsim.kpis.base import Kpi

_CAME = ("joined", "balked", "blocked")


def _of_visits(name: str, outcome: str, en: str, zh: str, doc: str) -> Kpi:
    return Kpi(name, en, zh, "share", "visit", (outcome,), ("visits",), f"Of all visits, those {doc}.")


KPIS = (
    Kpi(
        "abandonment",
        "Abandonment",
        "弃号率",
        "share",
        "stay",
        ("reneged",),
        ("joined",),
        "Of all who joined the line, those who gave up waiting.",
    ),
    Kpi(
        "balking",
        "Would not join",
        "见队离开率",
        "share",
        "stay",
        ("balked",),
        _CAME,
        "Of all who came to the line, those who turned away at the sight of it.",
        by_hour=False,
    ),
    Kpi(
        "blocking",
        "Found no room",
        "满员未进率",
        "share",
        "stay",
        ("blocked",),
        _CAME,
        "Of all who came to the line, those for whom the room was full (sent elsewhere or away).",
        by_hour=False,
    ),
    Kpi(
        "failure",
        "Failed services",
        "办理失败率",
        "share",
        "stay",
        ("failed",),
        ("served", "failed"),
        "Of all services, those that did not succeed (a kiosk that sends its customer to a counter).",
        scopes=("station", "line"),
        by_hour=False,
    ),
    Kpi(
        "interruptions",
        "Interrupted services",
        "办理中断次数",
        "per day",
        "stay",
        ("interrupted",),
        ("days",),
        "Services cut off by the end of a shift, to be taken up again.",
        scopes=("station",),
        by_hour=False,
    ),
    _of_visits("gave_up", "gave_up", "Gave up, of all visits", "弃号客户占比", "that ended by giving up in a line"),
    _of_visits(
        "balked", "balked", "Would not join, of all visits", "见队离开客户占比", "that ended at the sight of a line"
    ),
    _of_visits("turned_away", "turned_away", "Turned away", "未能进厅占比", "that ended because there was no room"),
    _of_visits("diverted", "diverted", "Diverted to another channel", "分流率", "that were sent to another channel"),
    _of_visits("intercepted", "intercepted", "Intercepted before the door", "厅外截流率", "stopped before the door"),
    _of_visits("closed_out", "closed_out", "Closed out", "闭厅未办占比", "that nobody could serve after closing"),
)
