"""Every problem that a file of the corpus can have: its code, its text and its remedy.

docs/errors.md has the same table. A new problem is one constant here, one row there, and one example in
tests/corpus/test_problems.py.
"""

from feeds.errors import Code

# Valid files that are not published, or not yet.

REMOVED = Code("removed", "removed: true", "delete that line to publish the article again")
UNPUBLISHED = Code("unpublished", "published: false", "delete that line to publish the article")
DRAFT = Code("draft", "{field}: {value}", "delete that line to publish the article")
SCHEDULED = Code(
    "scheduled",
    "scheduled for {when}",
    "set publishedDateTime to a past date to publish the article now",
)
IN_DRAFTS = Code("in-drafts", "in a folder of drafts", "put it in a folder of posts to publish it")
PROTECTED = Code(
    "protected", "{field}: has a value", "delete that line to publish the article for everybody"
)
UNCLEAR = Code("unclear", "{field}: {value}, which is neither true nor false", "use true or false")
EXPIRED = Code("expired", "expired on {when}", "delete that date to publish the article again")
UNDATED = Code(
    "undated",
    "no date in the file, in its name or in its address",
    "add a line such as date: 2026-01-31, or rename the file to begin with 2026-01-31",
)

# Files that cannot be read.

UNREADABLE = Code(
    "unreadable",
    "cannot be read: {reason}",
    "let the server's user read it, or check the disk",
)
IS_A_FOLDER = Code("is-a-folder", "cannot be read: {reason}", "put a file in its place")
TOO_MANY_OPEN_FILES = Code(
    "too-many-open-files",
    "cannot be read: {reason}",
    "raise the limit of open files (ulimit -n, LimitNOFILE=)",
)
LINK_LOOP = Code("link-loop", "cannot be read: {reason}", "correct or delete the link")
DANGLING_LINK = Code("dangling-link", "link to a missing file", "correct or delete the link")
FOLDER_TWICE = Code("folder-twice", "link to a folder that is read already", "delete the link")
NOT_A_FILE = Code("not-a-file", "not a regular file", "put a file in its place")
NAME_NOT_UTF8 = Code("name-not-utf-8", "file name not in UTF-8", "rename the file")
TOO_LARGE = Code("too-large", "larger than {limit:,} bytes", "shorten it, or raise corpus.max_bytes")
NOT_UTF8 = Code("not-utf-8", "not UTF-8: byte {byte}", "save the file in UTF-8")

EMPTY = Code("empty", "empty", "restore the article, or delete the file")
NUL_BYTE = Code(
    "nul-byte",
    "byte 0x00, which no text has",
    "save the file in UTF-8, or restore it from a copy",
)

# A file in the root of the corpus without a field of ours, such as CHANGELOG.md, is passed over.

NOT_AN_ARTICLE = Code(
    "not-an-article",
    "front matter without webUrl, originalUrl and publishedDateTime",
    "write the fields at the top of the file between two lines of ---",
)
A_PAGE = Code(
    "a-page",
    "a page, not an article",
    "add a date and a pattern in corpus.articles to publish it as an article",
)

# Front matter that cannot be read.

NO_FRONT_MATTER = Code(
    "no-front-matter",
    "no front matter",
    "write the fields at the top of the file between two lines of ---, "
    "or exclude the file in corpus.articles",
)
NOT_MARKDOWN = Code(
    "not-markdown",
    "written in {language}, which is not read",
    "save it as Markdown, or exclude the file in corpus.articles",
)
NOT_CLOSED = Code("not-closed", "front matter not closed", "add a line of --- after the last field")
TOML_NOT_CLOSED = Code(
    "toml-not-closed", "front matter not closed", "add a line of +++ after the last field"
)
FRONT_MATTER_IS_CODE = Code(
    "front-matter-is-code",
    "front matter is {language}, which is never run",
    "write the fields in YAML between two lines of ---",
)
FRONT_MATTER_TOO_LONG = Code(
    "front-matter-too-long",
    "front matter of {length:,} characters (limit {limit:,})",
    "add a line of --- where the body begins",
)
NOT_YAML = Code(
    "not-yaml",
    "front matter is not YAML: {reason}",
    "check this line and those above it for an open quote, a colon in a value without quotes, or a tab",
)
NOT_TOML = Code(
    "not-toml",
    "front matter is not TOML: {reason}",
    "check this line for text without quotes, and those above it for an open quote or bracket",
)
NOT_JSON = Code(
    "not-json",
    "front matter is not JSON: {reason}",
    "check this line and the one above it for a comma that is missing or one too many",
)
CONTROL_CHARACTERS = Code(
    "control-characters",
    "front matter with control characters: {character}",
    "delete them",
)
TOO_DEEP = Code(
    "too-deep",
    "front matter nested deeper than {limit} levels",
    "check this line for brackets that are not closed",
)
NOT_FIELDS = Code("not-fields", "front matter is not a mapping", "write each field as name: value")
MERGE_KEY = Code("merge-key", "merge keys are not supported", "write the fields out")

