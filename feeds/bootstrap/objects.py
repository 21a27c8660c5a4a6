"""Settings -> the objects of a process: corpus, site, metrics and current index."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from feeds.article.podcast import Podcast, category_of
from feeds.bootstrap.inherited import inherited
from feeds.bootstrap.open_files import allowed_connections
from feeds.cache.memory import MemoryCache
from feeds.corpus import Corpus
from feeds.corpus.dialects.own import OWN
from feeds.corpus.urls import names_this_machine
from feeds.errors import StoreDamaged
from feeds.feed.site import HUB_PATH, NamedQuery, Site
from feeds.http.exchanges import ExchangeQueue, times_by_response
from feeds.index.current import CurrentIndex
from feeds.monitoring.metrics import Metrics
from feeds.monitoring.process_registry import ProcessRegistry
from feeds.push.stream_limits import StreamLimits
from feeds.query.grammar import read
from feeds.settings import Settings
from feeds.settings.sections import PodcastSettings
from feeds.store import Store


def corpus_of(settings: Settings, store: Store | None = None, *, repairs: bool = False) -> Corpus:
    """The corpus, with the last good versions in *store*. Raises CorpusError if there is no corpus.

    If damage hides these versions, and *repairs*, *store* becomes the writer and repairs it.
    """
    try:
        return _corpus_of(settings, store)
    except StoreDamaged:
        if not (repairs and store and store.acquire_writer()):
            raise
        store.check()
        return _corpus_of(settings, store)


def _corpus_of(settings: Settings, store: Store | None) -> Corpus:
    return Corpus(
        Path(settings.corpus.path),
        dialect=settings.corpus.dialect,
        recorded=_recorded_dialect(store) if store else "",
        permalink=settings.corpus.permalink,
        fields=settings.corpus.fields,
        articles=settings.corpus.articles,
        url=settings.corpus.url,
        fallback_url=settings.site.url,
        authority=settings.site.authority,
        fixed=store.authority() if store else "",
        kept=store.descriptions() if store else None,
        since=settings.site.since,
        zone=ZoneInfo(settings.corpus.timezone),
        max_bytes=settings.corpus.max_bytes,
    )


def _recorded_dialect(store: Store) -> str:
    """The dialect in which the articles of *store* were read, or empty if it has none."""
    return store.taxonomy().dialect or OWN.name if store.has_files() else ""


def has_hub(settings: Settings) -> bool:
    """Return whether this server has a hub.

    With the setting ``auto``, it has one if ``site.url`` is no loopback address. In a fleet, ``push.key``
    must be set too, because all hosts need the key of the subscribers' secrets.
    """
    push = settings.push
    if push.hub == "auto":
        has_key = bool(push.key or not settings.fleet.dsn)
        return has_key and not names_this_machine(settings.site.url)
    return push.hub == "on"


def delivers(settings: Settings) -> bool:
    """Return whether this server delivers changes."""
    push = settings.push
    return has_hub(settings) or bool(push.webhooks or push.purge or pinged_hubs(settings))


def pinged_hubs(settings: Settings) -> tuple[str, ...]:
    """The external hubs to ping: all, or those on this machine if ``site.url`` is a loopback address."""
    hubs = site_of(settings).other_hubs
    if names_this_machine(settings.site.url):
        return tuple(hub for hub in hubs if names_this_machine(hub))
    return hubs


def has_surrogate_keys(settings: Settings) -> bool:
    """Return whether responses have surrogate keys, by which caches are purged."""
    return settings.http.surrogate_keys or bool(settings.push.purge)


def site_of(settings: Settings) -> Site:
    """The publisher of the feeds; the authority is empty unless it is set.

    It announces the hub of this server, if that is on, before all others.
    """
    site = settings.site
    own = (f"{site.url}{HUB_PATH}",)
    return Site(
        url=site.url,
        title=site.title,
        description=site.description,
        language=site.language,
        authority=site.authority,
        since=site.since,
        icon=site.icon,
        content=site.content,
        hubs=own * has_hub(settings) + tuple(hub for hub in site.hubs if hub not in own),
        least=settings.http.max_age,
        most=settings.http.most_age,
        deletions=settings.http.deletions,
        named=tuple(
            NamedQuery(
                msgspec.structs.replace(read(feed.query), name=name),
                feed.title,
                feed.description,
                _podcast_of(feed.podcast) if feed.podcast else None,
            )
            for name, feed in site.feeds.items()
        ),
    )


def _podcast_of(settings: PodcastSettings) -> Podcast:
    """The podcast that *settings* declare."""
    facts = msgspec.structs.asdict(settings)
    return Podcast(**facts | {"category": category_of(settings.category), "guid": settings.guid.lower()})


def metrics_of(
    settings: Settings,
    current_index: CurrentIndex,
    cache: MemoryCache,
    clock: Callable[[], float],
    exchanges: ExchangeQueue,
) -> Metrics:
    """The metrics of this process, with the process registry beside the store; they count *exchanges*."""
    metrics = Metrics(_processes(settings), clock)
    exchanges.observers.append(lambda groups: metrics.count_cached(times_by_response(groups)))
    metrics.count_waiting = exchanges.pass_on
    metrics.gauges |= {
        "revision": lambda: current_index.revision,
        "documents": lambda: cache.size,
        "behind": lambda: int(current_index.behind_since),
    }
    metrics.totals |= {"documents_hits": lambda: cache.hits, "documents_made": lambda: cache.made}
    return metrics


def is_served(settings: Settings, revision: int) -> bool:
    """Return whether no response of any process of this host is older than *revision* from now on."""
    try:
        found = ProcessRegistry(_processes(settings), "").read_all()
    except OSError:
        return False  # perhaps
    served = [process.gauges.get("served", 0) for process, lives in found if lives]
    return all(each >= revision for each in served if each)


def _processes(settings: Settings) -> Path:
    return Path(f"{settings.store_path}.processes")


def stream_limits(settings: Settings) -> StreamLimits:
    """The most streams of this process; they leave a quarter of its connections to other requests."""
    push = settings.push
    return StreamLimits(min(push.streams, allowed_connections() * 3 // 4), push.streams_per_client)


def current_index_of(
    settings: Settings, open_store: Callable[[], Store], clock: Callable[[], float]
) -> CurrentIndex:
    """The current index of the store that *open_store* opens, beginning with the preloaded one if any."""
    path, language = settings.store_path.absolute(), settings.site.language
    preloaded = inherited.preloaded
    if preloaded and (preloaded.path, preloaded.language) == (path, language):
        return CurrentIndex(open_store, clock, language, preloaded.index, preloaded.identity)
    return CurrentIndex(open_store, clock, language)
