"""Guard rails: what theory says beside what was simulated, and plain warnings where the two cannot both be right.

In: `Results`. Out: `Guard`. Nothing here changes a figure. Three things are held against a run:

- its loads (`loads`): the work that comes to each station against the servers on duty, hour by hour, and how many
  would be busy if nobody ever waited, M(t)/G/inf, which is a bound for the servers who can be;
- what has an exact answer (`exact`): a single line in steady state, by Erlang or Pollaczek and Khinchine; and Little's
  law by hour, which holds for every hall;
- what the targets ask for (`reach`): bounds that no rule of calling can beat with these customers and these servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.experiment.guard.exact import Exact, exact_of, little
from hallsim.experiment.guard.loads import Load, loads_of
from hallsim.experiment.guard.reach import Reach, reach_of
from hallsim.experiment.guard.words import warnings_of
from hallsim.model import Label

if TYPE_CHECKING:
    from hallsim.experiment.results import Results

__all__ = ["Exact", "Guard", "Load", "Reach", "guard"]


@dataclass(frozen=True, slots=True)
class Guard:
    """What theory says beside a run: loads of stations, exact answers, bounds of targets, warnings in words."""

    loads: tuple[Load, ...]
    exact: tuple[Exact, ...]
    reach: tuple[Reach, ...]
    warnings: tuple[Label, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "stations": [load.as_dict() for load in self.loads],
            "exact": [found.as_dict() for found in self.exact],
            "targets": [found.as_dict() for found in self.reach],
            "warnings_en": [warning.en for warning in self.warnings],
            "warnings_zh": [warning.zh for warning in self.warnings],
        }


def guard(results: Results) -> Guard:
    """Return what theory says beside the results of a run."""
    loads, exact, reach = loads_of(results), exact_of(results), reach_of(results)
    return Guard(loads, exact, reach, warnings_of(results, loads, exact, reach, little(results)))
