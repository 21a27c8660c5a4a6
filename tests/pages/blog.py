"""A blog: its articles have no address elsewhere, and have pictures, audio and long texts."""

import shutil
from pathlib import Path

import feeds.sample

ARTICLE = "2026-02-03-the-ferry-that-runs-on-the-tide"  # with a lead picture and audio

_PICTURES = Path(feeds.sample.__file__).with_name("pictures")
_TITLES = ("A quay of salvaged timber", "The ferry that runs on the tide", "Low water")
_HEADER = """\
---
title: {title}
date: {date}
tags: [Oceans, Boats]
author: Ada Reed
---
"""
_BODY = """\
For two hundred years a rope and the current have carried people across the mouth of the river. The ferry
has no engine, and it keeps a timetable that nobody wrote.

## A rope, a wheel and the moon

The ferryman reads the water, not a clock. *Six hours and twelve minutes* after the last boat, the next
one leaves:

1. The rope is pulled tight on the northern bank.
2. The rudder is set against the current.
3. The river does the rest.

> Nobody has ever been late. People here say that the appointment was early.

![The northern bank](/images/{picture})

| tide | boats | passengers |
| --- | ---: | ---: |
| spring | 14 | 420 |
| neap | 8 | 195 |

```python
def next_boat(last: datetime) -> datetime:
    return last + timedelta(hours=6, minutes=12)
```

The [harbour office](https://harbour.example/) publishes a table for the year. It is wrong twice
each spring.
"""


def write_blog(folder: Path) -> None:
    """Write the blog to *folder*, which does not exist."""
    pictures = sorted(_PICTURES.glob("*.png"))
    shutil.copytree(_PICTURES, folder / "images")
    for number, title in enumerate(_TITLES):
        date = f"2026-02-{number + 2:02}"
        name = f"{date}-{title.lower().replace(' ', '-')}.md"
        body = _BODY.format(picture=pictures[number].name)
        (folder / name).write_text(_HEADER.format(title=title, date=date) + body)
    # The audio need not exist: a page names its length and does not load it.
    own = folder / f"{ARTICLE}.md"
    audio = "audio: {url: 'https://audio.example/ferry.mp3', length: 9400000, duration: 1264}\n"
    image = f"image: /images/{pictures[-1].name}\n"
    own.write_text(own.read_text().replace("author:", f"{image}{audio}author:"))