# Fields that are missing.

NO_TITLE = Code("no-title", "missing", "add a line such as title: What Happened")
NO_ADDRESS = Code("no-address", "missing", "add a line such as webUrl: https://example.org/article")
NO_DATE = Code(
    "no-date",
    "missing, and no date at the start of the file name",
    "add a line such as publishedDateTime: 2026-01-31T08:00:00Z, or rename the file to begin "
    "with 2026-01-31",
)
NO_TOPIC_NAME = Code("no-topic-name", "missing", "add a line such as name: Oceans")
NO_DOMAIN = Code("no-domain", "missing", "add a line such as domain: example.org")

# Fields with a value of the wrong type.

NOT_TEXT = Code("not-text", "not text, but {found}", "write it on one line, in quotes if it has a : or #")
NOT_NAMES = Code(
    "not-names",
    "list with {found} instead of a name",
    "write each name on a line of its own after a hyphen",
)
NOT_A_LIST = Code(
    "not-a-list",
    "not a list, but {found}",
    "write each member on a line of its own after a hyphen",
)
NOT_MAPPINGS = Code(
    "not-mappings",
    "list with {found} instead of a mapping",
    "write the fields of each member after a hyphen, such as - title: Example",
)
NOT_A_MAPPING = Code(
    "not-a-mapping",
    "not a mapping, but {found}",
    "write each of its fields on an indented line, such as name: Example",
)

# Fields with a value that cannot be used.

NOT_A_DATE = Code("not-a-date", "not a date: {written!r}", "use 2026-01-31 or 2026-01-31T08:00:00Z")
NOT_AN_ADDRESS = Code(
    "not-an-address",
    "not an http or https address: {written!r}",
    "use a whole address such as https://example.org/article",
)
NOT_A_PICTURE_ADDRESS = Code(
    "not-a-picture-address",
    "not the address of a picture: {written!r}",
    "use https://example.org/picture.png or /assets/picture.png",
)
NOT_A_DOMAIN = Code("not-a-domain", "not a domain: {written!r}", "use a domain such as example.org")
NOT_A_LANGUAGE = Code(
    "not-a-language",
    "not a language tag: {written!r}",
    "use a tag such as en or pt-BR, or delete the line",
)
NOT_A_FLAG = Code("not-a-flag", "not a boolean: {written!r}", "use true or false")
NOT_A_NUMBER = Code("not-a-number", "not a number: {written!r}", "use digits alone, such as 85")
NUMBER_TOO_LARGE = Code("number-too-large", "too large: {written}", "use a number below 2,147,483,648")
NOT_A_CHOICE = Code(
    "not-a-choice",
    "not one of {choices}: {written!r}",
    "use one of them, or delete the line",
)
UNKNOWN_FIELD = Code("unknown-field", "unknown field (known: {known})", "correct its name, or delete it")
NOT_A_CATEGORY = Code(
    "not-a-category",
    "not a category of Apple Podcasts: {written!r}",
    "use a name such as News or Science > Physics",
)
NOT_A_GUID = Code(
    "not-a-guid",
    "not a UUID: {written!r}",
    "use that of the podcast so far, or delete the line",
)
NOT_AN_EMAIL = Code(
    "not-an-email",
    "not an e-mail address: {written!r}",
    "use an address such as tides@example.org",
)
TITLE_TOO_LONG = Code("title-too-long", "{length:,} characters (limit {limit:,})", "shorten it")
TEXT_TOO_LONG = Code(
    "text-too-long",
    "{length:,} characters (limit {limit:,})",
    "close its quotes, or move the text to the body",
)
NAME_TOO_LONG = Code("name-too-long", "name of {length:,} characters (limit {limit:,})", "shorten it")
LIST_TOO_LONG = Code("list-too-long", "list of {length:,} (limit {limit:,})", "shorten it")

# Warnings: the article is published.

