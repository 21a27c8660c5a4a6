"""What is asked of a file and what would let it in, by the reason for which it is held back."""

import re

# How a reason begins, where FIELD is any, and the help for it: the first that matches counts.
RULES = {
    "removed: true": "this takes the article back everywhere; to have it back, delete that line",
    "published: false": "a draft is kept back; to let it in, delete that line",
    "scheduled for ": "an article appears at its publishedDateTime, by itself; "
    "to have it now, give it a date that is past",
    "has the id of ": "of two files with one id, the first by path has it; "
    "give this one an id of its own, or delete it if it is a copy",
    "title: an article needs": "readers see a title first; add a line such as title: What Happened",
    r"title: [\d,]+ characters, at most 1,000": "a title is shown in a list; shorten it",
    "webUrl: an article needs": "an entry leads to the article on the web; "
    "add a line such as webUrl: https://example.org/article",
    "publishedDateTime: missing": "feeds are in the order of dates; add a line such as "
    "publishedDateTime: 2021-01-05T08:00:23Z, or begin the name of the file with 2021-01-05",
    "name: a topic needs": "a topic is called something; add a line such as name: Oceans",
    "domain: an organization needs": "a provider is known by its domain; "
    "add a line such as domain: example.org",
    "FIELD: .* is not a domain": "a provider is known by its domain; write it alone, such as example.org",
    "FIELD: .* is not a date": "a date is a day, or a day and a time; "
    "write 2021-01-05, 2021-01-05 08:00 or 2021-01-05T08:00:23+01:00",
    "FIELD: .* is not an? (http or https|web) address": "only http and https lead anywhere from a feed; "
    "write the whole address, such as https://example.org/article",
    "FIELD: .* is neither true nor false": "this is a yes or a no; write true or false",
    "FIELD: .* is not a number": "this is counted; write digits alone, such as 85",
    "FIELD: .* is too large": "numbers here are below 2,147,483,648; write a smaller one",
    "FIELD: .* is not a language tag": "readers choose fonts and voices by it; "
    "write a tag such as en or pt-BR, or delete the line",
    "FIELD: .* is not one of": "no other value means anything; write one of these, or delete the line",
    ".*<<: merge keys": "what stands elsewhere is not read; write the fields out in place of <<",
    "FIELD: expected text": "this is one piece of text; "
    "write it on one line, in quotes where it has a : or # in it",
    "FIELD: expected a list of names": "each member is a name; "
    "begin a line of its own with a hyphen for each",
    "FIELD: expected a list": "this is a list; begin a line of its own with a hyphen for each member",
    "FIELD: expected a mapping": "this has fields of its own; "
    "write each on an indented line, as name: Example",
    r"FIELD: a (list|name) of [\d,]+": "so much here is more likely a mistake; shorten it",
    r"FIELD: [\d,]+ characters": "so much text in one field is more likely a mistake; "
    "close its quotes, or move it to the body",
    "no front matter": "an article begins with its fields between two lines of ---; "
    "add them, or exclude the file in the setting corpus.articles",
    "front matter is not closed": "the fields end at a second line of ---; "
    "add it, unless somebody is writing the file at this moment",
    "front matter is not a mapping": "between the lines of --- are fields; write each as name: value",
    "front matter of": "so much is more likely a body; put a line of --- where that begins",
    "front matter is not YAML": "the fields are in YAML; look there, and above, for quotes that are not "
    "closed, a value with a : in it that has no quotes, or a tab before a field",
    "not UTF-8": "files are in UTF-8; save it again in that encoding",
    "the file's name is not UTF-8": "names are in UTF-8; rename the file",
    "the body: ": "what overburdens readers is not sent to them; make it shorter, or its HTML flatter",
    "larger than ": "so large a file is more likely a mistake; "
    "make it smaller, or raise the setting corpus.max_bytes",
    "not a regular file": "only files can be read; put one in its place",
    "a link that leads nowhere": "what a link leads to is read; mend the link or delete it",
    "a link to a folder": "a folder is read once, under its own name; nothing is missing, "
    "but the link may be deleted",
    "missing": "a missing description of the corpus is taken for an accident; "
    "restore it, or run feeds refresh --accept-removals",
    "no fields in it": "an empty file is more likely half written; write its fields again, "
    "or delete it and run feeds refresh --accept-removals",
    "cannot be read: Is a directory": "only files can be read; put one in its place",
    "cannot be read: Too many open files": "a process may open only so many files; raise that limit "
    "for the server (ulimit -n, LimitNOFILE=)",
    "cannot be read: Too many levels": "what a link leads to is read; mend the link or delete it",
    "cannot be read": "the server must be allowed to read it; give its user that permission",
}


def help_for(reason: str) -> str:
    """What the rule behind *reason* is and how to satisfy it, empty where nobody knows."""
    return next((advice for rule, advice in _RULES.items() if rule.match(reason)), "")


_RULES = {
    re.compile(begin.replace("FIELD", "[^ ]+"), re.DOTALL): advice for begin, advice in RULES.items()
}
