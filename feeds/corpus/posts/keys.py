"""The keys of front matter that hold each field of a post, in all dialects."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

Keys = Mapping[str, tuple[str, ...]]

# The keys of each field in order of precedence; ``a.b`` is the key b in the mapping a. Names are
# compared without case, ``_`` and ``-``, so that each spelling stands here once.
KEYS: Keys = MappingProxyType({
    "title": ("title", "titleHtml", "name", "seoTitle", "newstitle"),
    "published": (
        "publishedDateTime", "date", "date.created", "publishDate", "pubDate", "pubDatetime",
        "datePublished", "publishedAt", "published", "created", "createTime", "createdAt", "postDate",
        "posted",
    ),
    "publication": ("publishDate",),
    "updated": (
        "modifiedDateTime", "updated", "date.updated", "lastmod", "lastModifiedAt", "modified",
        "updatedDate", "modDatetime", "dateUpdated", "updatedAt", "lastModified", "lastUpdate.date",
    ),
    "expires": ("expiryDate", "unpublishDate"),
    "canonical": ("webUrl", "originalUrl", "canonicalUrl", "canonical", "canonicalLink"),
    "permalink": ("permalink", "permalink.build", "url", "path", "link"),
    "slug": ("slug",),
    "external": ("externalUrl", "linkUrl"),
    "id": ("guid", "id"),
    "summary": (
        "excerpt", "summary", "description", "teaser", "spoiler", "abstract", "lede", "lead", "dek",
        "seoDescription", "subtitle",
    ),
    "topics": ("topics", "tags", "tag", "categories", "category", "series"),
    "categories": ("categories", "category"),
    "keywords": ("keywords",),
    "authors": ("authors", "author", "provider.authors"),
    "images": (
        "images", "image", "cover", "coverImage", "featuredImage", "featureImage", "heroImage", "hero",
        "bannerImage", "banner", "header.image", "header.teaser", "header.overlayImage", "ogImage",
        "thumbnail", "thumb", "previewImage", "photos", "lede",
    ),
    "enclosures": (
        "enclosure", "enclosures", "audio", "audioUrl", "audioFile", "podcastFile", "mp3", "podcast",
        "media", "video", "videoUrl", "videoFile",
    ),
    "youtube": ("youtubeId", "youtube"),
    "language": ("language", "lang", "locale"),
    "type": ("type",),
    "layout": ("layout",),
    "aliases": ("aliases", "redirectFrom", "alternates"),
})  # fmt: skip


def keys_with(overrides: Mapping[str, Sequence[str]]) -> Keys:
    """KEYS, with the keys in *overrides* before the others of their fields."""
    return {field: (*overrides.get(field, ()), *keys) for field, keys in KEYS.items()}
