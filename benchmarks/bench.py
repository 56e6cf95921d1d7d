"""Measure hallsim beside its peers, in one run, and print ratios.

    python benchmarks/bench.py [--quick] [--repeats N] [--json out.json] [--readme]

Speed: every contender runs in a process of its own on one and the same core, in turns, several times; the
figures are medians of customers per second without start-up. Start-up, memory and growth are measured apart.
What is not installed (simpy, ciw, gcc) or fails is named as not measured; nothing is estimated.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = HERE / "peers"
C_FLAGS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fno-gcse")
EXACT_FLAGS = (*C_FLAGS, "-ffp-contract=off")
S1, S2, FLAGSHIP = "scenarios/s1_mmc.yaml", "scenarios/s2_hall.yaml", "scenarios/flagship_hall.yaml"
FULL = "scenarios/flagship_full.yaml"
MARKS = ("<!-- figures: begin (bench.py --readme) -->", "<!-- figures: end -->")
LONG_RUN = {"wait_min": 0.8216, "abandonment": 0.01389, "kiosk_share": 0.25495}
S1_EXACT_WAIT = 0.66873
S1_MINUTES = 10_000
S1_WARM_UP = 1_000

Command = Callable[[int], list[str]]
"""Seed -> command line that prints one JSON object with `seconds` and mostly `customers`."""


@dataclass
class Contender:
    """One row of a speed table and what was measured for it."""

    name: str
    command: Command | None
    missing: str = ""
    runs: list[dict[str, float]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Median customers per second, 0 if there is none."""
        return statistics.median([r["customers"] / r["seconds"] for r in self.runs]) if self.runs else 0.0

    def mean(self, measure: str) -> float | None:
        """Return a measure over all runs, weighted by customers, or None."""
        known = [r for r in self.runs if measure in r]
        total = sum(r["customers"] for r in known)
        return sum(r[measure] * r["customers"] for r in known) / total if total else None


# --- running -------------------------------------------------------------------------------------------


def run_json(command: list[str], env: dict[str, str] | None = None) -> dict[str, float]:
    """Run a command and return the JSON object that it prints last."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise RuntimeError(lines[-1][:200])
    return json.loads(done.stdout.strip().splitlines()[-1])


def worker(kind: str, scenario: str, replications: int) -> Command:
    """Return the command of a worker in workers.py."""
    return lambda seed: [sys.executable, str(HERE / "workers.py"), kind, scenario, str(replications), str(seed)]


def script(name: str, size: int) -> Command:
    """Return the command of a Python peer."""
    return lambda seed: [sys.executable, str(PEERS / name), str(size), str(seed)]


def missing_package(name: str) -> str:
    """Return why a package cannot be measured, or an empty string."""
    try:
        version(name)
    except PackageNotFoundError:
        return f"{name} is not installed"
    return ""


def say(text: str) -> None:
    """Tell on standard error what is going on."""
    print(text, file=sys.stderr, flush=True)


def race(contenders: list[Contender], repeats: int) -> None:
    """Run all contenders in turns on one core."""
    cores = one_core()
    for repeat in range(repeats):
        for contender in contenders:
            if contender.command is None or contender.missing:
                continue
            try:
                contender.runs.append(run_json(contender.command(repeat + 1)))
                say(f"  {contender.name}: {contender.runs[-1]['seconds']:.2f} s")
            except (RuntimeError, OSError, ValueError, IndexError) as error:
                contender.missing = str(error)
                contender.runs.clear()
                say(f"  {contender.name}: not measured: {error}")
    all_cores(cores)


def one_core() -> set[int]:
    """Pin this process and its children to one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        return set()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    return cores


def all_cores(cores: set[int]) -> None:
    """Undo `one_core`."""
    if cores:
        os.sched_setaffinity(0, cores)


# --- the C peers -----------------------------------------------------------------------------------------


