"""Shares of the scenario that rise over the days of a horizon: which may, and how one is written raised.

In: the path of a share and percentage points. Out: the tree with the share raised, of which a hall is built.
"""

from __future__ import annotations

from fractions import Fraction

from hallsim.model import WEEK
from hallsim.scenario.kinds import Phrase, Text
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Node, Path, nearest, patch, path_text
from hallsim.scenario.uncertain import steps_of
from hallsim.units import parse_share

DAYS = Phrase(r"(\d{1,4})\s*(days?|weeks?)", (Text(), Text()), "3 weeks", "a number of days")


def days_in(length: tuple[str, str] | None) -> int:
    """Return a length in days, 0 if none is given."""
    return 0 if length is None else int(length[0]) * (WEEK if length[1].startswith("week") else 1)


def share_at(written: str, where: Path, what: str, ctx: Reading) -> Path | None:
    """Return the path of a share that something, such as publicity, may raise, None after a complaint."""
    steps = steps_of(written, ctx.root, where, ctx)
    offered = steps is not None and steps[0] == "stations" and steps[2:3] == ("accepts",)
    if steps is not None and not offered and steps != ("catchment", "shift", "points"):
        ctx.add(
            where, f"{path_text(steps)} is not raised by {what}; catchment.shift.points or stations.NAME.accepts is"
        )
        return None
    return steps


def with_more(root: Node, steps: Path, more: Fraction) -> Node:
    """Return the tree with a share, or every share of a mapping from customers, raised."""
    return patch(root, steps, _plus(nearest(root, steps), more), frozenset())


def _plus(node: Node, more: Fraction) -> Node:
    if isinstance(node.value, dict):
        return Node({key: _plus(child, more) for key, child in node.value.items()}, node.file, node.line)
    return Node(f"{float(100 * (parse_share(node.value) + more)):.12g} %", node.file, node.line)
