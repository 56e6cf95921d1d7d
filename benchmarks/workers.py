"""What bench.py runs in child processes: each worker measures one thing and prints one JSON object.

    python benchmarks/workers.py kernel scenarios/s2_hall.yaml 2000 1

Sizes: days are replications; a scenario written `s1_mmc.yaml@10000` gets `run_for: 10000 min`; `mmc:C@M` is
an M/M/C queue at nine tenths of its capacity over M minutes. `seconds` is processor time of
the work itself in a warm process.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def open_scenario(text: str):
    """Return the scenario that a command line names."""
    from hallsim.scenario import load

    name, _, minutes = text.partition("@")
    if name.startswith("mmc:"):
        servers = int(name[4:])
        return load(
            {
                "format": 1,
                "hall": f"M/M/{servers}",
                "run_for": f"{minutes} min",
                "arrivals": {"rate": f"{0.9 * servers:g}/min"},
                "stations": {"counter": {"servers": servers, "time": "exponential 1 min"}},
            }
        )
    hall = load(ROOT / name)
    return hall.change("run_for", f"{minutes} min") if minutes else hall


def kernel(text: str, replications: int, seed: int) -> dict[str, float]:
    """Time the kernel alone: days in a compiled loop, each log summed up as the C peers sum up theirs."""
    from kernel_loop import N_SUMS, run_many

    from hallsim.engines.kernel import make_workspace, raise_status
    from hallsim.engines.workspace import grow
    from hallsim.experiment.days import kinds_of

    model = open_scenario(text).model
    kinds = kinds_of(model)
    workspaces = [make_workspace(c) for c in kinds.compiled]
    compiled = kinds.compiled[0]
    names = [s.name for s in model.stations]

    def lines_of(station: str, default: tuple[int, int]) -> tuple[int, int]:
        if station not in names:
            return default
        first = int(compiled.station_first_line[names.index(station)])
        return first, first + int(compiled.station_n_lines[names.index(station)])

    counter, kiosk = lines_of("counter", (0, compiled.n_lines)), lines_of("kiosk", (0, 0))
    sums = np.zeros(N_SUMS, dtype=np.int64)
    for first, n in ((replications, len(model.calendar) or 1), (0, replications)):  # other days first, to get warm
        sums[:] = 0
        start = time.process_time()
        while n:
            kind = kinds.of(seed, first)
            alike = kinds.alike(seed, first, first + n) - first
            ws = workspaces[kind]
            done, status = run_many(ws.handle, ws.rows, seed, first, alike, counter, kiosk, compiled.warm_up, sums)
            if status < 0:
                raise_status(status, first + done)
            if status > 0:
                grow(kinds.compiled[kind], ws, status)
            first, n = first + done, n - done
        seconds = time.process_time() - start
    customers, served, gave_up, kiosks, wait, kept, kept_wait, steps = (int(x) for x in sums)
    return {
        "customers": customers,
        "seconds": seconds,
        "wait_min": kept_wait / 60e6 / max(kept, 1),
        "abandonment": gave_up / customers,
        "kiosk_share": kiosks / customers,
        "wait_ticks": wait,
        "served": served,
        "steps": steps / customers,
    }


def api(text: str, replications: int, seed: int) -> dict[str, float]:
    """Time `hallsim.run` on one core with all its figures and intervals; no log is kept."""
    from hallsim.experiment import run

    hall = open_scenario(text)
    run(hall, replications=2, seed=seed, jobs=1)
    start = time.process_time()
    run(hall, replications=replications, seed=seed, jobs=1)
    return {"seconds": time.process_time() - start}


def reference(text: str, replications: int, seed: int) -> dict[str, float]:
    """Time hallsim's SimPy engine."""
    from hallsim.compiled import ROW_CUSTOMER
    from hallsim.experiment.days import kinds_of, simulator

    simulate = simulator(kinds_of(open_scenario(text).model), "reference")
    customers = steps = 0
    if "@" not in text:
        simulate(seed, replications)  # a warm day
    start = time.process_time()
    for replication in range(replications):
        rows = simulate(seed, replication).rows
        customers += int(rows[:, ROW_CUSTOMER].max()) + 1
        steps += len(rows)
    return {"customers": customers, "seconds": time.process_time() - start, "steps": steps / customers}


def memory(text: str, replications: int, seed: int) -> dict[str, float]:
    """Return the peak memory of a process that runs a scenario without keeping the log, in MB."""
    import resource  # there is none on Windows: bench.py then says "not measured"

    from hallsim.experiment import run

    run(open_scenario(text), replications=replications, seed=seed, jobs=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"peak_mb": peak / (1e6 if sys.platform == "darwin" else 1024)}


def hashes(text: str, replications: int, seed: int) -> dict[str, int]:
    """Return the hashed names that the C peers are compiled with."""
    from hallsim.compiled import compile_model

    compiled = compile_model(open_scenario(text).model)
    return {"HASH_SOURCE": int(compiled.source_hash[0]), "HASH_SERVICE": int(compiled.station_service_key[0])}


WORKERS = {f.__name__: f for f in (kernel, api, reference, memory, hashes)}

if __name__ == "__main__":
    print(json.dumps(WORKERS[sys.argv[1]](sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
