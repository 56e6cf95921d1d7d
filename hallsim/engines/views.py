"""How a table of a workspace looks to a function: a typed pointer, an array, or in plain Python an array.

The numba side is a small type `Table`: a pointer with a record (or number) type. Indexing a table of
records gives the record in place; indexing a table of numbers loads or stores.
"""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model
from numba.np.arrayobj import make_array, populate_array

from hallsim.engines.records import DAY, TABLES
from hallsim.jit import JIT_DISABLED

Dtype = np.dtype[Any]
BOUNDS_CHECKED = bool(numba.core.config.BOUNDSCHECK)


class Table(types.Type):  # type: ignore[misc]
    """A pointer to consecutive items of one dtype."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Table({dtype})")


@register_model(Table)
class _TableModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Table) -> None:
        super().__init__(manager, kind, ir.IntType(8).as_pointer())


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 2 and isinstance(args[0], Table) and isinstance(args[1], types.Integer):
            return signature(args[0].dtype, args[0], types.intp)
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 3 and isinstance(args[0], Table) and isinstance(args[1], types.Integer):
            return signature(types.none, args[0], types.intp, args[0].dtype)
        return None


def _item(context: Any, builder: Any, table: Table, pointer: Any, index: Any) -> Any:
    """Return a pointer to one item, of the type that numba uses for values of the dtype."""
    size = table.dtype.size if isinstance(table.dtype, types.Record) else table.dtype.bitwidth // 8
    offset = builder.mul(index, index.type(size), flags=("nsw",))
    place = builder.gep(pointer, [offset], inbounds=True)
    if isinstance(table.dtype, types.Record):
        return builder.bitcast(place, context.get_value_type(table.dtype))
    return builder.bitcast(place, context.get_value_type(table.dtype).as_pointer())


@lower_builtin(operator.getitem, Table, types.Integer)
def _get_item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    place = _item(context, builder, sig.args[0], *args)
    return place if isinstance(sig.args[0].dtype, types.Record) else builder.load(place)


@lower_builtin(operator.setitem, Table, types.Integer, types.Any)
def _set_item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    builder.store(args[2], _item(context, builder, sig.args[0], args[0], args[1]))
    return context.get_dummy_value()


def _load_word(builder: Any, record: Any, offset: int) -> Any:
    """Load a word of the record that never changes while the workspace lives."""
    word = ir.IntType(64)
    base = builder.bitcast(record, ir.IntType(8).as_pointer())
    loaded = builder.load(builder.bitcast(builder.gep(base, [word(offset)]), word.as_pointer()))
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded


def _offset(record: Dtype, name: str, what: str) -> int:
    return int(record.fields[f"{name}_{what}"][1])  # type: ignore[index]


def _compiled_array(name: str, dtype: Dtype, record: Dtype) -> Any:
    at, size_at = _offset(record, name, "at"), _offset(record, name, "n")
    array_type = types.Array(from_dtype(dtype), 1, "C", aligned=True)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        address = _load_word(builder, args[0], at)
        n = _load_word(builder, args[0], size_at)
        array = make_array(array_type)(context, builder)
        size = context.get_constant(types.intp, dtype.itemsize)
        data = builder.inttoptr(address, array.data.type)
        populate_array(array, data=data, shape=[n], strides=[size], itemsize=size, meminfo=None)
        return array._getvalue()

    @intrinsic
    def view(typingctx, w):  # type: ignore[no-untyped-def]
        return array_type(w), codegen

    return view


def _compiled_table(name: str, dtype: Dtype, record: Dtype) -> Any:
    table = Table(from_dtype(dtype))
    at = _offset(record, name, "at")

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        address = _load_word(builder, args[0], at)
        return builder.inttoptr(address, cgutils.voidptr_t)

    @intrinsic
    def view(typingctx, w):  # type: ignore[no-untyped-def]
        return table(w), codegen

    return view


def _in_python(name: str, dtype: Dtype, record: Dtype) -> Callable[[Any], Any]:
    last: dict[tuple[int, int], Any] = {}

    def view(w: Any) -> Any:
        place = (int(w[f"{name}_at"]), int(w[f"{name}_n"]))
        if place not in last:
            memory = (ctypes.c_char * max(place[1] * dtype.itemsize, 1)).from_address(place[0])
            array = np.frombuffer(memory, dtype=dtype, count=place[1])  # type: ignore[call-overload]  # ctypes has a buffer
            last.clear()  # of each table only the present one is remembered
            last[place] = array.view(np.recarray) if dtype.names else array
        return last[place]

    return view


as_array = _in_python if JIT_DISABLED else _compiled_array
as_table = _in_python if JIT_DISABLED else _compiled_array if BOUNDS_CHECKED else _compiled_table


def accessor(
    name: str, how: Callable[[str, Dtype, Dtype], Any], tables: dict[str, Dtype] = TABLES, record: Dtype = DAY
) -> Any:
    """Return the function that finds a table in a workspace's record, in one of the ways above.

    Parameters
    ----------
    name : str
        Which of `tables`; the record has its address as `{name}_at` and its length as `{name}_n`.
    how : one of `as_array`, `as_table`
    tables : mapping of names to dtypes
    record : dtype
    """
    return how(name, tables[name], record)
