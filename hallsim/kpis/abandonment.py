"""Customers lost: gave up, would not join, found no room, were closed out, or went to another channel."""

from __future__ import annotations

from hallsim.kpis.base import ABANDONED, TAKEN, Kpi

_CAME = ("joined", "balked", "blocked")


def _of_visits(name: str, outcome: str, en: str, zh: str, doc: str, doc_zh: str) -> Kpi:
    return Kpi(
        name,
        en,
        zh,
        "share",
        "visit",
        (outcome,),
        ("visits",),
        f"Of all visits, those {doc}.",
        f"全部到访中，{doc_zh}者所占比例。",
    )


KPIS = (
    Kpi(
        "abandonment",
        "Abandonment",
        "弃号率",
        "share",
        "stay",
        ABANDONED,
        ("joined",),
        "Of all who joined the line, those who gave up waiting; whoever was called and did not come counts too.",
        "全部入队者中，等候途中弃号或过号者所占比例。",
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
        "全部来到该队列者中，见队列情形后离开者所占比例。",
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
        "全部来到该队列者中，因满员未能进入者（转往他处或离开）所占比例。",
        by_hour=False,
    ),
    Kpi(
        "failure",
        "Failed services",
        "办理失败率",
        "share",
        "stay",
        ("failed",),
        TAKEN,
        "Of all services, those that did not succeed (a kiosk that sends its customer to a counter).",
        "全部办理中，未办成者所占比例（例如自助终端未办成、客户转往台席）。",
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
        "因班次结束而中断、之后再继续的办理次数。",
        scopes=("station",),
        by_hour=False,
    ),
    _of_visits(
        "gave_up",
        "gave_up",
        "Gave up, of all visits",
        "弃号客户占比",
        "that ended by giving up in a line",
        "以弃号告终",
    ),
    _of_visits(
        "balked",
        "balked",
        "Would not join, of all visits",
        "见队离开客户占比",
        "that ended at the sight of a line",
        "见队列情形后离开",
    ),
    _of_visits(
        "turned_away",
        "turned_away",
        "Turned away",
        "未能进厅占比",
        "that ended because there was no room",
        "因满员而未能办理",
    ),
    _of_visits(
        "diverted",
        "diverted",
        "Diverted to another channel",
        "分流率",
        "that were sent to another channel",
        "被引导到其他渠道",
    ),
    _of_visits(
        "intercepted",
        "intercepted",
        "Intercepted before the door",
        "厅外截流率",
        "stopped before the door",
        "进门之前即被截流",
    ),
    _of_visits(
        "closed_out",
        "closed_out",
        "Closed out",
        "闭厅未办占比",
        "that nobody could serve after closing",
        "关门后无人能够办理",
    ),
)
