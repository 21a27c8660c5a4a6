"""The literals that a Python file assigns to names, such as ``pelicanconf.py``; it is never run."""

import ast
import warnings
from collections.abc import Iterable
from typing import Any

from feeds.corpus.urls import names_this_machine

_UNKNOWN = object()


def read_python(text: str) -> dict[str, Any]:
    """The literals by name; of conditional values, the first that does not name this machine.

    An empty value does not replace another. Raises SyntaxError, ValueError, RecursionError and
    MemoryError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of invalid escape sequences
        tree = ast.parse(text)
    values: dict[str, Any] = {}
    _run(tree.body, values)
    return values


def _run(statements: Iterable[ast.stmt], values: dict[str, Any]) -> None:
    for statement in statements:
        match statement:
            case ast.Assign(targets=targets, value=written):
                for target in targets:
                    _assign(target, _value(written, values), values)
            case ast.AnnAssign(target=target, value=ast.expr() as written):
                _assign(target, _value(written, values), values)
            case ast.If(body=body, orelse=orelse):
                _run(orelse, values)
                _run(body, values)
            case ast.Try(body=body, handlers=handlers):
                for handler in handlers:
                    _run(handler.body, values)
                _run(body, values)


def _assign(target: ast.expr, value: Any, values: dict[str, Any]) -> None:
    match target:
        case ast.Name(id=name):
            is_better = value not in ("", None) and not _is_local(value)
            if value is not _UNKNOWN and (is_better or not values.get(name)):
                values[name] = value
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as key)):
            if isinstance(fields := values.get(name), dict) and value is not _UNKNOWN:
                fields[key] = value
        case ast.Tuple(elts=targets) if isinstance(value, tuple) and len(targets) == len(value):
            for each, member in zip(targets, value, strict=True):
                _assign(each, member, values)


def _is_local(value: Any) -> bool:
    return isinstance(value, str) and names_this_machine(value)


def _value(node: ast.expr, values: dict[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value if isinstance(value, str | int | float | None) else _UNKNOWN
        case ast.Name(id=name):
            return values.get(name, _UNKNOWN)
        case ast.List(elts=members) | ast.Set(elts=members):
            return list(_known(members, values))
        case ast.Tuple(elts=members):
            return tuple(_known(members, values))
        case ast.Dict(keys=keys, values=members):
            return _mapping(keys, members, values)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _sum(_value(left, values), _value(right, values))
        case ast.JoinedStr(values=parts):
            return _joined(parts, values)
        case ast.IfExp(body=body, orelse=orelse):
            return _first([_value(body, values), _value(orelse, values)])
        case ast.BoolOp(op=ast.Or(), values=members):
            return _first([_value(member, values) for member in members])
        case ast.Call():
            return _called(node, values)
    return _UNKNOWN


def _known(members: Iterable[ast.expr], values: dict[str, Any]) -> Iterable[Any]:
    return (value for member in members if (value := _value(member, values)) is not _UNKNOWN)


def _mapping(
    keys: Iterable[ast.expr | None], members: Iterable[ast.expr], values: dict[str, Any]
) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for key, member in zip(keys, members, strict=True):
        name, value = _value(key, values) if key else _UNKNOWN, _value(member, values)
        if value is not _UNKNOWN and isinstance(name, str | int):
            made[name] = value
    return made


def _sum(left: Any, right: Any) -> Any:
    for kind in (str, list, tuple):
        if isinstance(left, kind) and isinstance(right, kind):
            total: Any = left + right  # type: ignore[operator]
            return total if len(total) <= _MAX_LENGTH else _UNKNOWN
    return _UNKNOWN


def _joined(parts: Iterable[ast.expr], values: dict[str, Any]) -> Any:
    texts = [
        _value(part.value if isinstance(part, ast.FormattedValue) else part, values) for part in parts
    ]
    text = "".join(map(str, texts)) if all(isinstance(each, str | int) for each in texts) else _UNKNOWN
    return _UNKNOWN if isinstance(text, str) and len(text) > _MAX_LENGTH else text


def _first(candidates: Iterable[Any]) -> Any:
    """The first candidate that is known, not empty, and does not name this machine."""
    known = [each for each in candidates if each is not _UNKNOWN]
    useful = [each for each in known if each not in ("", None) and not _is_local(each)]
    return next(iter([*useful, *known]), _UNKNOWN)


def _called(node: ast.Call, values: dict[str, Any]) -> Any:
    """The value of ``dict(a=1)`` or of a variable of the environment, by its default."""
    match node:
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            given = {each.arg: _value(each.value, values) for each in keywords if each.arg}
            return {name: value for name, value in given.items() if value is not _UNKNOWN}
        case ast.Call(func=ast.Attribute(attr="get" | "getenv"), args=[_, default]):
            return _value(default, values)
    return _UNKNOWN


_MAX_LENGTH = 100_000
