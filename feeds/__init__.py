"""A folder of articles in, feeds out.

Every stage is a noun you can hold; every arrow is a function you can call alone; one object may change.

    corpus files ─read─▶ Article ─record─▶ Store ─load─▶ Index ─select(Query)─▶ Feed ─render─▶ Document ─▶ cache ─▶ edge
                                         (durable)        ▲                                       │
                                                          │ Catalog: the one mutable thing        └▶ cli prints it
                                                          └─ follows the Store

Where a line of code belongs:

    errors      what is raised on purpose, as one tree
    clock       wall time that does not follow a jump of the system clock
    supervision background threads that are restarted when they fail
    article     what the corpus says, in no feed format's words
    period      calendar periods, by which a feed's history is kept
    words       the words of a text, as they are searched for
    story       which articles tell the same story
    rhythm      how often a feed gets something new
    corpus/     a folder of Markdown -> articles (front_matter, body, taxonomy, sample; bulk: by several processes)
    store/      the durable record of what has been published
    identity    which article a file holds: ids follow content
    departures  what left the feeds it was in
    traits      what an article has in common with others
    index       all articles in order, with a bitmap for each thing that some of them share
    query       what is asked for: one grammar, one canonical form
    matching    which articles match a query
    selection   what an index answers: the entries of a feed, its archives, what changed since
    wording     a query in words
    explain     why an article is in a feed, or why not
    feed        the format-neutral feed every renderer is given; ids and addresses
    directory   which feeds are on offer
    shelf       what stands beside a feed: its history by month, the feeds around it
    document    bytes with their media type and ETag
    render/     Feed or Directory -> bytes, one file per format; pure
    cache/      bodies by key, bounded
    watch       what changed on disk
    metrics     what every process has answered, counted and added up
    catalog     holds the current Index, replaces it whole, follows the Store
    recorder    what read files change in the store: pure decisions
    refresh     the write side: watch, read, record; one writer, elected by a lock
    pipeline    the read side, whole: document(query, format, coding)
    status      how the server is, for whoever runs it
    settings    feeds.yaml + environment -> Settings
    bootstrap   Settings -> live objects; the only module that knows every backend
    web/        the only code that knows Flask
    export/     what the web answers, as files (folder, forks, nginx)
    edge        what has been answered is answered again without asking Flask
    gateway     the edge for an ASGI server
    wsgi, asgi  the application, for either kind of server
    cli         the other end

Imports go from the bottom of this list to its top, never back.
"""

__version__ = "0.1.0"
