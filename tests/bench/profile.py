"""The shares of the stages of a cold load in one process."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from feeds.article.hashes import content_hash
from feeds.bootstrap import ServerProcess
from feeds.corpus import Corpus
from feeds.corpus.article_reader import ArticleReader
from feeds.corpus.bodies.rendering import render
from feeds.corpus.enclosures import read_enclosures
from feeds.corpus.front_matter import Header
from feeds.corpus.images import read_images
from feeds.corpus.own_pictures import OwnPictures
from feeds.corpus.plain_text import excerpt
from feeds.corpus.sanitize import sanitize
from feeds.ingest import listing, recorder
from feeds.settings import load
from feeds.store.slugs import new_slug
from feeds.store.sqlite import changes, clusters, search

INTERVAL = 0.002  # seconds of CPU time between samples

# A sample counts for the innermost of these functions on the stack.
_STAGES: dict[str, tuple[Callable[..., Any], ...]] = {
    "list of files": (listing.differing,),
    "files: open, read, decode, split": (Corpus.read_source,),
    "header: YAML": (Header.__init__,),
    "body: Markdown": (render,),
    "body: sanitiser": (sanitize,),
    "dates": (Header.date,),
    "pictures and enclosures": (read_images, read_enclosures, OwnPictures.measure),
    "other fields": (ArticleReader.read, excerpt),
    "hashes": (content_hash,),
    "decisions about changes": (recorder.record,),
    "slugs": (new_slug,),
    "rows, compression and commits": (changes.record,),
    "full-text index": (search.edit,),
    "clusters": (clusters.build, clusters.keep),
}
_STAGE_OF = {function.__code__: name for name, functions in _STAGES.items() for function in functions}
_REST = "the rest"


def shares(environment: dict[str, str]) -> dict[str, float]:
    """Load the corpus of *environment* in this process; the percentage of each stage, in order.

    Samples are taken by CPU time, so that other programs do not count.
    """
    store = Path(environment["FEEDS_STORE_PATH"])
    for file in store.parent.glob(f"{store.name}*"):
        file.unlink()
    samples = Counter[str]()

    def sample(_signal: int, frame: FrameType | None) -> None:
        while frame and frame.f_code not in _STAGE_OF:
            frame = frame.f_back
        samples[_STAGE_OF[frame.f_code] if frame else _REST] += 1

    server = ServerProcess(load(environment))
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(processors)})  # one processor: no reader processes
    former = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        server.refresh(lambda _done, _total: None)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)
        os.sched_setaffinity(0, processors)
        server.stop()
    return {name: 100 * samples[name] / samples.total() for name in (*_STAGES, _REST)}
