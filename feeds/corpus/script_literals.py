"""The literals in a file of JavaScript or TypeScript, such as ``astro.config.mjs``; it is never run."""

from collections.abc import Sequence
from typing import Any

from feeds.article.expressions import expression
from feeds.corpus.script_tokens import ScriptToken, tokens, unescaped
from feeds.corpus.urls import names_this_machine

MAX_SCRIPT_DEPTH = 100  # brackets within brackets
MAX_SCRIPT_LENGTH = 100_000  # characters of a text that is put together

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_DECLARING = frozenset({"const", "let", "var"})
_REFERENCE = expression(r"\$\{\s{0,9}([\w$.]{1,200})\s{0,9}\}")
_BEFORE_CHOICE = frozenset({"", "?", ":", "||", "??"})
_AFTER_CHOICE = frozenset({"", ":", "||", "??"})
_END = ScriptToken("sign", "")


class _Reference(str):
    """A reference to the variable called by this text."""

    __slots__ = ()


class _Call(str):
    """The name of a function that is called without arguments, for lists of plugins."""


class _Template(str):
    """A text with references to variables."""

    __slots__ = ()


def read_script(text: str) -> dict[str, Any]:
    """The literals by key: of the exported object, then of variables, then of all other objects.

    Objects in lists and in arguments belong to the key of the list or the call, and the first of equal
    keys counts. Of alternatives, the first that does not name this machine counts, but not ``true`` or
    ``false``. Raises ValueError if brackets are nested too deeply.
    """
    found = _Script(list(tokens(text)))
    found.statements("", found.loose)
    resolve = _Resolver(found.variables)
    named = found.exported.get("", {})
    exported = resolve.of(found.variables.get(named) if isinstance(named, _Reference) else named)
    made: dict[str, Any] = dict(exported) if isinstance(exported, dict) else {}
    variables = resolve.of(found.variables)
    _merge(made, variables)
    for value in variables.values():
        if isinstance(value, dict):
            _merge(made, value)
    _merge(made, resolve.of(found.loose))
    return made


