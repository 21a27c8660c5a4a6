"""All dialects, in order of precedence."""

from feeds.corpus.dialects.astro import ASTRO
from feeds.corpus.dialects.bare import BARE
from feeds.corpus.dialects.bridgetown import BRIDGETOWN
from feeds.corpus.dialects.docusaurus import DOCUSAURUS
from feeds.corpus.dialects.eleventy import ELEVENTY
from feeds.corpus.dialects.exports import DEVTO, HASHNODE, MEDIUM, MICROBLOG, WORDPRESS
from feeds.corpus.dialects.gatsby import GATSBY
from feeds.corpus.dialects.hexo import HEXO
from feeds.corpus.dialects.hugo import HUGO
from feeds.corpus.dialects.jekyll import JEKYLL
from feeds.corpus.dialects.lume import LUME
from feeds.corpus.dialects.mkdocs import MKDOCS
from feeds.corpus.dialects.next import NEXT
from feeds.corpus.dialects.nikola import NIKOLA
from feeds.corpus.dialects.own import OWN
from feeds.corpus.dialects.pelican import PELICAN
from feeds.corpus.dialects.quartz import OBSIDIAN, QUARTZ
from feeds.corpus.dialects.vitepress import VITEPRESS
from feeds.corpus.dialects.vuepress import VUEPRESS
from feeds.corpus.dialects.zola import ZOLA

DIALECTS = (
    OWN, ZOLA, HUGO, BRIDGETOWN, HEXO, JEKYLL, PELICAN, NIKOLA, DOCUSAURUS, ASTRO, GATSBY, VITEPRESS,
    VUEPRESS, LUME, QUARTZ, ELEVENTY, NEXT, MKDOCS, OBSIDIAN, WORDPRESS, HASHNODE, DEVTO, MEDIUM,
    MICROBLOG, BARE,
)  # fmt: skip
BY_NAME = {each.name: each for each in DIALECTS}
