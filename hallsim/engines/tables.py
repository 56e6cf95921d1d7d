"""The tables of a workspace as arrays, looked up from one record of addresses.

Compiled functions pass a workspace around as a single pointer: a `DAY` record with the running day's
scalars and, for each table, where it lies and how long it is. Passing forty arrays instead makes numba
copy three hundred words at every call, count references, and take a minute to compile. Each accessor
turns an address back into an array; compiled, that is one load. The arrays are owned by the
`Workspace` that the record belongs to, which must outlive it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

from hallsim.engines.records import DAY, TABLES
from hallsim.jit import JIT_DISABLED


def _accessor_in_python(name: str) -> Callable[[Any], Any]:
    dtype = TABLES[name]
    last: dict[tuple[int, int], Any] = {}

    def accessor(w: Any) -> Any:
        place = (int(w[f"{name}_at"]), int(w[f"{name}_n"]))
        if place not in last:
            memory = (ctypes.c_char * max(place[1] * dtype.itemsize, 1)).from_address(place[0])
            array = np.frombuffer(memory, dtype=dtype, count=place[1])
            last.clear()  # of each table only the present one is remembered
            last[place] = array.view(np.recarray) if dtype.names else array
        return last[place]

    return accessor


def _accessor_compiled(name: str) -> Any:
    from llvmlite import ir
    from numba import from_dtype, types
    from numba.extending import intrinsic
    from numba.np.arrayobj import make_array, populate_array

    dtype = TABLES[name]
    offsets = [DAY.fields[f"{name}_{what}"][1] for what in ("at", "n")]  # type: ignore[index]
    array_type = types.Array(from_dtype(dtype), 1, "C", aligned=True)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        word = ir.IntType(64)
        record = builder.bitcast(args[0], ir.IntType(8).as_pointer())
        address, n = (
            builder.load(builder.bitcast(builder.gep(record, [word(offset)]), word.as_pointer()))
            for offset in offsets
        )
        array = make_array(array_type)(context, builder)
        size = context.get_constant(types.intp, dtype.itemsize)
        data = builder.inttoptr(address, array.data.type)
        populate_array(array, data=data, shape=[n], strides=[size], itemsize=size, meminfo=None)
        return array._getvalue()

    @intrinsic
    def accessor(typingctx, w):  # type: ignore[no-untyped-def]
        return array_type(w), codegen

    return accessor


_accessor = _accessor_in_python if JIT_DISABLED else _accessor_compiled

stations = _accessor("stations")
by_type = _accessor("by_type")
routes = _accessor("routes")
lines = _accessor("lines")
servers = _accessor("servers")
sources = _accessor("sources")
pieces = _accessor("pieces")
listed = _accessor("listed")
changes = _accessor("changes")
mixes = _accessor("mixes")
balk_join = _accessor("balk_join")
exit_outcome = _accessor("exit_outcome")
route_most = _accessor("route_most")
reaches = _accessor("reaches")
law_code = _accessor("law_code")
law_numbers = _accessor("law_numbers")
law_first = _accessor("law_first")
law_size = _accessor("law_size")
law_part = _accessor("law_part")
law_table = _accessor("law_table")
customers = _accessor("customers")
arrivals = _accessor("arrivals")
keys = _accessor("keys")
types = _accessor("types")
origins = _accessor("origins")
indices = _accessor("indices")
services = _accessor("services")
patiences = _accessor("patiences")
next_rows = _accessor("next_rows")
stays = _accessor("stays")
scratch = _accessor("scratch")
gap_times = _accessor("gap_times")
gaps = _accessor("gaps")
ends = _accessor("ends")
heap = _accessor("heap")
rows = _accessor("rows")
server_rows = _accessor("server_rows")
