"""The tree of a scenario as written: values that remember their file and line, merging, and patches.

In: nodes from `hallsim.scenario.text` or plain Python data. Out: plain data (`plain_data`) plus the place
of every path, for complaints. A path is a tuple of mapping keys and list positions. Nothing here knows
what a key means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hallsim.errors import Complaint, did_you_mean

Path = tuple[str | int, ...]
Scalar = str | int | float | bool | None

DEEPEST = 40
MOST_ERRORS = 200
"""Nobody reads more, and a hostile file would earn a hundred thousand, each with its nearest name."""

DOTTED = ("policies",)
"""Mappings whose names have dots, as in `policies.counter.call`; nothing lies below them."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value with the place where it is written; `value` holds nodes, or one scalar.

    `line` is the line of the key for the entries of a mapping, the line of the item in a list.
    """

    value: dict[str, Node] | list[Node] | Scalar
    file: str
    line: int


class TooManyErrors(Exception):  # noqa: N818  (a signal to stop reading, never shown)
    """The scenario has more errors than anybody wants to read."""


@dataclass(slots=True)
class Complaints:
    """Collects what is wrong, finding file and line from the tree.

    The methods that complain raise TooManyErrors after MOST_ERRORS errors.
    """

    root: Node
    found: list[Complaint] = field(default_factory=list)
    _known: set[Complaint] = field(init=False, default_factory=set)
    _n_errors: int = field(init=False, default=0)

    def add(self, path: Path, message: str, *, warning: bool = False) -> None:
        """Complain about a path; a path that does not exist is placed at its nearest existing parent."""
        node = nearest(self.root, path)
        self._put(Complaint(node.file, node.line, path_text(path), message, warning))

    def warn(self, path: Path, message: str) -> None:
        """Complain about something that can be simulated but is probably not meant."""
        self.add(path, message, warning=True)

    def add_at(self, file: str, line: int, message: str, path: Path = ()) -> None:
        """Complain about a place that the tree does not hold, such as a row of a table."""
        self._put(Complaint(file, line, path_text(path), message))

    def _put(self, complaint: Complaint) -> None:
        if complaint in self._known:
            return
        if not complaint.warning:
            if self._n_errors == MOST_ERRORS:
                raise TooManyErrors
            self._n_errors += 1
        self._known.add(complaint)
        self.found.append(complaint)

    @property
    def errors(self) -> list[Complaint]:
        """The complaints that forbid a run, in file order."""
        return in_file_order([c for c in self.found if not c.warning])

    @property
    def warnings(self) -> list[Complaint]:
        """The planner's warnings, in file order."""
        return in_file_order([c for c in self.found if c.warning])


def in_file_order(complaints: Sequence[Complaint]) -> list[Complaint]:
    """Sort by line inside each file, files in order of their first complaint."""
    files = list(dict.fromkeys(c.file for c in complaints))
    return sorted(complaints, key=lambda c: (files.index(c.file), c.line))


def nearest(root: Node, path: Path) -> Node:
    """Return the node at a path, or its deepest existing parent."""
    node = root
    for step in path:
        value = node.value
        if isinstance(value, dict) and step in value:
            node = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            node = value[step]
        else:
            break
    return node


