"""Every problem that a file of the corpus can have: its code, its message and its remedy.

docs/errors.md has the same table. A new problem is one constant here, one row there, and one example in
tests/corpus/test_problems.py.
"""

from feeds.errors import Code

# Valid files that are not published, or not yet.

REMOVED = Code(
    "removed",
    "removed: true",
    "this takes the article back everywhere; to have it back, delete that line",
)
UNPUBLISHED = Code(
    "unpublished",
    "published: false",
    "a draft is kept back; to let it in, delete that line",
)
SCHEDULED = Code(
    "scheduled",
    "scheduled for {when}",
    "an article appears at its publishedDateTime, by itself; to have it now, give it a date that is past",
)

# Files that cannot be read.

UNREADABLE = Code(
    "unreadable",
    "cannot be read: {reason}",
    "the server must be allowed to read it; give its user that permission",
)
IS_A_FOLDER = Code(
    "is-a-folder",
    "cannot be read: {reason}",
    "only files can be read; put one in its place",
)
TOO_MANY_OPEN_FILES = Code(
    "too-many-open-files",
    "cannot be read: {reason}",
    "a process may open only so many files; raise that limit for the server (ulimit -n, LimitNOFILE=)",
)
LINK_LOOP = Code(
    "link-loop",
    "cannot be read: {reason}",
    "what a link leads to is read; mend the link or delete it",
)
DANGLING_LINK = Code(
    "dangling-link",
    "a link that leads nowhere",
    "what a link leads to is read; mend the link or delete it",
)
FOLDER_TWICE = Code(
    "folder-twice",
    "a link to a folder that is read already",
    "a folder is read once, under its own name; nothing is missing, but the link may be deleted",
)
NOT_A_FILE = Code(
    "not-a-file",
    "not a regular file",
    "only files can be read; put one in its place",
)
NAME_NOT_UTF8 = Code(
    "name-not-utf-8",
    "the file's name is not UTF-8",
    "names are in UTF-8; rename the file",
)
TOO_LARGE = Code(
    "too-large",
    "larger than {limit:,} bytes",
    "so large a file is more likely a mistake; make it smaller, or raise the setting corpus.max_bytes",
)
NOT_UTF8 = Code(
    "not-utf-8",
    "not UTF-8: byte {byte}",
    "files are in UTF-8; save it again in that encoding",
)

# Front matter that cannot be read.

NO_FRONT_MATTER = Code(
    "no-front-matter",
    "no front matter: the first line must be ---",
    "an article begins with its fields between two lines of ---; "
    "add them, or exclude the file in the setting corpus.articles",
)
NOT_CLOSED = Code(
    "not-closed",
    "front matter is not closed by a line with ---: half written?",
    "the fields end at a second line of ---; add it, unless somebody is writing the file at this moment",
)
FRONT_MATTER_TOO_LONG = Code(
    "front-matter-too-long",
    "front matter of {length:,} characters, at most {limit:,}",
    "so much is more likely a body; put a line of --- where that begins",
)
NOT_YAML = Code(
    "not-yaml",
    "front matter is not YAML: {reason}",
    "the fields are in YAML; look there, and above, for quotes that are not closed, "
    "a value with a : in it that has no quotes, or a tab before a field",
)
TOO_DEEP = Code(
    "too-deep",
    "front matter is not YAML: nested deeper than {limit} levels",
    "no field has so many lists in lists; look for brackets that are not closed",
)
NOT_FIELDS = Code(
    "not-fields",
    "front matter is not a mapping of fields to values",
    "between the lines of --- are fields; write each as name: value",
)
MERGE_KEY = Code(
    "merge-key",
    "merge keys are not supported: write the fields out",
    "what stands elsewhere is not read; write the fields out in place of <<",
)

# Fields that are missing.

NO_TITLE = Code(
    "no-title",
    "an article needs a title or a name",
    "readers see a title first; add a line such as title: What Happened",
)
NO_ADDRESS = Code(
    "no-address",
    "an article needs a webUrl or an originalUrl",
    "an entry leads to the article on the web; add a line such as webUrl: https://example.org/article",
)
NO_DATE = Code(
    "no-date",
    "missing, and the file name does not begin with a date",
    "feeds are in the order of dates; add a line such as publishedDateTime: 2021-01-05T08:00:23Z, "
    "or begin the name of the file with 2021-01-05",
)
NO_TOPIC_NAME = Code(
    "no-topic-name",
    "a topic needs a name",
    "a topic is called something; add a line such as name: Oceans",
)
NO_DOMAIN = Code(
    "no-domain",
    "an organization needs a domain",
    "a provider is known by its domain; add a line such as domain: example.org",
)

# Fields with a value of the wrong type.

