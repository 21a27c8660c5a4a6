"""The schema of this project: ``webUrl`` and ``publishedDateTime``, ``_data/topics`` and organizations.

The articles are those of the setting corpus.articles, and ``_config.yml`` is read by the taxonomy.
"""

from feeds.corpus.dialects import Dialect, Marker

OWN = Dialect(
    name="own",
    title="Feeds",
    markers=(Marker("_data/organizations/"), Marker("_data/topics/")),
)
