"""A schema whose articles name a local picture: PathsSchema."""

from collections.abc import Mapping

from msgspec.structs import replace

from feeds.article import Article, Image
from feeds.corpus.local_files import LocalFiles
from feeds.corpus.own_schema import OwnSchema
from feeds.corpus.reading import Withheld
from feeds.corpus.schema import Options
from feeds.corpus.site import SourceSite
from feeds.errors import ArticleError


class PathsSchema(OwnSchema):
    """Our own schema, but a summary is the path of the lead picture, and is in the body too."""

    def __init__(
        self, options: Options, _dialect: str, _recorded: str, kept: Mapping[str, bytes], fixed: str
    ) -> None:
        super().__init__(options, kept, fixed)
        self.local = LocalFiles(options.root, SourceSite(dialect="test"), options.fallback_url)

    def read(self, path: str, content: bytes) -> tuple[Article | Withheld, tuple[ArticleError, ...]]:
        article, warnings = super().read(path, content)
        assert self.local
        if not isinstance(article, Article) or not (found := self.local.find(article.summary, path)):
            return article, warnings
        url = self.local.url_of(found)
        images = (Image(url), *article.images)
        return replace(article, images=images, html=f'<img src="{url}">'), warnings
