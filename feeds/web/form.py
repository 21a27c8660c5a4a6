"""Conversion of a Query into the fields of the builder's form, and back."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from feeds.errors import QueryError
from feeds.query import Query
from feeds.query.clause import Clause
from feeds.query.grammar import parse
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.query.parameters.field import Field, ListField, TextField
from feeds.query.parameters.parameter import MAX_VALUE_LENGTH

ANY = "any_"  # any_topic=ai&any_topic=go is topic=ai,go: checkboxes cannot send a comma

FORM_FIELDS: dict[str, Field] = {key: each.field for key, each in PARAMETERS.items()}
FORM_FIELDS |= {key: each.field for key, each in WINDOW.items()}
LISTED: dict[str, ListField] = {
    key: field for key, field in FORM_FIELDS.items() if isinstance(field, ListField)
}

Argument = tuple[str, str]


class Form(NamedTuple):
    """The contents of a form, as a browser sends them.

    *ticked* are the ticked values of lists, *texts* the values of all other fields by name. *kept* are
    arguments that no field can show; each has a checkbox of its own.
    """

    ticked: frozenset[Argument]
    texts: dict[str, str]
    kept: tuple[Argument, ...]

    @property
    def arguments(self) -> list[Argument]:
        """The arguments that a browser sends."""
        return [*sorted(self.ticked), *self.texts.items(), *self.kept]


class SentForm(NamedTuple):
    """A submitted form: the *query* of all valid arguments, and the *wrong* ones by field."""

    query: Query
    form: Form
    wrong: dict[str, Exception]


def grammar(arguments: Iterable[Argument]) -> Iterator[Argument]:
    """Yield the *arguments* of a form as arguments of a feed: values of ``any_`` fields with commas."""
    ticked: dict[str, list[str]] = {}
    for field, value in arguments:
        key = key_of(field)
        if key != field:
            # An unclosed quotation mark would include the values ticked after it.
            ticked.setdefault(key, []).append(value.replace('"', " "))
        else:
            yield field, value
    yield from ((key, ",".join(values)) for key, values in ticked.items())


def key_of(field: str) -> str:
    """The parameter of a *field*."""
    key = field.removeprefix(ANY)
    return key if key in LISTED else field


def read(arguments: Iterable[Argument]) -> SentForm:
    """Parse *arguments* of a form or of a feed; report invalid ones, and keep them in the form."""
    given = [(field, value) for field, value in arguments if value.strip()]
    try:
        query = _parsed(given)
        return SentForm(query, form_of(query), {})
    except QueryError:
        pass
    good: list[Argument] = []
    refused: dict[str, list[Argument]] = {}
    wrong: dict[str, Exception] = {}
    for key in (*PARAMETERS, *WINDOW):
        sent = [(field, value) for field, value in given if key_of(field) == key]
        try:
            _parsed([*good, *sent])
        except QueryError as error:
            wrong[key], refused[key] = error, sent
        else:
            good += sent
    try:
        _parsed((field, value) for field, value in given if key_of(field) not in (*PARAMETERS, *WINDOW))
    except QueryError as error:
        wrong[""] = error  # a misspelt parameter has no field
    query = _parsed(good)
    form = form_of(query)
    for key, sent in refused.items():
        form = _with_refused(form, key, sent)
    return SentForm(query, form, wrong)


def _parsed(arguments: Iterable[Argument]) -> Query:
    """Parse *arguments* of a form. Raises QueryError, also if merged values are too long."""
    query = parse(grammar(arguments))
    parse(query.parameters)
    return query


def form_of(query: Query) -> Form:
    """The form that produces exactly *query*."""
    ticked: set[Argument] = set()
    texts = {key: value for key, value in query.parameters if key in WINDOW}
    kept: list[Argument] = []
    for key in PARAMETERS:
        taken = [clause for clause in query.all_clauses if clause.key == key and not clause.excluded]
        excluded = [clause for clause in query.all_clauses if clause.key == key and clause.excluded]
        if key in LISTED:
            ticked.update((key, f"-{term}") for clause in excluded for term in clause.terms)
            if LISTED[key].combines and len(taken) > 1:
                alone = [clause for clause in taken if clause.single]
                ticked.update((key, clause.terms[0]) for clause in alone)
                taken = [clause for clause in taken if clause not in alone]
            ticked.update((ANY + key, term) for clause in taken[:1] for term in clause.terms)
            rest = taken[1:]
        elif PARAMETERS[key].takes_list:
            text = _text(taken[:1], excluded)
            fits = len(text) <= MAX_VALUE_LENGTH
            texts |= {key: text} if text and fits else {}
            rest = taken[1:] if fits else [*taken, *excluded]
        else:
            texts.update((key, clause.value) for clause in taken[:1])
            rest = taken[1:]
        kept += [(key, clause.value) for clause in rest]
    return Form(frozenset(ticked), texts, tuple(kept))


def as_written(arguments: Iterable[Argument]) -> dict[str, str]:
    """The values of text fields for a single value, as people wrote them: ``1y``, not ``365d``."""
    sent: dict[str, list[str]] = {}
    for key, value in arguments:
        if value.strip():
            sent.setdefault(key, []).append(value.strip())
    return {key: values[0] for key, values in sent.items() if len(values) == 1 and _is_single(key)}


def _is_single(key: str) -> bool:
    """Return whether *key* has a text field for a single value, not for a list."""
    is_list = key in PARAMETERS and PARAMETERS[key].takes_list
    return isinstance(FORM_FIELDS.get(key), TextField) and not is_list


def _text(taken: list[Clause], excluded: list[Clause]) -> str:
    """The terms of a search as people write them: ``tide, "sea level" -storm``."""
    wanted = ", ".join(term for clause in taken for term in clause.terms)
    unwanted = " ".join(f"-{term}" for clause in excluded for term in clause.terms)
    return f"{wanted} {unwanted}".strip()


def _with_refused(form: Form, key: str, arguments: list[Argument]) -> Form:
    """*form* with the refused *arguments* of the parameter *key* as they were sent."""
    ticked = set(form.ticked)
    texts = dict(form.texts)
    kept = list(form.kept)
    for field, value in arguments:
        if key not in LISTED:
            if key in texts:
                kept.append((field, value))
            else:
                texts[key] = value
        elif (term := _single(field, value)) and _has_box(field, key, term):
            ticked.add((field, term))
        else:
            kept.append((field, value))
    return Form(frozenset(ticked), texts, tuple(kept))


def _has_box(field: str, key: str, term: str) -> bool:
    if term.startswith("-"):
        return field == key
    return field != key or LISTED[key].combines


def _single(field: str, value: str) -> str:
    """The single term in *value*, with its sign; empty if there is none, or several."""
    try:
        clauses = parse(grammar([(field, value)])).all_clauses
    except QueryError:
        return ""
    return clauses[0].value if len(clauses) == 1 and len(clauses[0].terms) == 1 else ""
