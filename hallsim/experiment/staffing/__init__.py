"""How many people a hall needs by half-hour, and on which shifts.

- `posts`: which stations are staffed, what is scheduled, rosters laid over a scenario;
- `load`: the offered load and what formulas ask for;
- `promises`: what keeping a target means, and how sure it is;
- `counting`, `sampler`: days simulated and counted, fast;
- `tours`, `search`: the cheapest numbers and shifts, by integer programs with simulation cuts;
- `fresh`: rosters held against days that took no part in finding them;
- `plan`: all of it; `table`, `words`, `document`: what readers see; `saving`: the roster as a scenario.
"""

from __future__ import annotations

from hallsim.experiment.staffing.plan import Plan, Roster, staff
from hallsim.experiment.staffing.promises import PROMISES, Promise

__all__ = ["PROMISES", "Plan", "Promise", "Roster", "staff"]
