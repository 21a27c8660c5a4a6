"""An article as Markdown with YAML front matter, for programs and for copying."""

from feeds.feed.article_page import ArticlePage
from feeds.formats.markdown_text import escaped, front_matter, markdown
from feeds.formats.text import clean, headline, shows

EXTENSION = "md"
MEDIA_TYPE = "text/markdown; charset=utf-8"


def render(page: ArticlePage, excerpt: str, *, is_full: bool) -> bytes:
    """Return the article of *page*: all of it if *is_full*, else the *excerpt* and its address."""
    article = page.article
    title = headline(article)
    html = clean(article.html) if is_full else ""
    header = front_matter(
        {
            "title": title,
            "url": page.canonical,
            "published": article.published.isoformat(),
            "updated": article.updated.isoformat() if article.updated > article.published else "",
            "authors": [*map(clean, article.authors)],
            "publisher": clean(article.provider.name) if article.provider else page.site.title,
            "topics": [*map(clean, article.topics)],
            "language": article.language,
            "summary": clean(article.summary) if html else "",
            "enclosures": [each.url for each in article.enclosures],
        }
    )
    pictures = [image for image in article.images if not shows(html, image)]
    parts = [
        f"# {escaped(' '.join(title.split()))}",
        *(f"![{escaped(clean(image.alt))}](<{image.url}>)" for image in pictures),
        markdown(html) if html else escaped(excerpt),
        "" if is_full else f"<{page.canonical}>",
    ]
    return "\n\n".join([header, *filter(None, parts)]).encode() + b"\n"
