"""The known tags, shortcodes and components of site generators and their themes, as data."""

from typing import Literal

from msgspec import Struct

ArgumentKeys = tuple[str | int, ...]


class Player(Struct, frozen=True):
    """Plays what is at *address*, in which ``{}`` is the value of one of *keys*."""

    address: str
    keys: ArgumentKeys = ("id", "video", "videoid", "video-id", "v", "src", "url", 0)


class Linked(Struct, frozen=True):
    """Shows what is at *address*, whose placeholders are the values of the *keys* in order."""

    address: str
    keys: tuple[ArgumentKeys, ...] = (("id", "url", "src", "href", "link", 0),)


class Picture(Struct, frozen=True):
    """Shows a picture."""


class Box(Struct, frozen=True):
    """Encloses text in a box of the kind in one of *keys*, else the name of the tag."""

    keys: ArgumentKeys = (
        "type",
        "kind",
        "style",
        "class",
        "level",
        "color",
        "variant",
        "status",
        "severity",
        0,
    )
    titles: ArgumentKeys = ("title", "summary", "heading", "label", "caption", "name", "header", 1)


class Details(Struct, frozen=True):
    """Encloses text below a title; all arguments together are the title if none has a name."""

    titles: ArgumentKeys = ("title", "summary", "label", "name", "header", "heading", "caption", "value")


class Quotation(Struct, frozen=True):
    """Encloses a quotation; the arguments are its source."""


class Anchor(Struct, frozen=True):
    """Links its inside, or else a text, to an address."""

    keys: ArgumentKeys = ("href", "to", "url", "link", "relref", "ref", 0)
    texts: ArgumentKeys = ("text", "title", "label", "name", "content", 1)


class Reference(Struct, frozen=True):
    """The address of another file; with *is_link*, a link to it."""

    kind: Literal["post_url", "@/", "relref", "asset"]
    is_link: bool = False
    keys: ArgumentKeys = ("path", "slug", "href", 0)


class Text(Struct, frozen=True):
    """Shows the value of one of *keys*."""

    keys: ArgumentKeys = ("text", "title", "label", "name", "content", "value", 0)


class Formula(Struct, frozen=True):
    """Shows a formula, which is the first argument in quotes as it is written."""


class SiteValue(Struct, frozen=True):
    """Shows a value of the configuration or front matter."""


class Control(Struct, frozen=True):
    """Shows nothing itself."""


class Comment(Struct, frozen=True):
    """Hides its inside."""


Meaning = (
    Player
    | Linked
    | Picture
    | Box
    | Details
    | Quotation
    | Anchor
    | Reference
    | Text
    | Formula
    | SiteValue
    | Control
    | Comment
)


_PAGES = ("id", "url", "src", "href", "link", 0)

