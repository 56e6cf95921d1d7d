"""`hallsim warmup`: compile the kernels now, so that the first run need not."""

from __future__ import annotations

import time

from hallsim.cli.console import load_kernels, say

SMALL_HALL = {
    "format": 1,
    "hall": "warm-up",
    "open": "09:00-10:00",
    "arrivals": {"rate": "10/h"},
    "stations": {"counter": {"servers": 1, "time": "exponential 5 min", "patience": "exponential 20 min"}},
}


def warmup() -> None:
    """Compile the simulation kernels and keep them on disk."""
    start = time.perf_counter()
    load_kernels()
    from hallsim import jit
    from hallsim.experiment import run
    from hallsim.scenario import load

    run(load(SMALL_HALL), replications=2, seed=0, jobs=1)
    if jit.CACHE:
        say(f"kernels ready in {time.perf_counter() - start:.1f} s, kept in {jit.CACHE}")
    else:
        say("kernels compile, but no folder is writable to keep them in; set HALLSIM_CACHE to one that is")