class _Script:
    """A parser that collects keys with literal values, and ignores everything else."""

    def __init__(self, all_tokens: Sequence[ScriptToken]) -> None:
        self._tokens = all_tokens
        self._position = 0
        self._depth = 0
        self.exported: dict[str, Any] = {}
        self.variables: dict[str, Any] = {}
        self.loose: dict[str, Any] = {}

    def _peek(self, ahead: int = 0) -> ScriptToken:
        position = self._position + ahead
        return self._tokens[position] if position < len(self._tokens) else _END

    def _next(self) -> ScriptToken:
        token = self._peek()
        self._position += 1
        return token

    def statements(
        self, closing: str, fields: dict[str, Any], returned: dict[str, Any] | None = None
    ) -> None:
        """Read statements, or the members of an object into *fields*, up to the *closing* bracket."""
        is_start, declared = True, ""
        while (token := self._next()) != _END:
            if token.kind == "sign" and token.text == closing:
                return
            following = self._peek()
            if is_start and token.kind != "sign" and following.text == ":" and following.kind == "sign":
                self._position += 1
                self._set(fields, token.text, self._value())
                is_start = False
                continue
            if token.kind == "name" and token.text in _DECLARING:
                declared = following.text if following.kind == "name" else ""
            elif token.kind == "name" and token.text == "export" and following.text == "default":
                self._position += 1
                self._set(self.exported, "", self._value())
            elif token.kind == "name" and token.text == "return":
                self._add(fields if returned is None else returned, self._value())
            elif token.kind == "sign" and token.text == "=":
                self._assign(declared or self._tokens[self._position - 2].text)
                declared = ""
            elif token.kind == "name" and self._is_setting(token.text):
                self._set(self.loose, token.text.rpartition(".")[2], self._peek(1).text)
            elif token.kind == "sign" and token.text in _CLOSING:
                self._inside(token.text, self.loose, returned)
            elif (
                is_start and token.kind == "name" and following.text in (",", closing) and closing == "}"
            ):
                self._set(fields, token.text, _Reference(token.text))
            is_start = token.text in (",", ";", "{", "}") or self._peek().is_after_newline

    def _is_setting(self, name: str) -> bool:
        """True for a call such as ``config.setInputDirectory("src")``."""
        opening, text, closing = (self._peek(ahead) for ahead in range(3))
        return ".set" in name and (opening.text, text.kind, closing.text) == ("(", "text", ")")

    def _assign(self, name: str) -> None:
        value = self._value()
        if name in ("module.exports", "exports.default"):
            self._set(self.exported, "", value)
        else:
            self._set(self.variables, name, value)

    def _inside(
        self, opening: str, fields: dict[str, Any], returned: dict[str, Any] | None = None
    ) -> None:
        self._depth += 1
        if self._depth > MAX_SCRIPT_DEPTH:
            raise ValueError(f"nested deeper than {MAX_SCRIPT_DEPTH} levels")
        self.statements(_CLOSING[opening], fields, returned)
        self._depth -= 1

    def _value(self) -> Any:
        """The value of the expression that begins here, or None; its end is not consumed."""
        items: list[Any] = []  # operands; signs are tokens
        while (token := self._peek()) != _END and not self._is_end(token, items):
            self._position += 1
            match token.kind:
                case "text":
                    items.append(token.text)
                case "template":
                    items.append(_Template(token.text))
                case "name" if token.text in ("as", "satisfies"):
                    self._skip_type()
                case "name" if token.text in ("true", "false") or token.text[:1].isdecimal():
                    items.append(token.text)
                case "name" if token.text not in ("new", "async", "await", "function"):
                    items.append(_Reference(token.text))
                case "sign" if token.text in _CLOSING:
                    self._bracket(token.text, items)
                case "sign":
                    items.append(token)
        return _chosen(items)

    def _is_end(self, token: ScriptToken, items: Sequence[Any]) -> bool:
        if token.kind == "sign":
            return token.text in (",", ";", ")", "]", "}")
        is_complete = bool(items) and not (isinstance(items[-1], ScriptToken) and items[-1].text != "!")
        return token.is_after_newline and is_complete and token.text not in ("as", "satisfies")

    def _skip_type(self) -> None:
        while self._peek().kind == "name" or self._peek().text in ("<", ">"):
            if self._peek().is_after_newline:
                return
            self._position += 1

    def _bracket(self, opening: str, items: list[Any]) -> None:
        """Append the value of an object, a list, parentheses, a call or the body of a function."""
        before = items[-1] if items else None
        self._depth += 1
        if self._depth > MAX_SCRIPT_DEPTH:
            raise ValueError(f"nested deeper than {MAX_SCRIPT_DEPTH} levels")
        if opening == "{":
            fields: dict[str, Any] = {}
            is_body = isinstance(before, _Arguments) or (
                isinstance(before, ScriptToken) and before.text == "=>"
            )
            self.statements("}", self.loose if is_body else fields, fields)
            items.append(fields)
        else:
            members = self._members(_CLOSING[opening])
            items.append(_list(members) if opening == "[" else _arguments(members))
        self._depth -= 1

    def _members(self, closing: str) -> list[Any]:
        members = []
        while (token := self._peek()) != _END:
            if token.kind == "sign" and token.text == closing:
                break
            start = self._position
            if (value := self._value()) is not None:
                members.append(value)
            # Without a comma, the next member begins here; a stray bracket is passed over.
            if self._peek().text in (",", ";") or self._position == start:
                if self._peek().kind == "sign" and self._peek().text == closing:
                    break
                self._position += 1
        self._position += 1
        return members

    def _set(self, fields: dict[str, Any], key: str, value: Any) -> None:
        if value is not None:
            _merge(fields, {key: value})

    def _add(self, fields: dict[str, Any], value: Any) -> None:
        if isinstance(value, dict):
            _merge(fields, value)


class _Arguments(list[Any]):
    """The values in parentheses: the arguments of a call, or an expression in parentheses."""


def _arguments(members: list[Any]) -> Any:
    return _Arguments(members)


class _Named(dict[str, Any]):
    """The mapping in a list such as ``['plugin', { options }]``, with the options below the name too."""


