"""YAML text -> tree with file and line. Strict YAML 1.2, and nothing that a scenario does not need.

In: a file (UTF-8, UTF-8 with BOM, or GB18030). Out: `Node` trees. The parser's events are composed here
instead of by the library, because a scenario must never run code or grow: tags, anchors and aliases are
refused, depth and size are bounded, duplicate keys are errors, and every value keeps its line. Plain
scalars follow the YAML 1.2 core schema without its base prefixes: null, true, false, integers and
floats; everything else, `09:00` and `on` included, is text.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice
from pathlib import Path as FilePath
from typing import Any

from hallsim.errors import Complaint, ScenarioError
from hallsim.scenario.tree import DEEPEST, Node, Path, Scalar, merge, path_text

LARGEST = 1_000_000
"""Largest scenario file in bytes; data belong in tables beside it."""

LARGEST_TABLE = 200_000_000
MOST_EXTENDS = 20

_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,2})?")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def read_tree(file: str) -> tuple[Node, list[Complaint]]:
    """Read a scenario file and everything it extends, merged.

    Returns
    -------
    (Node, list of Complaint)
        The root mapping, and what is wrong but leaves a tree to look at.

    Raises
    ------
    ScenarioError
        If there is no tree: a file is missing, is not text or not YAML.
    """
    return _read(file, [])


def read_value(text: str, file: str, path: str, line: int = 0) -> Node:
    """Read one value as it stands in a scenario, such as the right-hand side of `--set path=value`.

    Complaints name `file` and `path`, and the line of a table that it stands in; of an option there is none.

    Raises
    ------
    ScenarioError
        If the text is not YAML.
    """
    if not text.strip():
        return Node(None, file, line)
    try:
        root, complaints = compose(text, file)
    except ScenarioError as problem:
        raise ScenarioError([Complaint(file, line, path, c.message) for c in problem.complaints]) from problem
    if complaints:
        raise ScenarioError([Complaint(file, line, f"{path}.{c.path}", "given twice") for c in complaints])
    return _at_line(root, line)


def read_text(file: str, largest: int = LARGEST, kind: str = "scenario") -> str:
    """Read a text file in UTF-8, with or without BOM, or in GB18030.

    Raises
    ------
    ScenarioError
        If it does not exist, is too large, or is not text.
    """
    path = FilePath(file)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _failure(file, f"is a folder, not a {kind} file")
        if not stat.S_ISREG(status.st_mode):
            raise _failure(file, f"is not a regular file, so not a {kind}")
        if status.st_size > largest:
            size, limit = status.st_size / 1e6, largest / 1e6
            raise _failure(file, f"has {size:.1f} MB; a {kind} file has at most {limit:g} MB")
        with path.open("rb") as stream:
            data = stream.read(largest + 1)
    except FileNotFoundError as problem:
        raise _failure(file, "no such file" + nearest_file(path)) from problem
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
        raise _failure(file, f"cannot be read: {reason}") from problem
    return _decoded(data, file, kind)


def compose(text: str, file: str) -> tuple[Node, list[Complaint]]:
    """Compose the tree of one YAML text; complaints are what a scenario refuses but can be skipped over."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    complaints: list[Complaint] = []
    try:
        events = YAML(typ="safe", pure=True).parse(text)
        composer = _Composer(file, events, complaints)
        root = composer.document()
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark else 0
        reason = " ".join(str(problem.problem or problem.context or "cannot be parsed").split())
        raise ScenarioError([Complaint(file, line, "", f"not valid YAML: {reason}")]) from problem
    except (YAMLError, RecursionError, ValueError) as problem:
        line = text.count("\n", 0, getattr(problem, "position", 0)) + 1 if hasattr(problem, "position") else 0
        reason = " ".join(str(getattr(problem, "reason", None) or problem).split())
        raise ScenarioError([Complaint(file, line, "", f"not valid YAML: {reason}")]) from problem
    return root, complaints


