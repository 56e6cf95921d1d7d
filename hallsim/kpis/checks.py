"""What must hold in every log, whatever engine or machine wrote it: conservation laws.

`violations` counts everybody and every minute: each customer has exactly one visit outcome, a step of a
line begins after the one before has ended, no server serves two people or serves off duty, and the time
integral of the number in a queue is the sum of all waits (Little 1961, doi:10.1287/opre.9.3.383: exact
on a day that begins and ends empty). Plain Python, independent of the compiled reducer: for tests.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from hallsim import compiled as c
from hallsim.compiled import Log


def violations(log: Log, limit: int = 20) -> list[str]:
    """Return what is wrong with a log, in plain sentences, at most `limit` of them; empty if nothing is."""
    found = [*_visits(log), *_steps(log), *_servers(log), *_queues(log)]
    return found[:limit]


def queue_integral(log: Log, line: int) -> int:
    """Return the time integral of the number waiting in a line, in microseconds, by sweeping over its changes."""
    changes: dict[int, int] = defaultdict(int)
    for row in log.rows.tolist():
        join, leave = row[c.ROW_JOIN], _left_queue(row)
        if row[c.ROW_WHAT] & 0xFFFF == line and leave > join:
            changes[join] += 1
            changes[leave] -= 1
    total, length, since = 0, 0, 0
    for t in sorted(changes):
        total += length * (t - since)
        length, since = length + changes[t], t
    return total


def _left_queue(row: list[int]) -> int:
    return row[c.ROW_CALL] if row[c.ROW_CALL] >= 0 else row[c.ROW_END]


def _visits(log: Log) -> list[str]:
    ends: dict[int, int] = defaultdict(int)
    for row in log.rows.tolist():
        ends[row[c.ROW_CUSTOMER]] += (row[c.ROW_WHAT] >> 40) & 0xFF != 0
    return [f"customer {who} has {n} visit outcomes" for who, n in ends.items() if n != 1]


def _steps(log: Log) -> list[str]:
    found = []
    last: dict[int, int] = {}
    for i, row in enumerate(log.rows.tolist()):
        who, arrive, join, end = row[c.ROW_CUSTOMER], row[c.ROW_ARRIVE], row[c.ROW_JOIN], row[c.ROW_END]
        if not arrive <= join <= _left_queue(row) <= end <= max(log.end, end):
            found.append(f"row {i}: the times of customer {who} do not follow each other")
        if last.get(who, arrive) != join:
            found.append(f"row {i}: customer {who} is nowhere between {last.get(who, arrive)} and {join}")
        last[who] = end
    return found


def _servers(log: Log) -> list[str]:
    found = []
    duty: dict[int, list[tuple[int, int]]] = defaultdict(list)
    busy: dict[int, list[tuple[int, int]]] = defaultdict(list)
    blocked: list[tuple[int, ...]] = []
    for row in log.server_rows.tolist():
        if row[c.SERVER_ROW_STATE] == c.STATE_BLOCKED:  # with the customer who is being served
            blocked.append(tuple(row))
            continue
        if row[c.SERVER_ROW_STATE] > c.STATE_OVERTIME:  # inside duty, and nobody is served meanwhile
            busy[row[c.SERVER_ROW_SERVER]].append((row[c.SERVER_ROW_FROM], row[c.SERVER_ROW_TO]))
            continue
        duty[row[c.SERVER_ROW_SERVER]].append((row[c.SERVER_ROW_FROM], row[c.SERVER_ROW_TO]))
    for row in log.rows.tolist():
        # a delay has no server
        if row[c.ROW_CALL] >= 0 and row[c.ROW_END] > row[c.ROW_CALL] and row[c.ROW_WHO] & 0xFFFFFF:
            busy[(row[c.ROW_WHO] & 0xFFFFFF) - 1].append((row[c.ROW_CALL], row[c.ROW_END]))
    for server, _, begin, end, customer in blocked:
        if not any(a <= begin and end <= b for a, b in busy[server]):
            found.append(f"server {server} is blocked from {begin} to {end} without customer {customer}")
    for server in sorted({*duty, *busy}):
        for what, spans in (("on duty", sorted(duty[server])), ("busy", sorted(busy[server]))):
            for (_, end), (begin, _) in pairwise(spans):
                if begin < end:
                    found.append(f"server {server} is {what} twice at {begin}")
        joined: list[list[int]] = []
        for begin, end in sorted(duty[server]):
            if joined and joined[-1][1] == begin:
                joined[-1][1] = end
            else:
                joined.append([begin, end])
        for begin, end in busy[server]:
            if not any(a <= begin and end <= b for a, b in joined):
                found.append(f"server {server} serves from {begin} to {end} without being on duty")
    return found


def _queues(log: Log) -> list[str]:
    waits: dict[int, int] = defaultdict(int)
    for row in log.rows.tolist():
        waits[row[c.ROW_WHAT] & 0xFFFF] += _left_queue(row) - row[c.ROW_JOIN]
    found = []
    for line, total in waits.items():
        integral = queue_integral(log, line)
        if integral != total:
            found.append(f"line {line}: the queue's integral is {integral}, the sum of its waits {total}")
    return found