def _list(members: list[Any]) -> Any:
    """A list of texts, or one mapping if there are mappings in it."""
    made: dict[str, Any] = {}
    for member in _flat(members):
        if isinstance(member, _Named) and (name := next(iter(member))) in made:
            count = sum(key == name or key.startswith(f"{name} ") for key in made)
            made[f"{name} {count + 1}"] = member[name]
        elif isinstance(member, dict):
            _merge(made, member)
    if made and type(members[0]) is str and len(members) == 2:
        return _Named({members[0]: made} | made)
    return made or [member for member in members if isinstance(member, str)]


def _flat(members: list[Any]) -> list[Any]:
    return [each for member in members for each in (member if isinstance(member, list) else [member])]


def _merge(fields: dict[str, Any], others: dict[str, Any]) -> None:
    """Add *others* to *fields*; the first of equal keys counts."""
    for key, value in others.items():
        known = fields.get(key)
        if known is None or (known == "" and value):
            fields[key] = value
        elif isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        elif isinstance(known, str) and isinstance(value, str) and names_this_machine(known):
            fields[key] = value


def _chosen(written: list[Any]) -> Any:
    """The value of an expression with the items *written*, or None if it is no literal."""
    items = _with_calls(written)
    values = [None if isinstance(item, ScriptToken) else item for item in items]
    mappings = [value for value in values if isinstance(value, dict)]
    if len(mappings) == 1:
        return mappings[0]  # unchanged, as it may be a _Named
    if mappings:
        made: dict[str, Any] = {}
        for each in mappings:
            _merge(made, each)
        return made
    if len(items) == 1:
        return values[0]
    signs = ["", *(item.text if isinstance(item, ScriptToken) else None for item in items), ""]
    if all(sign == "+" for sign in signs[2:-1:2]) and None not in values[::2] and len(items) % 2:
        return _sum(values[::2])
    choices = [
        value
        for number, value in enumerate(values)
        if isinstance(value, str)
        and not isinstance(value, _Call)
        and signs[number] in _BEFORE_CHOICE
        and signs[number + 2] in _AFTER_CHOICE
    ]
    texts = [value for value in choices if type(value) is str]
    is_flag = "true" in texts or "false" in texts  # either may be meant
    useful = [value for value in texts if value and not names_this_machine(value)]
    return None if is_flag else next(iter([*useful, *texts, *choices]), None)


def _with_calls(items: list[Any]) -> list[Any]:
    """*items* with the values of calls and of parentheses, as far as they are known."""
    made: list[Any] = []
    for item in items:
        if not isinstance(item, _Arguments):
            made.append(item)
            continue
        called = made.pop() if made and isinstance(made[-1], _Reference) else "URL"
        if isinstance(called, _Reference) and not item:
            made.append(_Call(called))
            continue
        made.append(item[0] if called == "URL" and len(item) == 1 else _mapping_in(item))
    return made


def _mapping_in(members: list[Any]) -> Any:
    found = _list(members)
    return found if isinstance(found, dict) else None


def _sum(parts: Sequence[Any]) -> Any:
    if not all(isinstance(part, str) and not isinstance(part, _Call) for part in parts):
        return None
    return _Template("".join(f"${{{part}}}" if isinstance(part, _Reference) else part for part in parts))


class _Resolver:
    """Replacement of references by the values of *variables*; unknown ones are left out."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self._variables = variables

    def of(self, value: Any, left: int = MAX_SCRIPT_DEPTH) -> Any:
        """*value* without references, or None."""
        if left <= 0:
            return None
        match value:
            case dict():
                members = {key: self.of(member, left - 1) for key, member in value.items()}
                return {key: member for key, member in members.items() if member is not None}
            case list():
                inner = (str(each) if type(each) is _Call else self.of(each, left - 1) for each in value)
                return [each for each in inner if each is not None]
            case _Call():
                return None
            case _Reference():
                return self._named(value, left - 1)
            case _Template():
                return self._filled(value, left - 1)
        return value

    def _named(self, name: str, left: int) -> Any:
        value: Any = self._variables
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return self.of(value, min(left, 5)) if isinstance(value, str) else None

    def _filled(self, template: str, left: int) -> str | None:
        made, position = [], 0
        for found in _REFERENCE.finditer(template):
            value = self._named(found[1], left)
            if not isinstance(value, str):
                return None
            made += [template[position : found.start()], value]
            position = found.end()
        text = "".join([*made, template[position:]])
        return None if "${" in text or len(text) > MAX_SCRIPT_LENGTH else unescaped(text)
