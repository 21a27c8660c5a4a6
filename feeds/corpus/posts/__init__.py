"""The posts of any site generator, by one mapping of fields for all."""

from feeds.corpus.posts.heads import head_of
from feeds.corpus.posts.names import section_of
from feeds.corpus.posts.pictures import Pictures
from feeds.corpus.posts.reader import PostReader
from feeds.corpus.posts.schema import PostSchema
from feeds.corpus.posts.survey import Kind, Survey

__all__ = ["Kind", "Pictures", "PostReader", "PostSchema", "Survey", "head_of", "section_of"]