# Names are in lower case, with hyphens.
_NAMES: tuple[tuple[str, Meaning], ...] = (
    # Players and other pages.
    (
        "youtube youtubelite youtube-lite lite-youtube yt youtubevideo youtubeplayer youtube-video",
        Player("https://www.youtube.com/watch?v={}"),
    ),
    ("vimeo vimeovideo", Player("https://vimeo.com/{}")),
    ("bilibili bili", Player("https://www.bilibili.com/video/{}")),
    ("dailymotion", Player("https://www.dailymotion.com/video/{}")),
    ("loom", Player("https://www.loom.com/share/{}")),
    ("asciinema asciicast", Player("https://asciinema.org/a/{}")),
    ("soundcloud", Player("https://api.soundcloud.com/tracks/{}")),
    ("spotify", Player("https://open.spotify.com/track/{}", ("url", "id", "src", 0))),
    ("slideshare", Player("https://www.slideshare.net/slideshow/embed_code/key/{}")),
    ("speakerdeck", Player("https://speakerdeck.com/player/{}")),
    (
        "video audio iframe frame pdf embed-pdf pdfjs peertube tedtalk ted podcast mp3 mp4 html5video "
        "player",
        Player("{}", ("src", "url", "file", "href", "link", "mp4", "mp3", "webm", "path", 0)),
    ),
    (
        "tweet twitter x twitter-simple",
        Linked("https://twitter.com/{}/status/{}", (("user", "username"), ("id", "url", "tweetid", 0))),
    ),
    ("gist github-gist", Linked("https://gist.github.com/{}", (("id", "url", "gist", 0),))),
    ("instagram instagram-simple", Linked("https://www.instagram.com/p/{}/")),
    ("tiktok", Linked("https://www.tiktok.com/embed/v2/{}")),
    ("codepen", Linked("https://codepen.io/pen/{}")),
    ("jsfiddle", Linked("https://jsfiddle.net/{}/")),
    ("stackblitz", Linked("https://stackblitz.com/edit/{}")),
    ("codesandbox sandbox", Linked("https://codesandbox.io/s/{}")),
    ("replit repl", Linked("https://replit.com/{}")),
    ("glitch", Linked("https://glitch.com/edit/#!/{}")),
    ("github repo github-repo githubrepo", Linked("https://github.com/{}", (("repo", *_PAGES),))),
    (
        "embed oembed link-card linkcard linkpreview link-preview bookmark mastodon toot bluesky threads "
        "reddit facebook figma wikipedia stackoverflow card-link",
        Linked("{}", (("url", "src", "href", "link", "status", 0),)),
    ),
    # Pictures.
    (
        "figure img image picture photo imgproc imgh image-caption imagecaption captioned-image lazyimg "
        "responsive-image asset-img imgcap fig nextimage staticimage thumbnail lightbox postimage "
        "post-image picture-caption image-with-caption centered-image",
        Picture(),
    ),
    # Boxes.
    (
        "note tip info warning caution danger important notice alert admonition callout hint message box "
        "aside success error question attention todo warn primer-alert alertbox infobox",
        Box(),
    ),
    (
        "details expand spoiler collapse collapsible accordion-item toggle fold hidetoggle "
        "tab tabitem tab-item tabpanel step",
        Details(),
    ),
    ("blockquote quote pullquote centerquote cq epigraph testimonial", Quotation()),
    # Links.
    (
        "link a button btn buttonlink linkbutton navlink gatsbylink nextlink routerlink router-link",
        Anchor(),
    ),
    ("jekyll-link", Reference("@/")),
    ("ref relref", Reference("relref")),
    ("post-url post-path", Reference("post_url")),
    ("post-link", Reference("post_url", is_link=True)),
    ("asset-path", Reference("asset")),
    ("asset-link", Reference("asset", is_link=True)),
    # Words.
    ("kbd abbr badge label chip mark sup sub span underline tag-label", Text()),
    ("param", SiteValue()),
    # No words.
    (
        "if else elsif elseif elif endif unless endunless for endfor case when endcase assign capture "
        "endcapture set endset with endwith increment decrement cycle tablerow endtablerow break "
        "continue layout extends block endblock macro endmacro call endcall import from filter "
        "endfilter render paginate endpaginate raw endraw verbatim endverbatim nomarkdown liquid echo "
        "switch endswitch each endeach icon fa fas fab far fontawesome svg-icon feather toc tocinline "
        "table-of-contents br clear clearfix rawhtml raw-html html unsafe center left right columns "
        "column col row div section gallery tabs tabbed steps cards card grid wrapper fragment "
        "accordion codegroup code-group",
        Control(),
    ),
    ("comment", Comment()),
)

CODE = (
    "highlight", "codeblock", "code", "prism", "code-block", "code_block", "shiki", "mermaid",
    "math", "katex",
)  # fmt: skip
"""Tags whose inside is code."""

_FORMULAS = ("katex", "math", "latex", "tex", "eq")

_MEANINGS: dict[str, Meaning] = (
    dict.fromkeys(CODE, Control())
    | dict.fromkeys(_FORMULAS, Formula())
    | {name: meaning for names, meaning in _NAMES for name in names.split()}
)


def meaning_of(name: str) -> Meaning | None:
    """The meaning of the tag, shortcode or component with *name*, None if it is unknown."""
    return _MEANINGS.get(name.lower().replace("_", "-"))