class _Composer:
    """Turns the parser's events into nodes."""

    def __init__(self, file: str, events: Iterator[Any], complaints: list[Complaint]) -> None:
        self.file, self.events, self.complaints = file, events, complaints

    def document(self) -> Node:
        """Compose the only document of the stream."""
        root = None
        for event in self.events:
            name = type(event).__name__
            if name == "DocumentStartEvent":
                if root is not None:
                    self._refuse(event, "a second document begins; a scenario is one document")
                root = self._node(next(self.events), (), 0)
        return Node(None, self.file, 1) if root is None else root

    def _node(self, event: Any, path: Path, depth: int, key_line: int = 0) -> Node:
        line = key_line or event.start_mark.line + 1
        event_kind = type(event).__name__
        if depth > DEEPEST:
            self._refuse(event, f"nested deeper than {DEEPEST} levels")
        if event_kind == "AliasEvent":
            self._refuse(event, f"alias *{event.anchor} is not allowed; write the value out, or use extends:")
        if event.anchor is not None:
            self._refuse(event, f"anchor &{event.anchor} is not allowed; write the value out, or use extends:")
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) not in ("!", ""):
            name = _short(str(tag).replace("tag:yaml.org,2002:", "!!"))
            self._refuse(event, f"tag {name} is not allowed; a scenario is plain text, numbers and lists")
        if event_kind == "ScalarEvent":
            text = self._whole(event)
            return Node(text if event.style is not None else _resolved(text), self.file, line)
        if event_kind == "SequenceStartEvent":
            items: list[Node] = []
            for item in self._until("SequenceEndEvent"):
                items.append(self._node(item, (*path, len(items)), depth + 1))
            return Node(items, self.file, line)
        return Node(self._mapping(path, depth), self.file, line)

    def _mapping(self, path: Path, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for event in self._until("MappingEndEvent"):
            if type(event).__name__ != "ScalarEvent":
                self._refuse(event, "a key is plain text, not a list, mapping or alias")
            line = event.start_mark.line + 1
            key = self._whole(event)
            child = self._node(next(self.events), (*path, key), depth + 1, line)
            if event.anchor is not None or event.tag is not None:
                self._refuse(event, "anchors and tags are not allowed; write the value out, or use extends:")
            if key == "<<":
                self._refuse(event, "the merge key << is not allowed; use extends:")
            if key in entries:
                first = entries[key].line
                message = f"given twice; the first is in line {first}"
                self.complaints.append(Complaint(self.file, line, path_text((*path, key)), message))
            else:
                entries[key] = child
        return entries

    def _until(self, end: str) -> Iterator[Any]:
        for event in self.events:
            if type(event).__name__ == end:
                return
            yield event

    def _whole(self, event: Any) -> str:
        """Return a scalar's text; a character escaped as JSON does it, in two halves, becomes one."""
        text = str(event.value)
        if any("\ud800" <= c <= "\udfff" for c in text):
            try:
                text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
            except UnicodeDecodeError:
                self._refuse(event, f"{_short(ascii(text))} holds half a character; the other half is missing")
        return text

    def _refuse(self, event: Any, message: str) -> None:
        raise ScenarioError([Complaint(self.file, event.start_mark.line + 1, "", message)])


def _resolved(text: str) -> Scalar:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def extended(root: Node, file: str, chain: list[str]) -> tuple[Node, list[Complaint]]:
    """Lay a tree on the file that it extends, if any; `chain` holds the files that extend this one."""
    root, of_halls = _with_halls(root, file, chain)
    if not isinstance(root.value, dict) or root.value.get("extends") is None:
        return root, of_halls
    base_name = root.value["extends"]
    rest = Node({k: v for k, v in root.value.items() if k != "extends"}, root.file, root.line)
    if not isinstance(base_name.value, str):
        text = "needs the name of a scenario file, such as standard_hall.yaml"
        return rest, [*of_halls, Complaint(file, base_name.line, "extends", text)]
    base, complaints = _read_beside(file, base_name, "extends", chain)
    merged, problems = merge(base, rest)
    wrong = (Complaint(n.file, n.line, path_text(p), text) for n, p, text in problems)
    return merged, [*complaints, *of_halls, *wrong]


def _with_halls(root: Node, file: str, chain: list[str]) -> tuple[Node, list[Complaint]]:
    """Put the content of the files that a network names as its halls in the place of their names."""
    halls = root.value.get("halls") if isinstance(root.value, dict) else None
    if not isinstance(root.value, dict) or halls is None or not isinstance(halls.value, dict):
        return root, []
    found, complaints = dict(halls.value), []
    for name, node in halls.value.items():
        if isinstance(node.value, str):
            found[name], more = _read_beside(file, node, f"halls.{name}", chain)
            complaints += more
    return replace(root, value={**root.value, "halls": replace(halls, value=found)}), complaints


def _read_beside(file: str, name: Node, path: str, chain: list[str]) -> tuple[Node, list[Complaint]]:
    """Read a scenario file that another names at a path, relative to itself."""
    place = (file, name.line, path)
    beside = str(FilePath(file).parent / str(name.value))
    if os.path.realpath(beside) in chain:
        verb = "extends" if path == "extends" else "needs"
        raise ScenarioError([Complaint(*place, f"{name.value} {verb} this file in turn; a chain must end")])
    if len(chain) > MOST_EXTENDS:
        raise ScenarioError([Complaint(*place, f"a chain of more than {MOST_EXTENDS} extended files")])
    if not FilePath(beside).exists():
        hint = nearest_file(FilePath(beside))
        raise ScenarioError([Complaint(*place, f"no such file: {name.value}{hint}")])
    return _read(beside, chain)


def _read(file: str, chain: list[str]) -> tuple[Node, list[Complaint]]:
    root, complaints = compose(read_text(file), file)
    if root.value is None:
        raise _failure(file, "is empty; `hallsim new` writes a starter")
    if not isinstance(root.value, dict):
        raise ScenarioError([Complaint(file, root.line, "", "a scenario is a mapping of keys such as hall: and open:")])
    merged, more = extended(root, file, [*chain, os.path.realpath(file)])
    return merged, [*more, *complaints]


def _decoded(data: bytes, file: str, kind: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _failure(file, "is in UTF-16; save it as UTF-8 (or GB18030)")
    if b"\0" in data:
        raise _failure(file, f"is binary, not a {kind} file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as problem:
        raise ScenarioError(
            [Complaint(file, line, "", f"byte 0x{data[problem.start]:02x} is neither UTF-8 nor GB18030")]
        ) from problem
    # Latin-1 and other one-byte texts often decode as GB18030 by chance, into private or odd characters.
    if any("\ue000" <= c <= "\uf8ff" or "\x80" <= c <= "\x9f" for c in text):
        raise ScenarioError([Complaint(file, line, "", "the text is neither UTF-8 nor GB18030; save it as UTF-8")])
    return text


def _at_line(node: Node, line: int) -> Node:
    if isinstance(node.value, dict):
        return Node({k: _at_line(v, line) for k, v in node.value.items()}, node.file, line)
    if isinstance(node.value, list):
        return Node([_at_line(v, line) for v in node.value], node.file, line)
    return Node(node.value, node.file, line)


def _failure(file: str, message: str) -> ScenarioError:
    return ScenarioError([Complaint(file, 0, "", message)])


def nearest_file(path: FilePath) -> str:
    """Return a hint at the file of the same kind in the same folder whose name is nearest, if one is near."""
    data = path.suffix in (".csv", ".parquet")
    kinds = {path.suffix} if data else {path.suffix, ".yaml", ".yml"} - {""}
    try:
        names = {p.stem: p.name for p in islice(path.parent.iterdir(), 10_000) if p.suffix in kinds}
    except OSError:
        names = {}
    near = get_close_matches(path.stem, names, n=1)
    return f" (did you mean {names[near[0]]}?)" if near else ""


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
