"""How far a roster and a log are apart, in words."""

from __future__ import annotations

from hallsim.model import Label
from hallsim.replay.rostered import Differences


def sentences(found: Differences) -> list[Label]:
    """Return what differs, in a sentence each."""
    part = f"{100.0 * found.outside / found.services:.1f}" if found.services else "0"
    duty, idle, extra = (f"{hours:.1f}" for hours in (found.rostered_h, found.idle_h, found.extra_h))
    lines = [
        Label(
            f"Roster: {found.people} people on {found.days} days, {duty} h on duty, in place of who served when.",
            f"排班与考勤：{found.people} 人、{found.days} 天、在岗 {duty} 小时，取代由日志推断的在岗时间。",
        ),
        Label(
            f"Of {found.services:,} services of these people {found.outside:,} ({part} %) began outside their shifts.",
            f"这些人员的 {found.services:,} 次办理中 {found.outside:,} 次（{part}%）不在其班次内。",
        ),
        Label(
            f"For {idle} h on duty the log shows them not yet come, gone, or away while customers waited; it shows "
            f"{extra} h of work outside the shifts.",
            f"在岗时间中 {idle} 小时日志显示未到、已走或有客等候而不在；另有 {extra} 小时工作不在班次内。",
        ),
    ]
    never, without = found.never_served, found.without_shift
    if never or without:
        lines.append(
            Label(
                f"{never} of the roster never serve in the log, and are left out; {without} who serve have no shift "
                "at all, and are on duty as inferred.",
                f"排班中 {never} 人从未办理，不计入；{without} 名办理人员无排班，按推断在岗。",
            )
        )
    return lines