NOT_TEXT = Code(
    "not-text",
    "expected text, found {found}",
    "this is one piece of text; write it on one line, in quotes where it has a : or # in it",
)
NOT_NAMES = Code(
    "not-names",
    "expected a list of names, found {found} in it",
    "each member is a name; begin a line of its own with a hyphen for each",
)
NOT_A_LIST = Code(
    "not-a-list",
    "expected a list, found {found}",
    "this is a list; begin a line of its own with a hyphen for each member",
)
NOT_MAPPINGS = Code(
    "not-mappings",
    "expected a list of mappings, found {found} in it",
    "this is a list; begin a line of its own with a hyphen for each member",
)
NOT_A_MAPPING = Code(
    "not-a-mapping",
    "expected a mapping, found {found}",
    "this has fields of its own; write each on an indented line, as name: Example",
)

# Fields with a value that cannot be used.

NOT_A_DATE = Code(
    "not-a-date",
    "{written!r} is not a date such as 2021-01-05T08:00:23Z",
    "a date is a day, or a day and a time; "
    "write 2021-01-05, 2021-01-05 08:00 or 2021-01-05T08:00:23+01:00",
)
NOT_AN_ADDRESS = Code(
    "not-an-address",
    "{written!r} is not an http or https address",
    "only http and https lead anywhere from a feed; "
    "write the whole address, such as https://example.org/article",
)
NOT_A_PICTURE_ADDRESS = Code(
    "not-a-picture-address",
    "{written!r} is not a web address",
    "only http and https lead anywhere from a feed; "
    "write the whole address, such as https://example.org/article",
)
NOT_A_DOMAIN = Code(
    "not-a-domain",
    "{written!r} is not a domain such as example.org",
    "a provider is known by its domain; write it alone, such as example.org",
)
NOT_A_LANGUAGE = Code(
    "not-a-language",
    "{written!r} is not a language tag such as en or pt-BR",
    "readers choose fonts and voices by it; write a tag such as en or pt-BR, or delete the line",
)
NOT_A_FLAG = Code(
    "not-a-flag",
    "{written!r} is neither true nor false",
    "this is a yes or a no; write true or false",
)
NOT_A_NUMBER = Code(
    "not-a-number",
    "{written!r} is not a number",
    "this is counted; write digits alone, such as 85",
)
NUMBER_TOO_LARGE = Code(
    "number-too-large",
    "{written} is too large",
    "numbers here are below 2,147,483,648; write a smaller one",
)
NOT_A_CHOICE = Code(
    "not-a-choice",
    "{written!r} is not one of {choices}",
    "no other value means anything; write one of these, or delete the line",
)
TITLE_TOO_LONG = Code(
    "title-too-long",
    "{length:,} characters, at most {limit:,}",
    "a title is shown in a list; shorten it",
)
TEXT_TOO_LONG = Code(
    "text-too-long",
    "{length:,} characters, at most {limit:,}",
    "so much text in one field is more likely a mistake; close its quotes, or move it to the body",
)
NAME_TOO_LONG = Code(
    "name-too-long",
    "a name of {length:,} characters, at most {limit:,}",
    "so much here is more likely a mistake; shorten it",
)
LIST_TOO_LONG = Code(
    "list-too-long",
    "a list of {length:,}, at most {limit:,}",
    "so much here is more likely a mistake; shorten it",
)

# Bodies that are too large or complex.

BODY_TOO_LONG = Code(
    "body-too-long",
    "{length:,} characters, at most {limit:,}",
    "what overburdens readers is not sent to them; make it shorter",
)
HTML_TOO_LONG = Code(
    "html-too-long",
    "HTML of {length:,} characters, at most {limit:,}",
    "what overburdens readers is not sent to them; make it shorter",
)
HTML_TOO_NESTED = Code(
    "html-too-nested",
    "HTML with too many tags in too many open ones",
    "what overburdens readers is not sent to them; make it shorter, or its HTML flatter",
)

# Problems that involve several files, or a missing one.

DUPLICATE_ID = Code(
    "duplicate-id",
    "has the id of {holder}, which is syndicated",
    "of two files with one id, the first by path has it; "
    "give this one an id of its own, or delete it if it is a copy",
)
MISSING = Code(
    "missing",
    "missing",
    "a missing description of the corpus is taken for an accident; "
    "restore it, or run feeds refresh --accept-removals",
)
NO_FIELDS = Code(
    "no-fields",
    "no fields in it",
    "an empty file is more likely half written; write its fields again, "
    "or delete it and run feeds refresh --accept-removals",
)
MOST_FILES_GONE = Code(
    "most-files-gone",
    "{lost} of {had} files are gone, which is taken for a mount that failed: their articles stay; "
    "bring the files back, or run feeds refresh --accept-removals",
    "most files are seldom deleted at once; bring them back, or run feeds refresh --accept-removals",
)

CODES = {each.name: each for each in list(vars().values()) if isinstance(each, Code)}