SIMILAR_FIELD = Code(
    "similar-field",
    "not read, but similar to {known}",
    "correct its name, if that is meant",
)
REPEATED_FIELD = Code(
    "repeated-field",
    "written more than once, and the last one counts",
    "delete the others",
)
NO_PICTURE_ADDRESS = Code(
    "no-picture-address",
    "missing",
    "add a line such as url: https://example.org/picture.png",
)
NO_MEDIA_ADDRESS = Code(
    "no-media-address",
    "no address of a file",
    "add a line such as url: https://example.org/episode.mp3",
)
NOT_A_MEDIA_ADDRESS = Code(
    "not-a-media-address",
    "not the address of a file: {written!r}",
    "use https://example.org/episode.mp3 or /assets/episode.mp3",
)
PLAYER_PAGE = Code(
    "player-page",
    "page of a player, not a file: {written!r}",
    "put the player in the body, or use the address of the file",
)
NO_MEDIA_TYPE = Code(
    "no-media-type",
    "file of unknown type: {written!r}",
    "add a line such as type: audio/mpeg",
)
NOT_A_MEDIA_TYPE = Code(
    "not-a-media-type",
    "not a media type: {written!r}",
    "use a type such as audio/mpeg, or delete the line",
)
NOT_A_DURATION = Code(
    "not-a-duration",
    "not a duration: {written!r}",
    "use seconds, such as 3723, or 1:02:03",
)
NO_SUCH_PICTURE = Code("no-such-picture", "no such picture: {written!r}", "correct it, or add the file")
MODIFIED_IN_FUTURE = Code(
    "modified-in-future",
    "in the future, and ignored: {when}",
    "use the date of the last change",
)

# Requirements of Apple Podcasts that a podcast misses.

NO_ARTWORK = Code(
    "no-artwork", "missing", "add the address of a square JPEG or PNG of 1400 to 3000 pixels"
)
UNFIT_ARTWORK = Code("unfit-artwork", "{found}", "use a square JPEG or PNG of 1400 to 3000 pixels")
NO_CATEGORY = Code("no-category", "missing", "add a line such as category: Science > Physics")
NO_EXPLICIT = Code("no-explicit", "missing", "add explicit: false, or explicit: true")
NO_EMAIL = Code("no-email", "missing, so that no owner is shown", "add one such as tides@example.org")
NO_EPISODES = Code("no-episodes", "no article with audio or video", "add audio: to its articles")
EPISODES_LEFT_OUT = Code(
    "episodes-left-out",
    "only {shown} of {had} articles, and podcast apps show no others",
    "set limit=200 in its query, or give directories its address with ?limit=200",
)
NO_AUDIO = Code("no-audio", "neither audio nor video to play", "add its address, or select by has=audio")
NO_LENGTH = Code("no-length", "missing for {written}", "add the size of the file in bytes")
NOT_PLAYED = Code(
    "not-played",
    "not played by Apple Podcasts: {found}",
    "use audio/mpeg (MP3), audio/x-m4a, video/mp4, video/x-m4v or video/quicktime",
)
SAME_FILE = Code(
    "same-file",
    "same audio or video file as {holder}, which Apple Podcasts shows as one episode",
    "use a file of its own",
)

# Bodies that are too large or complex.

BODY_TOO_LONG = Code("body-too-long", "{length:,} characters (limit {limit:,})", "shorten it")
HTML_TOO_LONG = Code("html-too-long", "HTML of {length:,} characters (limit {limit:,})", "shorten it")
HTML_TOO_NESTED = Code("html-too-nested", "HTML with too many nested tags", "close tags, or shorten it")

# The configuration of a site generator.

NOT_CONFIGURATION = Code(
    "not-configuration",
    "not understood as {syntax}: {reason}",
    "correct this line, or restore an earlier version",
)
TAGS_REMOVED = Code(
    "tags-removed",
    "tags without a meaning here were removed: {names}",
    "write their content in Markdown, if readers need it",
)
UNKNOWN_ZONE = Code(
    "unknown-zone",
    "unknown time zone, and ignored: {written!r}",
    "use a name of the tz database, such as Europe/Berlin",
)

# Problems that involve several files, or a missing one.

DUPLICATE_ID = Code(
    "duplicate-id",
    "same id as {holder}",
    "give it another id, or delete it if it is a copy",
)
UNMATCHED = Code(
    "unmatched",
    "{files} no pattern in corpus.articles: {names}",
    'add a pattern for them, such as "*.md"',
)
MISSING = Code("missing", "missing", "restore it, or run feeds refresh --accept-removals")
NO_FIELDS = Code(
    "no-fields",
    "no fields",
    "restore them, or delete the file and run feeds refresh --accept-removals",
)
MOST_FILES_GONE = Code(
    "most-files-gone",
    "{lost} of {had} files are gone (their articles are kept)",
    "restore the files, or run feeds refresh --accept-removals",
)

CODES = {each.name: each for each in list(vars().values()) if isinstance(each, Code)}
