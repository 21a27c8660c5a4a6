"""A folder of articles in, feeds out.

    corpus files ─read─▶ Article ─record─▶ Store ─load─▶ Index ─select(Query)─▶ Feed ─render─▶ Document ─▶ cache ─▶ HTTP
                                         (durable)        ▲                                       │
                                                          │ CurrentIndex: the only mutable part        └▶ export, cli
                                                          └─ follows the Store

Article, Index, Query, Feed and Document are immutable values; every arrow is a function that can be called
alone. The clock, the environment, the network, the request and the settings are read only at the two ends.

The map:

    errors      the exceptions that are raised on purpose, as one tree
    period      calendar periods: the archives of a feed
    article     an article, its taxonomy and what of it is syndicated
    corpus/     a folder of Markdown -> articles
    sample/     an invented corpus
    store/      the durable record of what was published; backends
    index/      the articles of one revision in memory, found by facets; the holder that follows the store
    query/      what is requested: parameters, grammar, matching, selection, description, explanation
    feed/       the format-neutral feed; archives, the list of feeds, the update frequency
    formats/    a feed or a list of feeds -> bytes, one file per format; pure
    cache/      documents by key, bounded
    monitoring/ counters of every process, and the status of the server
    ingest/     the write side: watch, read, record; one writer, elected by a lock
    pipeline    the read side: document(query, format, coding)
    http/       HTTP apart from Flask: response cache, conditional requests, ASGI adapter
    settings/   feeds.yaml and environment -> Settings
    bootstrap/  Settings -> running objects; the only package that imports every backend
    export/     what the server answers, as files
    web/        the only package that imports Flask: routes, views, pages, builder, embeds
    wsgi, asgi  the application, for either kind of server
    gunicorn_conf  the configuration of gunicorn
    cli/        the command line

Imports go from the bottom of this list to its top, never back.
"""

__version__ = "0.2.0"
