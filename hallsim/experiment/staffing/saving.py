"""A roster that was found -> a scenario file that extends the one it was found for, so that it can be compared."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hallsim.experiment.staffing.plan import Plan
from hallsim.experiment.staffing.posts import Post
from hallsim.files import atomic_write
from hallsim.units import format_clock, parse_moment


def save(plan: Plan, path: str | os.PathLike[str], extends: str | os.PathLike[str]) -> None:
    """Write a scenario that extends the file `extends` with the shifts found, or the numbers if there are no shifts.

    Raises
    ------
    UsageError
        If nothing was found.
    """
    roster = plan.roster
    label = plan.hall.model.label
    lines = [
        f"# {roster_note(plan)}",
        "format: 1",
        f"extends: {json.dumps(_relative(extends, path), ensure_ascii=False)}",
        f"hall: {{en: {_text(label.en + ', planned staff')}, zh: {_text(label.zh + '（新排班）')}}}",
        "stations:",
    ]
    for post, servers in roster.servers.items():
        lines += [f"  {post.name}:", *_servers(plan, post, servers)]
    with atomic_write(path, "w") as file:
        file.write("\n".join(lines) + "\n")


def roster_note(plan: Plan) -> str:
    """Return where a roster comes from, in one line."""
    what = "Shifts" if plan.shifts is not None else "Numbers by half-hour"
    roster = plan.roster
    surely = roster.check is not None and roster.check.verified
    return f"{what} found by `hallsim staff`, seed {plan.seed}; {'verified' if surely else 'not verified'}."


def _servers(plan: Plan, post: Post, servers: Any) -> list[str]:
    if isinstance(servers, list):
        people = [f"      - {{name: {_text(one['name'])}, shifts: {_text(one['shifts'])}}}" for one in servers]
        return ["    servers:", *people]
    staff = ", ".join(f"{_text(time)}: {n}" for time, n in _every_time(plan, post, servers["staff"]).items())
    return [f"    servers: {{staff: {{{staff}}}, shift_end: {servers['shift_end']}}}"]


def _every_time(plan: Plan, post: Post, staff: dict[str, int]) -> dict[str, int]:
    """Return numbers by time; a time that only the extended scenario has is given its number too, or it would stay."""
    before = plan.hall.to_mapping()["stations"][post.name].get("servers")
    times = {parse_moment(time): n for time, n in staff.items()}
    old = [parse_moment(t) for t in before.get("staff", {})] if isinstance(before, dict) else []
    for time in old:
        if time not in times:
            earlier = [t for t in times if t < time]
            times[time] = times[max(earlier)] if earlier else 0
    return {format_clock(t): times[t] for t in sorted(times)}


def _relative(file: str | os.PathLike[str], path: str | os.PathLike[str]) -> str:
    """Return the path of a file as seen from the folder of another."""
    try:
        return Path(os.path.relpath(file, Path(path).resolve().parent)).as_posix()
    except ValueError:  # another drive
        return Path(file).resolve().as_posix()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
