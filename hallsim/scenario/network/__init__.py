"""Several halls in one model: a network file names them, says where customers live, and how they choose (semantics 52).

The halls are built one by one, as if each stood alone; here they are put together.
"""

from __future__ import annotations

from typing import Any

from hallsim.model import Model
from hallsim.scenario.network.areas import read_plan
from hallsim.scenario.network.checks import check_alike, check_known
from hallsim.scenario.network.compose import compose
from hallsim.scenario.network.layout import Layout
from hallsim.scenario.network.targets import targets_of
from hallsim.scenario.tables import Reading


def network_of(data: dict[str, Any], halls: dict[str, Model], head: dict[str, Any], ctx: Reading) -> Model | None:
    """Return the model of a network of halls, None after a complaint.

    Parameters
    ----------
    data : the network file, parsed
    halls : the models of its halls, by name
    head : what the model says of itself, by fields of `Model`
    ctx : takes the complaints
    """
    check_alike(halls, ctx)
    plan = read_plan(data, halls, ctx)
    if ctx.errors:
        return None
    layout = Layout(halls, plan, ctx)
    check_known(layout, ctx)
    targets = targets_of(data, layout, ctx)
    return None if ctx.errors else compose(layout, {**head, "targets": targets})
