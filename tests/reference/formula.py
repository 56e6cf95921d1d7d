"""Read arithmetic from a case file without executing it: names, numbers, + - * / ** and a few functions."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.reference.plan import NotCovered

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": np.sin,
    "cos": np.cos,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
}
_GAUSS_X, _GAUSS_W = np.polynomial.legendre.leggauss(8)


def evaluate(text: str, **names: ArrayLike) -> NDArray[np.float64]:
    """Return the value of the formula `text` for arrays of its variables.

    Raises
    ------
    NotCovered
        When the text is not arithmetic over `names`, pi and the known functions.

    Examples
    --------
    >>> float(evaluate("2*(1+0.5*sin(pi*t))", t=0.5))
    3.0
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise NotCovered(f"formula {text!r} cannot be read") from None
    return np.asarray(_value(tree, {"pi": np.pi, **names}, text), dtype=np.float64)


def _value(node: ast.expr, names: dict[str, Any], text: str) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, names, text)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, names, text)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left, names, text), _value(right, names, text))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name.split(".")[-1] in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(a, names, text) for a in args))
        case _:
            raise NotCovered(f"formula {text!r}: {ast.unparse(node)} is not known")


def cell_averages(text: str, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of a formula in `t` over each cell [edges[i], edges[i + 1]], exact to rounding.

    Gauss-Legendre with eight points integrates smooth rates in cells much shorter than their period to
    machine precision, so the expected number of arrivals is right at every edge.

    >>> [round(float(x), 6) for x in cell_averages("t**2", np.array([0.0, 1.0, 3.0]))]
    [0.333333, 4.333333]
    """
    middle = (edges[1:] + edges[:-1]) / 2
    half = (edges[1:] - edges[:-1]) / 2
    points = middle[:, None] + half[:, None] * _GAUSS_X
    values = np.broadcast_to(evaluate(text, t=points), points.shape)
    return values @ _GAUSS_W / 2


def period(text: str) -> float:
    """Return the shortest period of the `sin` and `cos` in a formula of t (infinity if there is none).

    The argument must be linear in t; its slope is found by evaluating it at two points.
    """
    shortest = np.inf
    for node in ast.walk(ast.parse(text, mode="eval")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("sin", "cos"):
            inside = ast.unparse(node.args[0])
            slope = abs(float(evaluate(inside, t=1.0)) - float(evaluate(inside, t=0.0)))
            if slope > 0:
                shortest = min(shortest, 2 * np.pi / slope)
    return float(shortest)
