"""Input uncertainty: how much of what is not known about a result comes from inputs that are not known exactly.

In: a scenario with `uncertain` entries. Out: `Inputs`. `groups` draws the entries once for each group of replications
and simulates the group's days with them and as written; `intervals` splits the variance in two (random effects) and
widens the intervals by the part of the inputs.
"""

from __future__ import annotations

from hallsim.experiment.inputs.groups import Inputs, Swing, after, inputs_of, inputs_of_halls
from hallsim.experiment.inputs.intervals import Widened, widened

__all__ = ["Inputs", "Swing", "Widened", "after", "inputs_of", "inputs_of_halls", "widened"]
