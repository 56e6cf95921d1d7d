"""Waiting: from joining a line to the call, or to giving up (semantics 4)."""

from __future__ import annotations

from hallsim.kpis.base import ABANDONED, TAKEN, Kpi

_WAITED = ("wait_called", "wait_given_up")


def _percentile(p: int) -> Kpi:
    return Kpi(
        f"wait_p{p}",
        f"Wait, {p}th percentile",
        f"等候时长第 {p} 百分位",
        "min",
        "stay",
        (),
        (),
        f"Shortest time t such that at least {p} % of all stays in the line lasted at most t; zeros included, "
        "those who gave up count with the time they waited; pooled over all replications.",
        f"最短的时长 t，使得至少 {p}% 的排队等候不超过 t；等候为零者计入，弃号者按其已等候的时长计入；"
        "全部天次合并计算。",
        percentile=p / 100,
    )


KPIS = (
    Kpi(
        "mean_wait",
        "Mean wait",
        "平均等候时长",
        "min",
        "stay",
        _WAITED,
        ("joined",),
        "Waiting time of all who joined the line, those who gave up and those closed out included; "
        "waiting again after an interrupted service counts too.",
        "全部入队者的等候时长，弃号者和闭厅未办者均计入；办理中断后再次等候的时长也计入。",
    ),
    Kpi(
        "mean_wait_served",
        "Mean wait of the served",
        "已受理客户平均等候时长",
        "min",
        "stay",
        ("wait_called",),
        TAKEN,
        "Waiting time of those whom a server took.",
        "被叫号办理的客户的等候时长。",
    ),
    Kpi(
        "mean_wait_given_up",
        "Mean wait of those who left",
        "弃号客户平均等候时长",
        "min",
        "stay",
        ("wait_given_up",),
        (*ABANDONED, "closed_out"),
        "Waiting time of those who gave up, did not come when called or were closed out.",
        "弃号、过号或闭厅未办的客户的等候时长。",
        by_hour=False,
    ),
    Kpi(
        "mean_wait_delayed",
        "Mean wait of those who waited",
        "需等候客户平均等候时长",
        "min",
        "stay",
        _WAITED,
        ("delayed",),
        "Waiting time over those who did not get a server at once.",
        "等候总时长除以入队时未能立即办理的人数。",
        by_hour=False,
    ),
    Kpi(
        "share_waiting",
        "Share who had to wait",
        "需等候客户占比",
        "share",
        "stay",
        ("delayed",),
        ("joined",),
        "Of all who joined, those who did not get a server at the instant of joining.",
        "全部入队者中，入队时未能立即办理者所占比例。",
    ),
    Kpi(
        "wait_over",
        "Share waiting longer than T",
        "等候超时率",
        "share",
        "stay",
        ("joined", "-called_within", "-left_within"),
        ("joined",),
        "Of all who joined, those still waiting T after joining.",
        "全部入队者中，入队后经过 T 仍在等候者所占比例。",
        per_threshold=True,
        by_hour=False,
    ),
    *(_percentile(p) for p in (50, 80, 90, 95, 99)),
    Kpi(
        "mean_service",
        "Mean service time",
        "平均办理时长",
        "min",
        "stay",
        ("service",),
        TAKEN,
        "Time with a server, from the call to the end; interrupted parts are added to the service they belong to.",
        "从叫号到办理结束的时长；办理中断时，各段时间计入同一次办理。",
        by_hour=False,
    ),
)
