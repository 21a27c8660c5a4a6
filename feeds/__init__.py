"""A folder of articles in, feeds out.

    corpus files ─read─▶ Article ─record─▶ Store ─load─▶ Index ─select(Query)─▶ Feed ─render─▶ Document ─▶ cache ─▶ HTTP
                                         (durable)        ▲                                       │
                                                          │ CurrentIndex: the only mutable part        └▶ export, cli
                                                          └─ follows the Store

Article, Index, Query, Feed and Document are immutable values; every arrow is a function that can be called
alone. The clock, the environment, the network, the request and the settings are read only at the two ends.

The map:

    errors      the exceptions of the project, as one tree
    logs/       the log: events with names and facts, as text or JSON
    period      calendar periods: the archives of a feed
    article/    the values read from the corpus; the syndicated fields, hashes, slugs and teasers; podcasts;
                expressions and packages that are compiled or imported when they are first used
    corpus/     a folder of Markdown -> articles: front matter, dates, HTML, ids from paths, problems of files
    sample/     an invented corpus
    store/      the durable record of published articles: ids, dates, clusters, full-text search; backends
    index/      the articles of one revision in memory, by facet; CurrentIndex, which follows the store
    query/      a request for articles: grammar, matching, selection; one file per query parameter
    feed/       the format-neutral feed; directory of feeds, update frequency
    formats/    a feed or a list of feeds -> bytes, one file per format; pure
    cache/      rendered documents by key, bounded
    monitoring/ counters of every process, and the status and the metrics of the server
    http/       HTTP without Flask: response cache, conditional requests (304), content codings, ASGI adapter;
                fair polling (429); the public addresses of other hosts
    ingest/     the write side: watch, read, keep ids across renames, record; one writer, elected by a lock;
                probes of pictures on other sites
    readership/ the readers of feeds, and clients that waste bytes, counted from requests; check/ judges a reader
    pipeline    the read side: document(query, format, coding)
    fleet/      several hosts: a journal of all changes, and a replica of the store on each host
    push/       delivery of changes to subscribers: hub, server-sent events, webhooks, external hubs, caches
    settings/   feeds.yaml and environment -> Settings
    bootstrap/  Settings -> running objects: processes, threads, clock; imports every backend
    export/     every response of the server as a file, in a folder or a bucket
    web/        the only package that imports Flask: routes, views, pages, builder, embeds
    wsgi, asgi  the application, for either kind of server
    doctor/     checks of a server: its host, store, hub and fleet, and its feeds as readers get them
    gunicorn_conf  the configuration of gunicorn
    cli/        the command line

Imports go from the bottom of this list to its top, never back.

Where to look:

    a date is parsed            corpus/dates.py; of a post of a site generator by corpus/posts/dates.py
    an address is derived       corpus/addresses.py; the rule of each tool in corpus/address_rules.py
    an id is made from a path   corpus/article_reader.py; of a site generator's post corpus/posts/reader.py
    an id is assigned, kept     ingest/recorder.py, ingest/identity.py
    the writer is elected       ingest/writer.py, store/sqlite/writer_lock.py; of a fleet fleet/candidacy.py
    a change is decided         ingest/recorder.py
    author= is defined          query/parameters/author.py
    a 304 is decided            http/cache_entry.py for a cached response, else web/views.py, web/responses.py;
                                validators are compared in http/conditional.py
    a poller is refused         http/fair.py, http/polling_budgets.py
    no older state is sent      web/never_older.py, later_tag in http/conditional.py
    a cache is purged           push/purging.py; by the keys in http/surrogate_keys.py
    an address is routed        ROUTES in web/__init__.py
    a page's language           web/languages.py; its texts in web/texts/, dates and plurals in web/cldr.py
    a digest is selected        query/selection.py, index/hottest.py
    a query in words            query/describe.py; in the language of a page web/wording.py
    a format is registered      FORMATS in formats/__init__.py
    a file's error is defined   corpus/problems.py; its line is found in corpus/front_matter.py
    a picture is probed         ingest/probe/pictures.py
    a reader is judged          readership/check/findings.py; its feed answers by readership/check/script.py
    a reader is recognised      readership/known_readers.yaml, readership/agents.py
    an export is written        export/folder.py; to a bucket export/bucket.py
    a subscriber is accepted    push/hub.py, push/callbacks.py; over HTTP web/hub.py
    a setting is defined        settings/sections.py
"""

__version__ = "0.9.0"
