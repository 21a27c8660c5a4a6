"""All dialects, in order of precedence."""

from feeds.corpus.dialects.bare import BARE
from feeds.corpus.dialects.hugo import HUGO
from feeds.corpus.dialects.jekyll import JEKYLL
from feeds.corpus.dialects.own import OWN

DIALECTS = (OWN, HUGO, JEKYLL, BARE)
BY_NAME = {each.name: each for each in DIALECTS}
