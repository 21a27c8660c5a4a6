"""The syntax of a module of Python, as lists of its nodes."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)


class Syntax:
    """All nodes of *tree* by kind; ``ast.walk`` takes twice as long, for each look at them."""

    def __init__(self, tree: ast.AST) -> None:
        self._by_kind: defaultdict[type, list[ast.AST]] = defaultdict(list)
        nodes = [tree]
        for node in nodes:  # which grows meanwhile
            self._by_kind[type(node)].append(node)
            for value in vars(node).values():
                if isinstance(value, list):
                    nodes += [each for each in value if isinstance(each, ast.AST)]
                elif isinstance(value, ast.AST):
                    nodes.append(value)

    def nodes(self, *kinds: type[Node]) -> Iterator[Node]:
        """Yield the nodes of *kinds*."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())  # type: ignore[misc]
