"""The commented scenario that `hallsim new` writes.

In: the declaration. Out: YAML text that loads without a complaint. Meanings and defaults in the comments are
the declaration's; the values below make one small hall of them. Every key of a scenario and of a station
appears, those that the hall does not need as comments.
"""

from __future__ import annotations

from hallsim.scenario.declaration import SCENARIO, STATION
from hallsim.scenario.kinds import Key

WIDTH = 110

_TOP = {
    "format": "1",
    "hall": "My hall",
    "description": "One greeter, two kiosks and five counters.",
    "source": "Guesses, to be replaced by the hall's own figures.",
    "open": '"09:00-17:00"',
    "segments": "{vip: 10 %, general: 90 %}",
    "transactions": "{payment: 40 %, plan: 35 %, card: rest}",
    "arrivals": "{per_hour: [20, 35, 40, 25, 20, 30, 35, 20]}",
    "tickets": "{V: {segments: [vip], rank: 0}, Z: {rank: 1}}",
    "triage": "\n  vip: counter\n  payment: {kiosk: 40 %, divert app: 10 %, counter: rest}\n  vip payment: counter\n"
    "  rest: counter",
    "entry": "greeter",
    "targets": "\n  V: {wait: 95 % within 10 min}\n  all: {wait: 90 % within 15 min, abandonment: at most 3 %}",
}
_STATIONS: dict[str, dict[str, str]] = {
    "greeter": {"servers": "1", "time": "exponential 20 s", "call": "fifo", "then": "triage"},
    "kiosk": {"servers": "2", "time": "lognormal 3 min cv 0.6", "fails": "8 %", "on_failure": "counter"},
    "counter": {
        "servers": '{staff: {"09:00": 4, "10:00": 5}}',
        "time": "{payment: lognormal 4 min cv 0.8, rest: lognormal 8 min cv 0.8}",
        "patience": "exponential 40 min",
    },
}


def starter_text() -> str:
    """Return the starter."""
    lines = ["# A hall to start from: change the numbers, then run `hallsim check` and `hallsim run` on this file."]
    for key in SCENARIO.keys:
        lines += ["", *_comment(key)]
        if key.name == "stations":
            lines += _stations()
        elif key.name in _TOP:
            value = _TOP[key.name]
            lines.append(f"{key.name}:{value}" if value.startswith("\n") else f"{key.name}: {value}")
        else:
            lines.append(f"# {key.name}: {key.example}")
    return "\n".join(lines) + "\n"


def _stations() -> list[str]:
    lines = ["stations:"]
    used = {name for given in _STATIONS.values() for name in given}
    for name, given in _STATIONS.items():
        lines.append(f"  {name}:")
        for key in STATION.keys:
            if key.name in given:
                lines += [f"    {line}" for line in _comment(key)] if _first_use(name, key.name) else []
                lines.append(f"    {key.name}: {given[key.name]}")
    lines.append("    # A station can also have:")
    for key in STATION.keys:
        if key.name not in used:
            lines += [f"    {line}" for line in _comment(key)]
            lines.append(f"    # {key.name}: {key.example or key.default.split(',')[0]}")
    return lines


def _first_use(station: str, key: str) -> bool:
    return next(name for name, given in _STATIONS.items() if key in given) == station


def _comment(key: Key) -> list[str]:
    text = key.doc.replace("`", "")
    text = text[0].upper() + text[1:]
    if key.default:
        text += f" (if left out: {key.default.replace('`', '')})"
    lines, line = [], "#"
    for word in (text + ".").split():
        if len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = "#"
        line += " " + word
    return [*lines, line]