def path_text(path: Path) -> str:
    """Return a path as planners write it: `stations.counter.time`, `arrivals.per_hour[2]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def split_path(text: str) -> Path:
    """Read a path as planners write it.

    >>> split_path("arrivals.per_hour[2]")
    ('arrivals', 'per_hour', 2)
    >>> split_path("policies.counter.call")
    ('policies', 'counter.call')
    """
    first, _, rest = text.partition(".")
    if first in DOTTED and rest:
        return first, rest
    if not re.fullmatch(r"[^.\[\]]+(\[\d+\])*(\.[^.\[\]]+(\[\d+\])*)*", text):
        raise ValueError(f"{text!r} is not a path such as stations.counter.servers or arrivals.per_hour[2]")
    steps: list[str | int] = []
    for part in text.split("."):
        name, *positions = part.split("[")
        steps.append(name.strip())
        steps.extend(int(p.rstrip("]")) for p in positions)
    return tuple(steps)


def from_data(data: object, file: str, line: int = 0, depth: int = 0) -> Node:
    """Turn plain Python data into nodes.

    Raises
    ------
    TypeError
        If something is not a mapping, list, text, number, boolean or None.
    """
    if depth > DEEPEST:
        raise TypeError(f"nested deeper than {DEEPEST} levels")
    if isinstance(data, Mapping):
        return Node({str(k): from_data(v, file, line, depth + 1) for k, v in data.items()}, file, line)
    if isinstance(data, (list, tuple)):
        return Node([from_data(v, file, line, depth + 1) for v in data], file, line)
    if data is None or isinstance(data, (str, bool, int, float)):
        return Node(data, file, line)
    if hasattr(data, "item"):  # a numpy scalar
        return from_data(data.item(), file, line, depth + 1)
    if hasattr(data, "tolist"):  # a numpy array
        return from_data(data.tolist(), file, line, depth + 1)
    raise TypeError(f"a {type(data).__name__} has no place in a scenario")


def plain_data(node: Node) -> object:
    """Return the values without their places."""
    if isinstance(node.value, dict):
        return {k: plain_data(v) for k, v in node.value.items()}
    if isinstance(node.value, list):
        return [plain_data(v) for v in node.value]
    return node.value


def merge(base: Node, over: Node, path: Path = ()) -> tuple[Node, list[tuple[Node, Path, str]]]:
    """Lay `over` on `base`: mappings are merged, anything else is replaced, null removes a key.

    Returns
    -------
    (Node, list of (node, path, message))
        The merged tree and the removals that removed nothing.
    """
    if not (isinstance(base.value, dict) and isinstance(over.value, dict)):
        return over, []
    merged, problems = dict(base.value), []
    for key, node in over.value.items():
        if node.value is None:
            if key not in merged:
                hint = did_you_mean(key, merged)
                problems.append((node, (*path, key), f"nothing to remove: the extended file has no {key!r}{hint}"))
            merged.pop(key, None)
        elif key in merged:
            merged[key], more = merge(merged[key], node, (*path, key))
            problems.extend(more)
        else:
            merged[key] = node
    return Node(merged, over.file, over.line), problems


def patch(root: Node, path: Path, new: Node, known_keys: frozenset[str]) -> Node:
    """Return a tree with one value changed; null removes it. The original is untouched.

    Every step but the last must exist, unless it is one of `known_keys` (words of the language, such as
    `room`), so that a slip in the name of a station is not taken for a new station.

    Raises
    ------
    ValueError
        If the path leads nowhere.
    """
    return _patched(root, path, 0, new, known_keys)


def _patched(node: Node, path: Path, i: int, new: Node, known_keys: frozenset[str]) -> Node:
    if i == len(path):
        return new
    step, value = path[i], node.value
    if isinstance(step, int):
        if not isinstance(value, list) or step >= len(value):
            length = len(value) if isinstance(value, list) else 0
            raise ValueError(f"{path_text(path[: i + 1])} does not exist; the list has {length} entries")
        items = list(value)
        items[step] = _patched(items[step], path, i + 1, new, known_keys)
        return Node(items, node.file, node.line)
    if not isinstance(value, dict):
        if i and step in known_keys and not isinstance(value, list):
            value = {}  # a scalar such as `servers: 8` gives way to a mapping such as `servers.staff`
        else:
            raise ValueError(f"{path_text(path[:i])} is not a mapping, so it has no {step!r}")
    entries = dict(value)
    last = i == len(path) - 1
    if last and new.value is None:
        if step not in entries:
            known = ", ".join(entries)
            raise ValueError(f"{path_text(path[: i + 1])} does not exist; known: {known}{did_you_mean(step, entries)}")
        del entries[step]
        return Node(entries, node.file, node.line)
    if step not in entries and not last and step not in known_keys:
        known = ", ".join(entries)
        raise ValueError(f"{path_text(path[: i + 1])} does not exist; known: {known}{did_you_mean(step, entries)}")
    child = entries.get(step, Node({}, new.file, new.line))
    entries[step] = _patched(child, path, i + 1, new, known_keys)
    return Node(entries, node.file, node.line)


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield every node with its path, parents first."""
    yield path, node
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from walk(child, (*path, key))
    elif isinstance(node.value, list):
        for i, child in enumerate(node.value):
            yield from walk(child, (*path, i))
