"""The content of a feed: well-formed, complete, with ids, dates and addresses that readers can use."""

from collections import Counter
from collections.abc import Iterator

from feeds.doctor.atom_rules import atom_problems
from feeds.doctor.finding import Finding, FindingGroup
from feeds.doctor.json_rules import json_problems
from feeds.doctor.kinds import kind_of
from feeds.doctor.problem import ContentProblem
from feeds.doctor.rss_rules import rss_problems
from feeds.doctor.xml_content import NotWellFormed, parsed

# More than a reader shows of a feed would only repeat itself.
MAX_VIOLATIONS = 10

_RULES = {"rss": rss_problems, "atom": atom_problems}


def validity_findings(group: FindingGroup, content: bytes, now: float) -> Iterator[Finding]:
    """The violations of the rules of its format in *content*, a feed, each kind once."""
    problems = problems_of(content, now)
    times = Counter((each.subject, each.text) for each in problems)
    firsts = {(each.subject, each.text): each for each in reversed(problems)}
    for key in [*times][:MAX_VIOLATIONS]:
        problem = firsts[key]
        report = group.failure if problem.is_failure else group.warning
        often = f"{times[key]:,} times, first: " if times[key] > 1 else ""
        where = f" ({often}{problem.place})" if problem.place else ""
        yield report(problem.subject, problem.text + where, problem.remedy)


def problems_of(content: bytes, now: float) -> list[ContentProblem]:
    """All violations in *content*, in the order of the document."""
    kind = kind_of(content)
    if kind == "json":
        return [*json_problems(content, now)]
    try:
        root = parsed(content)
    except NotWellFormed as error:
        return [ContentProblem("XML", str(error), "escape the text, or leave it out", is_failure=True)]
    rules = _RULES.get(kind)
    return [*rules(root, now)] if rules else []


def entry_count(content: bytes) -> int:
    """The number of entries of a feed, 0 if it cannot be read."""
    kind = kind_of(content)
    if kind == "json":
        return content.count(b'"id"')
    try:
        return sum(1 for _ in parsed(content).iter("{*}item", "{*}entry"))
    except NotWellFormed:
        return 0