def build_c(folder: Path) -> tuple[dict[str, Path], str]:
    """Compile the C peers; return name -> binary (with `_exact` twins) and what prevented it."""
    gcc = shutil.which("gcc")
    if not gcc:
        return {}, "no gcc here"
    binaries = {}
    for name, scenario in (("s1", f"{S1}@{S1_MINUTES}"), ("s2", S2)):
        try:
            names = run_json(worker("hashes", scenario, 0)(0))
        except (RuntimeError, ValueError, IndexError) as error:
            return {}, f"hashed names of {scenario}: {error}"
        wanted = ("HASH_SOURCE", "HASH_SERVICE") if name == "s1" else ("HASH_SOURCE",)
        defines = [f"-D{key}={names[key]}ull" for key in wanted]
        for suffix, flags in (("", C_FLAGS), ("_exact", EXACT_FLAGS)):
            target = folder / (name + suffix)
            command = [gcc, *flags, *defines, str(PEERS / f"{name}.c"), "-o", str(target), "-lm"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                return {}, f"gcc failed: {done.stderr.strip().splitlines()[-1][:120]}"
            binaries[name + suffix] = target
    return binaries, ""


def same_work(binaries: dict[str, Path], days: int) -> dict[str, object]:
    """Compare the C peers' total of ticks waited with the kernel's, customer by customer the same draws."""
    result: dict[str, object] = {}
    if not binaries:
        return result
    sizes = {"s1": (f"{S1}@{S1_MINUTES}", 3, ["3", str(S1_MINUTES), str(S1_WARM_UP), "1"])}
    sizes["s2"] = (S2, days, [str(days), "1"])
    for name, (scenario, replications, arguments) in sizes.items():
        try:
            ours = run_json(worker("kernel", scenario, replications)(1))
            theirs = run_json([str(binaries[f"{name}_exact"]), *arguments])
        except (RuntimeError, ValueError, IndexError) as error:
            result[name] = {"not measured": str(error)}
            continue
        result[name] = {
            "replications": replications,
            "kernel_ticks": ours["wait_ticks"],
            "c_ticks": theirs["wait_ticks"],
            "customers": ours["customers"],
            "equal": ours["wait_ticks"] == theirs["wait_ticks"] and ours["customers"] == theirs["customers"],
        }
    return result


# --- what is measured ------------------------------------------------------------------------------------


def speed(binaries: dict[str, Path], no_c: str, quick: bool, repeats: int) -> dict[str, list[Contender]]:
    """Race S2, S1, and a hall with everything switched on."""
    days = 2_000 if quick else 20_000
    slow = (30, 60, 30) if quick else (100, 300, 150)
    replications = 20 if quick else 100
    minutes = 2_000 if quick else S1_MINUTES
    steady = f"{S1}@{S1_MINUTES}"

    def c_program(name: str, *arguments: int) -> Command | None:
        return (lambda seed: [str(binaries[name]), *map(str, arguments), str(seed)]) if binaries else None

    simpy_missing, ciw_missing = missing_package("simpy"), missing_package("ciw")
    tables = {
        "S2": [
            Contender("C, hard-coded", c_program("s2", days), no_c),
            Contender("kernel", worker("kernel", S2, days)),
            Contender("hallsim.run, jobs=1", worker("api", S2, days)),
            Contender("our SimPy engine", worker("reference", S2, slow[0])),
            Contender("SimPy, idiomatic", script("simpy_s2.py", slow[1]), simpy_missing),
            Contender("Ciw", script("ciw_s2.py", slow[2]), ciw_missing),
        ],
        "S1": [
            Contender("C, hard-coded", c_program("s1", replications, S1_MINUTES, S1_WARM_UP), no_c),
            Contender("kernel", worker("kernel", steady, replications)),
            Contender("hallsim.run, jobs=1", worker("api", steady, replications)),
            Contender("our SimPy engine", worker("reference", f"{S1}@{minutes}", 1)),
            Contender("SimPy, idiomatic", script("simpy_s1.py", minutes), simpy_missing),
            Contender("Ciw", script("ciw_s1.py", minutes), ciw_missing),
        ],
        "Full": [
            Contender("kernel on S2", worker("kernel", S2, days // 2)),
            Contender("kernel", worker("kernel", FULL, days // 10)),
            Contender("hallsim.run, jobs=1", worker("api", FULL, days // 10)),
            Contender("our SimPy engine", worker("reference", FULL, slow[0] // 2)),
        ],
    }
    for name, contenders in tables.items():
        say(f"{name}, {repeats} turns")
        race(contenders, repeats)
        by_name = {c.name: c for c in contenders}
        kernel_runs = by_name["kernel"].runs
        for ours, theirs in zip(by_name["hallsim.run, jobs=1"].runs, kernel_runs, strict=False):
            ours["customers"] = theirs["customers"]  # the same days
    return tables


def timed(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Return the wall and the processor time of a command, with the processes that it starts, in seconds."""
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, check=False)
    seconds, after = time.perf_counter() - start, os.times()
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][:200])
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, used


def start_up(repeats: int) -> dict[str, object]:
    """Time the command line: first runs ever, each with a cache of its own, warm runs and the help."""
    say("start-up")
    hallsim = [sys.executable, "-m", "hallsim"]
    result: dict[str, object] = {}
    plan = [(f"run {Path(hall).stem}", [*hallsim, "run", hall], True) for hall in (FLAGSHIP, FULL)]
    plan.append(("hallsim --help", [*hallsim, "--help"], False))
    for name, command, compiles in plan:
        with tempfile.TemporaryDirectory() as cache:
            env = {**os.environ, "HALLSIM_CACHE": cache, "PYTHONPYCACHEPREFIX": cache}
            env.pop("PYTHONDONTWRITEBYTECODE", None)  # first runs write it, as they do for users; warm ones read it
            try:
                if compiles:
                    result[f"{name}, first ever (s)"], used = timed(command, env)
                    result[f"{name}, processor time (s)"] = used
                result[f"{name}{', warm' * compiles} (s)"] = statistics.median(
                    timed(command, env)[0] for _ in range(repeats)
                )
            except RuntimeError as error:
                result[name] = f"not measured: {error}"
    return result


def memory(quick: bool) -> dict[str, object]:
    """Measure peak memory over ten times as many days."""
    say("memory")
    result: dict[str, object] = {}
    for days in (200, 2_000) if quick else (2_000, 20_000):
        try:
            result[f"S2, {days} days (MB)"] = run_json(worker("memory", S2, days)(1))["peak_mb"]
        except (RuntimeError, ValueError, IndexError) as error:
            result[f"S2, {days} days (MB)"] = f"not measured: {error}"
    return result


def growth(quick: bool, repeats: int) -> dict[str, object]:
    """Measure ns a customer for 10 and 100 times the customers, and the servers, at the same load."""
    say("growth")
    base = 200 if quick else 1_000
    plan = [("customers", k, 10, base * k, 100 // k) for k in (1, 10, 100)]
    plan += [("servers", k, 10 * k, base * 10 / k, 10) for k in (1, 10, 100)]
    result: dict[str, object] = {}
    cores = one_core()
    for what, k, servers, minutes, replications in plan:
        name = f"{what} x {k}"
        try:
            runs = [
                run_json(worker("kernel", f"mmc:{servers}@{minutes:g}", replications)(s + 1)) for s in range(repeats)
            ]
            result[name] = {
                "servers": servers,
                "customers": round(runs[0]["customers"] / replications),
                "ns": statistics.median(1e9 * r["seconds"] / r["customers"] for r in runs),
            }
        except (RuntimeError, ValueError, IndexError) as error:
            result[name] = f"not measured: {error}"
    all_cores(cores)
    return result


def machine() -> dict[str, str]:
    """Return what the figures depend on."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [x.partition(":")[2].strip() for x in info.read_text().splitlines() if x.startswith("model name")]
        model = names[0] if names else model
    packages = {}
    for name in ("numba", "numpy", "simpy", "ciw"):
        packages[name] = "missing" if missing_package(name) else version(name)
    gcc = shutil.which("gcc")
    compiler = "none"
    if gcc:
        compiler = subprocess.run([gcc, "--version"], capture_output=True, text=True, check=False).stdout.splitlines()[
            0
        ]
    return {
        "date": date.today().isoformat(),
        "load_average": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "cpu": f"{model}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **packages,
        "gcc": compiler,
        "c_flags": " ".join(C_FLAGS),
    }


# --- showing -----------------------------------------------------------------------------------------------


def number(x: float) -> str:
    """Return a rate in three figures with a unit."""
    for scale, unit in ((1e6, " M"), (1e3, " k")):
        if x >= scale:
            return f"{x / scale:.3g}{unit}"
    return f"{x:.3g}"


def speed_lines(name: str, contenders: list[Contender], repeats: int) -> list[str]:
    """Return a speed table, 80 columns."""
    titles = {"S2": "S2, a day of a service hall", "S1": "S1, M/M/10", "Full": "flagship_full, everything switched on"}
    ours = next(c for c in contenders if c.name == "kernel").rate
    lines = [f"{titles[name]}: one core, median of {repeats} turns"]
    lines.append(f"{'':<21}{'customers/s':>12}{'ns each':>10}{'kernel is':>12}{'wait min':>10}")
    lines[-1] += {"S2": f"{'left %':>7}{'kiosk %':>8}", "Full": f"{'steps each':>12}"}.get(name, "")
    for c in contenders:
        if not c.rate:
            lines.append(f"{c.name:<21}  not measured: {c.missing or 'no run'}"[:80])
            continue
        ratio = f"{ours / c.rate:.3g} x" if ours else "?"
        line = f"{c.name:<21}{number(c.rate):>12}{1e9 / c.rate:>10,.0f}{ratio:>12}"
        wait, left, kiosk = (c.mean(m) for m in ("wait_min", "abandonment", "kiosk_share"))
        line += f"{wait:>10.4f}" if wait is not None else " " * 10
        if name == "S2" and left is not None and kiosk is not None:
            line += f"{100 * left:>7.3f}{100 * kiosk:>8.2f}"
        if name == "Full" and (steps := c.mean("steps")) is not None:
            line += f"{steps:>12.2f}"
        lines.append(line.rstrip())
    if name == "S2":
        line = f"{'long-run value':<55}{LONG_RUN['wait_min']:>10.4f}"
        lines.append(line + f"{100 * LONG_RUN['abandonment']:>7.3f}{100 * LONG_RUN['kiosk_share']:>8.2f}")
    elif name == "S1":
        lines.append(f"{'exact value':<55}{S1_EXACT_WAIT:>10.4f}")
    return lines


def plain_lines(title: str, values: dict[str, object]) -> list[str]:
    """Return a table of named values."""
    lines = [title]
    for name, value in values.items():
        if isinstance(value, dict):
            value = ", ".join(f"{k} {v:,.0f}" if isinstance(v, float) else f"{k} {v}" for k, v in value.items())
        lines.append(f"{name:<42} {value:.2f}"[:80] if isinstance(value, float) else f"{name:<12} {value}"[:80])
    return lines


def growth_lines(values: dict[str, object]) -> list[str]:
    """Return the growth table."""
    lines = ["Growth: kernel, M/M/c at load 0.9", f"{'':<18}{'servers':>9}{'customers a run':>18}{'ns each':>10}"]
    for name, value in values.items():
        if isinstance(value, dict):
            lines.append(f"{name:<18}{value['servers']:>9}{value['customers']:>18,}{value['ns']:>10.0f}")
        else:
            lines.append(f"{name:<18}  {value}"[:80])
    return lines


def report(result: dict[str, object], tables: dict[str, list[Contender]], repeats: int) -> str:
    """Return everything as text, 80 columns."""
    about = result["machine"]
    assert isinstance(about, dict)
    packages = ", ".join(f"{k} {about[k]}" for k in ("python", "numba", "numpy", "simpy", "ciw"))
    size = "quick sizes" if result["quick"] else "full sizes"
    how = f"{size}; load average when it began {about['load_average']} (an idle machine: 0)"
    where = f"{about['date']}; {about['cpu']}; {about['system']}"
    blocks = [[where, packages, about["gcc"], about["c_flags"], how]]
    blocks += [speed_lines(name, contenders, repeats) for name, contenders in tables.items()]
    same = ["Same work: ticks waited by everybody served, kernel and C (-ffp-contract=off)"]
    for name, value in result["same_work"].items():  # type: ignore[attr-defined]
        if "equal" in value:
            verdict = "equal" if value["equal"] else f"DIFFERENT, C has {value['c_ticks']}"
            same.append(f"{name}: {value['customers']:,} customers, {value['kernel_ticks']} microseconds: {verdict}")
        else:
            same.append(f"{name}: not measured: {value['not measured']}"[:80])
    blocks.append(same)
    blocks.append(plain_lines("Start-up, all cores", result["start_up"]))  # type: ignore[arg-type]
    blocks.append(plain_lines("Peak memory of hallsim.run, log not kept", result["memory"]))  # type: ignore[arg-type]
    blocks.append(growth_lines(result["growth"]))  # type: ignore[arg-type]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


def write_readme(text: str) -> None:
    """Replace the figures in README.md."""
    path = HERE / "README.md"
    whole = path.read_text(encoding="utf-8")
    before, _, rest = whole.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    new = f"{before}{MARKS[0]}\n```text\n{text}```\n{MARKS[1]}{after}"
    beside = path.with_suffix(".new")
    beside.write_text(new, encoding="utf-8")
    os.replace(beside, path)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the work; ratios are rougher")
    parser.add_argument("--repeats", type=int, default=0, help="turns of every contender (5; quick: 3)")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    parser.add_argument("--readme", action="store_true", help="put the figures into benchmarks/README.md")
    arguments = parser.parse_args()
    repeats = arguments.repeats or (3 if arguments.quick else 5)
    about = machine()
    with tempfile.TemporaryDirectory() as folder:
        binaries, no_c = build_c(Path(folder))
        tables = speed(binaries, no_c, arguments.quick, repeats)
        result: dict[str, object] = {
            "machine": about,
            "quick": arguments.quick,
            "repeats": repeats,
            "speed": {
                name: {
                    c.name: {"customers_per_second": c.rate, "runs": c.runs, "missing": c.missing} for c in contenders
                }
                for name, contenders in tables.items()
            },
            "same_work": same_work(binaries, 100),
            "start_up": start_up(repeats),
            "memory": memory(arguments.quick),
            "growth": growth(arguments.quick, repeats),
        }
    text = report(result, tables, repeats)
    print(text, end="")
    if arguments.json:
        beside = arguments.json.with_name(arguments.json.name + ".new")
        beside.write_text(json.dumps(result, indent=1), encoding="utf-8")
        os.replace(beside, arguments.json)
    if arguments.readme:
        write_readme(text)


if __name__ == "__main__":
    main()
