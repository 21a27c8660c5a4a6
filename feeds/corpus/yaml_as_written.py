"""YAML with every scalar as text: PyYAML's C loader without type resolution.

YAML 1.1 reads a topic called ``no`` as False and ``20:30`` as 1230, and PyYAML has no other version
(https://github.com/yaml/pyyaml/issues/116). A loader may replace the tables of resolvers and constructors
(https://pyyaml.org/wiki/PyYAMLDocumentation, "Constructors, representers, resolvers"). The methods
``descend_resolver``, ``ascend_resolver``, ``resolve``, ``flatten_mapping`` and ``get_single_data``, which
the composer and the constructor call, are not documented: tests/corpus/test_yaml_as_written.py fails
if a version of PyYAML stops calling one of them.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import yaml

NOTHING = frozenset({"~", "null", "Null", "NULL"})  # without quotes, a missing value (YAML 1.2, 10.2.1.1)

MAX_DEPTH = 50  # nested lists and mappings: libyaml has no limit, and the stack would overflow

_TAG = "tag:yaml.org,2002:"
_TEXTS = {f"{_TAG}{name}" for name in ("plain", "str", "null", "bool", "int", "float", "timestamp")}
_DEFAULTS = {
    yaml.ScalarNode: f"{_TAG}plain",  # without an explicit tag
    yaml.SequenceNode: f"{_TAG}seq",
    yaml.MappingNode: f"{_TAG}map",
}


class Quoted(str):
    """A spelling of NOTHING that is text, because it is in quotes or has the tag ``!!str``."""

    __slots__ = ()


class TooDeep(yaml.MarkedYAMLError):
    """The document is nested deeper than MAX_DEPTH."""


def load(text: str, repeated: Callable[[str], object] = lambda _key: None) -> Any:
    """Load the single document in *text*; call *repeated* with each repeated key of its fields.

    Raises yaml.YAMLError, ValueError and RecursionError.
    """
    loader = Loader(text)
    try:
        value = loader.get_single_data()
        for key in loader.repeated:
            repeated(key)
        return value
    finally:
        loader.dispose()


class Loader(yaml.CSafeLoader):
    """PyYAML's C loader without resolvers and merge keys; without them, aliases need no copies."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012
    yaml_constructors: ClassVar[dict[str | None, Any]] = {
        f"{_TAG}seq": yaml.CSafeLoader.construct_yaml_seq,
        f"{_TAG}map": yaml.CSafeLoader.construct_yaml_map,
        **dict.fromkeys(_TEXTS, lambda loader, node: _text(node, loader.construct_scalar(node))),
        None: yaml.CSafeLoader.construct_undefined,
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self.repeated: list[str] = []

    # The composer calls these two around every node, so they count the depth.
    def descend_resolver(self, current_node: yaml.Node | None, current_index: Any) -> None:  # noqa: ARG002
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooDeep(
                problem=f"nested deeper than {MAX_DEPTH} levels",
                problem_mark=current_node.start_mark if current_node else None,
            )

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:  # noqa: ARG002
        return _DEFAULTS[kind]

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave merge keys (``<<``) as they are."""

    def get_single_data(self) -> Any:
        node = self.get_single_node()
        value: Any
        try:
            value = node and _value(node, set())
        except LookupError:
            value = self.construct_document(node)
        if isinstance(node, yaml.MappingNode) and len(value) < len(node.value):
            self.repeated = [key for key, count in Counter(_keys(node)).items() if count > 1]
        return value


def _keys(node: yaml.MappingNode) -> Iterator[str]:
    return (key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))


def _text(node: Any, text: str) -> str:
    is_text = text in NOTHING and (node.style or node.tag == f"{_TAG}str")
    return Quoted(text) if is_text else text


def _value(node: yaml.Node, above: set[int]) -> Any:
    """The value that PyYAML's constructors make of *node*, in half the time.

    Raises LookupError for nodes that need the constructors: an explicit tag, an alias of a list or
    mapping, or a key that is not text.
    """
    kind = type(node)
    if kind is yaml.ScalarNode and node.tag in _TEXTS:
        text: str = node.value
        return _text(node, text) if text in NOTHING else text
    if node.tag != _DEFAULTS[kind] or id(node) in above:
        raise LookupError
    above.add(id(node))
    if kind is yaml.SequenceNode:
        return [_value(member, above) for member in node.value]
    fields = {}
    for key, value in node.value:
        if type(key) is not yaml.ScalarNode or key.tag not in _TEXTS:
            raise LookupError
        fields[key.value] = _value(value, above)
    return fields
