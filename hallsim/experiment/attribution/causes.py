"""What waited minutes are booked to, in the order of precedence (docs/attribution.md)."""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.model import Label


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: its name in code, and as readers see it."""

    name: str
    label: Label


CAUSES = (
    Cause("no_server", Label("nobody on duty", "无可受理台席在岗")),
    Cause("break", Label("breaks", "休息用餐")),
    Cause("down", Label("breakdowns and outages", "故障停机")),
    Cause("order", Label("others called first", "他人优先")),
    Cause("calls", Label("calls in vain", "空叫过号")),
    Cause("space", Label("no place to go on to", "下一区域无位")),
    Cause("between", Label("walks and work left over", "走动与后续处理")),
    Cause("idle", Label("idle counters kept for others", "专用台席空闲")),
    Cause("load", Label("plain load", "业务量本身")),
)
NO_SERVER, BREAK, DOWN, ORDER, CALLS, SPACE, BETWEEN, IDLE, LOAD = range(len(CAUSES))
N_CAUSES = len(CAUSES)
OCCUPIED = N_CAUSES
"""A state of servers, no cause: with a customer whose service has not begun. What they leave undone is `BETWEEN`."""
