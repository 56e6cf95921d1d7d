"""Functions that compiled code calls by their address, so that they are compiled once.

numba links everything that a function calls into it and optimises it there again: the quantile of a law,
called from a chain of ten functions, was optimised and translated ten times, and half of a cold start went
that way. A far function is compiled on its own; its address stands in the record that is passed around
(field `{name}_code`), and callers jump there. Worth it where a call is rare or long.

For each one a module has three things: the function itself, an entry of the fixed signature that C would
use (`@entry`), which turns the address of the record back into the record, and the caller (`caller`). Where nobody else
calls the function, it is `@inline`: it becomes the entry, and a call is one call and not three.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.extending import intrinsic

from hallsim.jit import CACHE, JIT_DISABLED, PACKAGE, for_c

INT, WORD, FLOAT = types.int64, types.uint64, types.float64

MOST_ALONE = 3
"""So many missing functions are not worth a second process."""

_ENTRIES: dict[str, tuple[str, Callable[..., Any]]] = {}
_COMPILED: dict[str, Any] = {}


def entry(name: str, signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a far function's entry: the record's address first, numba's signature for C."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        _ENTRIES[name] = signature, function
        return function

    return decorate


def code(name: str) -> int:
    """Return the address of a far function, compiling it or loading it from the cache; 0 in plain Python."""
    if JIT_DISABLED:
        return 0
    if name not in _COMPILED:
        signature, function = _ENTRIES[name]
        _COMPILED[name] = for_c(signature, function)
    return int(_COMPILED[name].address)


def prepare(names: Sequence[str], modules: Sequence[str]) -> None:
    """Compile far functions ahead: if many are missing on this machine, some here and some in a second process.

    Compiling is bound to one core a process; together they halve a cold start. One goes through the names from the
    front, the other from the back, until they meet. Whatever goes wrong over there is compiled here later, when its
    address is asked for.

    Parameters
    ----------
    names : sequence of str
        The longest first.
    modules : sequence of str
        That declare them.
    """
    if JIT_DISABLED or not CACHE:
        return
    for module in modules:
        import_module(module)
    kept = [path.name for path in Path(CACHE).rglob("*.nbi")]
    missing = [name for name in names if name not in _COMPILED and not _is_among(kept, name)]
    if len(missing) <= MOST_ALONE:
        return
    with tempfile.TemporaryDirectory() as claims:
        work = f"far.take({missing[::-1]!r}, {claims!r})"
        helper = subprocess.Popen(
            [sys.executable, "-c", f"import {', '.join(modules)}; from hallsim.engines import far; {work}"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        try:
            take(missing, claims)
            helper.wait()
        except BaseException:
            helper.kill()
            helper.wait()
            raise


def _is_among(kept: Sequence[str], name: str) -> bool:
    """Return whether a far function is among numba's files."""
    return any(f".{_ENTRIES[name][1].__qualname__}-" in file for file in kept)


def take(names: Sequence[str], claims: str) -> None:
    """Compile, in this order, what nobody else has claimed by a file in the folder `claims`."""
    collecting = gc.isenabled()
    gc.disable()  # compiling makes millions of objects that stay; looking through them takes an eighth of the time
    try:
        for name in names:
            try:
                (Path(claims) / name).touch(exist_ok=False)
            except FileExistsError:
                return  # whoever comes the other way has been here
            code(name)
    finally:
        if collecting:
            gc.enable()


def record_at(dtype: np.dtype[Any]) -> Any:
    """Return the function that turns an address into the record of this dtype there."""
    record = from_dtype(dtype)

    @intrinsic
    def at(typingctx, address):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            return builder.inttoptr(args[0], context.get_value_type(record))

        return record(types.int64), codegen

    return at


def promised(name: str, module: str, record: np.dtype[Any], returns: Any, *arguments: Any) -> Any:
    """Return what compiled code calls as `function(w, ...)`, where `module` declares the function only later.

    For functions that call back whoever calls them; as `caller`, but in plain Python looked up in the module.
    """

    def late(*given: Any) -> Any:
        return getattr(import_module(module), name)(*given)

    return caller(name, late, record, returns, *arguments)


def caller(name: str, function: Callable[..., Any], record: np.dtype[Any], returns: Any, *arguments: Any) -> Any:
    """Return what compiled code calls as `function(w, ...)`; in plain Python that is the function itself.

    Parameters
    ----------
    name : str
    function : callable
        With the record first.
    record : dtype
        Has a field `{name}_code` with the address.
    returns, arguments : numba types
    """
    if JIT_DISABLED:
        return function
    offset = int(record.fields[f"{name}_code"][1])  # type: ignore[index]

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        word = ir.IntType(64)
        base = builder.bitcast(args[0], ir.IntType(8).as_pointer())
        code = builder.load(builder.bitcast(builder.gep(base, [word(offset)]), word.as_pointer()))
        plain = [context.get_value_type(t) for t in arguments]
        shape = ir.FunctionType(context.get_value_type(returns), [word, *plain])
        return builder.call(builder.inttoptr(code, shape.as_pointer()), [builder.ptrtoint(args[0], word), *args[1:]])

    def typed(w: Any) -> Any:
        return returns(w, *arguments)

    # numba wants the arity spelled out
    if len(arguments) == 0:

        @intrinsic
        def call0(typingctx, w):  # type: ignore[no-untyped-def]
            return typed(w), codegen

        return call0
    if len(arguments) == 1:

        @intrinsic
        def call1(typingctx, w, a):  # type: ignore[no-untyped-def]
            return typed(w), codegen

        return call1

    if len(arguments) == 2:

        @intrinsic
        def call2(typingctx, w, a, b):  # type: ignore[no-untyped-def]
            return typed(w), codegen

        return call2

    if len(arguments) == 3:

        @intrinsic
        def call3(typingctx, w, a, b, c):  # type: ignore[no-untyped-def]
            return typed(w), codegen

        return call3

    @intrinsic
    def call4(typingctx, w, a, b, c, d):  # type: ignore[no-untyped-def]
        return typed(w), codegen

    return call4
