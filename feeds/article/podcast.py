"""The facts of a podcast, the categories of Apple Podcasts, and the identity of a podcast."""

from uuid import UUID, uuid5

from msgspec import Struct

TYPES = ("episodic", "serial")
EMAIL = r"[^\s@()<>]+@[^\s@()<>]+"
GUID = r"(?ai:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"


class Podcast(Struct, frozen=True, gc=False, omit_defaults=True):
    """The facts of a show that its feed declares.

    - *title*, *description*, *author*: those of the feed if empty
    - *image*: the absolute URL of the artwork
    - *category*: the path of one of CATEGORIES
    - *explicit*: None if it is unknown
    - *owner*, *email*: the name and the address of the contact
    - *type*: one of TYPES
    - *guid*: made from the address of the feed if empty
    """

    title: str = ""
    description: str = ""
    image: str = ""
    category: tuple[str, ...] = ()
    explicit: bool | None = None
    author: str = ""
    owner: str = ""
    email: str = ""
    type: str = TYPES[0]
    guid: str = ""


# podcasters.apple.com/support/1691-apple-podcasts-categories
CATEGORIES: dict[str, tuple[str, ...]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": (
        "Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit",
    ),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "History": (),
    "Health & Fitness": (
        "Alternative Health", "Fitness", "Medicine", "Mental Health", "Nutrition", "Sexuality",
    ),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        "Animation & Manga", "Automotive", "Aviation", "Crafts", "Games", "Hobbies", "Home & Garden",
        "Video Games",
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        "Business News", "Daily News", "Entertainment News", "News Commentary", "Politics",
        "Sports News", "Tech News",
    ),
    "Religion & Spirituality": (
        "Buddhism", "Christianity", "Hinduism", "Islam", "Judaism", "Religion", "Spirituality",
    ),
    "Science": (
        "Astronomy", "Chemistry", "Earth Sciences", "Life Sciences", "Mathematics",
        "Natural Sciences", "Nature", "Physics", "Social Sciences",
    ),
    "Society & Culture": (
        "Documentary", "Personal Journals", "Philosophy", "Places & Travel", "Relationships",
    ),
    "Sports": (
        "Baseball", "Basketball", "Cricket", "Fantasy Sports", "Football", "Golf", "Hockey", "Rugby",
        "Running", "Soccer", "Swimming", "Tennis", "Volleyball", "Wilderness", "Wrestling",
    ),
    "Technology": (),
    "True Crime": (),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
}  # fmt: skip


def category_of(written: str) -> tuple[str, ...]:
    """The path of the category with a name such as ``Physics`` or ``Science > Physics``, or ().

    Case, spaces, and "and" or "&amp;" instead of "&" do not matter.
    """
    names = [_folded(name) for name in written.split(">")]
    path = _PATHS.get(names[-1], ())
    return path if [*map(_folded, path)][-len(names) :] == names else ()


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("&amp;", "&").replace("&", " and ").split())


_PATHS = {
    _folded(path[-1]): path
    for top, names in CATEGORIES.items()
    for path in ((top,), *((top, name) for name in names))
}

# podcasting2.org/docs/podcast-namespace/tags/guid
_NAMESPACE = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")


def guid_of(address: str) -> str:
    """The ``podcast:guid`` of the feed at *address*: it has no scheme and no slash at the end."""
    return str(uuid5(_NAMESPACE, address.partition("://")[2].rstrip("/")))
