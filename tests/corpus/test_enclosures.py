"""Audio, video and other files in front matter -> Enclosure."""

import re
from typing import Any

import msgspec
import pytest

from feeds.article import Enclosure, Episode, Transcript
from feeds.corpus import problems
from feeds.corpus.enclosures import read_enclosures, seconds_of
from feeds.corpus.front_matter import Header, split
from feeds.corpus.urls import written_address
from feeds.errors import Code
from tests.table import for_each

BASE = "https://corpus.example/base"
MP3 = "https://a.test/1.mp3"


def header(**fields: Any) -> Header:
    lines = (f"{key}: {msgspec.json.encode(value).decode()}\n" for key, value in fields.items())
    return split("a.md", f"---\ntitle: A\n{''.join(lines)}---\n".encode())[0]


def read(written: Header) -> tuple[Enclosure, ...]:
    found = read_enclosures(written, lambda each: written_address(each, BASE))
    written.check()
    return found


def one(**fields: Any) -> Enclosure:
    """The only enclosure of a file with *fields*, which gives no warning."""
    written = header(**fields)
    (found,) = read(written)
    assert written.warnings == ()
    return found


@for_each(
    ("fields", "expected"),
    [
        ({"audio": MP3}, Enclosure(MP3, "audio/mpeg")),
        ({"audio": "/assets/a b.m4a"}, Enclosure(f"{BASE}/assets/a%20b.m4a", "audio/x-m4a")),
        ({"audio": "https://a.test/play?id=1"}, Enclosure("https://a.test/play?id=1", "audio/mpeg")),
        ({"video": "https://a.test/v.webm?x=1"}, Enclosure("https://a.test/v.webm?x=1", "video/webm")),
        ({"video": "https://a.test/v"}, Enclosure("https://a.test/v", "video/mp4")),
        ({"enclosure": "https://a.test/a.pdf"}, Enclosure("https://a.test/a.pdf", "application/pdf")),
        ({"media": [MP3]}, Enclosure(MP3, "audio/mpeg")),
        ({"enclosure": f"{MP3}\n12345\naudio/mpeg\n"}, Enclosure(MP3, "audio/mpeg", 12345)),
        (
            {"audio": {"url": MP3, "length": "1,234", "type": "audio/mp4; x=y", "duration": "1:02:03"}},
            Enclosure(MP3, "audio/mp4", 1234, 3723),
        ),
        ({"media": {"src": "https://a.test/x", "type": "audio"}},
         Enclosure("https://a.test/x", "audio/mpeg")),
        ({"media": {"file": "https://a.test/x", "mimeType": "ogv", "size": 9, "name": " A  b "}},
         Enclosure("https://a.test/x", "video/ogg", 9, title="A b")),
        ({"audio": MP3, "video": True}, Enclosure(MP3, "audio/mpeg")),
    ],
)  # fmt: skip
def test_an_enclosure_is_an_address_or_its_fields(fields: dict[str, Any], expected: Enclosure) -> None:
    assert one(**fields) == expected


def test_an_episode_has_the_facts_of_a_podcast() -> None:
    episode = {
        "url": MP3, "episode": 12, "season": "3", "episodeType": "Bonus", "explicit": "no",
        "transcript": [
            "https://a.test/1.vtt",
            {"url": "/1", "type": "text/plain", "language": "de"},
        ],
        "chapters": {"url": "https://a.test/1.json"}, "image": "/1.jpg",
    }  # fmt: skip
    assert one(podcast=episode).episode == Episode(
        12, 3, "bonus", explicit=False,
        transcripts=(
            Transcript("https://a.test/1.vtt", "text/vtt"), Transcript(f"{BASE}/1", "text/plain", "de"),
        ),
        chapters="https://a.test/1.json", image=f"{BASE}/1.jpg",
    )  # fmt: skip


def test_fields_without_an_address_complete_the_first_enclosure() -> None:
    found = one(audio=MP3, podcast={"episode": 12, "duration": 60})
    assert found == Enclosure(MP3, "audio/mpeg", duration=60, episode=Episode(12))


def test_a_file_is_an_enclosure_once() -> None:
    assert one(audio=MP3, enclosure={"url": MP3, "length": 5}) == Enclosure(MP3, "audio/mpeg", 5)


@for_each(
    ("fields", "subject", "code"),
    [
        ({"audio": "soon"}, "audio.url", problems.NOT_A_MEDIA_ADDRESS),
        ({"audio": "ftp://a.example/1.mp3"}, "audio.url", problems.NOT_A_MEDIA_ADDRESS),
        ({"audio": {"url": ["x"]}}, "audio.url", problems.NOT_TEXT),
        ({"media": [MP3, "x y"]}, "media[1].url", problems.NOT_A_MEDIA_ADDRESS),
        ({"podcast": {"episode": 1}}, "podcast", problems.NO_MEDIA_ADDRESS),
        ({"video": "https://www.youtube.com/watch?v=1"}, "video.url", problems.PLAYER_PAGE),
        ({"media": "https://a.test/x"}, "media.url", problems.NO_MEDIA_TYPE),
        ({"audio": {"url": MP3, "type": "sound!"}}, "audio.type", problems.NOT_A_MEDIA_TYPE),
        ({"audio": {"url": MP3, "length": "12 MB"}}, "audio.length", problems.NOT_A_NUMBER),
        ({"audio": {"url": MP3, "length": "-1"}}, "audio.length", problems.NOT_A_NUMBER),
        ({"audio": {"url": MP3, "duration": "long"}}, "audio.duration", problems.NOT_A_DURATION),
        ({"audio": {"url": MP3, "episode": "S1"}}, "audio.episode", problems.NOT_A_NUMBER),
        ({"audio": {"url": MP3, "episodeType": "x"}}, "audio.episodeType", problems.NOT_A_CHOICE),
        ({"audio": {"url": MP3, "explicit": "perhaps"}}, "audio.explicit", problems.NOT_A_FLAG),
        ({"audio": {"url": MP3, "chapters": "x y"}}, "audio.chapters", problems.NOT_A_MEDIA_ADDRESS),
    ],
)  # fmt: skip
def test_a_bad_value_is_left_out_with_a_warning(fields: dict[str, Any], subject: str, code: Code) -> None:
    written = header(**fields)
    assert len(read(written)) == (MP3 in str(fields))
    assert [(each.subject, each.code, each.line) for each in written.warnings] == [(subject, code, 3)]


@for_each(
    ("written", "seconds"),
    [("3723", 3723), ("1:02:03", 3723), ("62:03", 3723), ("00:00:07.5", 7), ("62 min", 3720),
     ("1h 2m 3s", 3723), ("PT1H2M3S", 3723), ("pt90m", 5400), ("2 hours", 7200), ("12.9", 12)],
)  # fmt: skip
def test_a_duration_is_written_in_many_ways(written: str, seconds: int) -> None:
    assert seconds_of(written) == seconds


@for_each("written", ["", "PT", "soon", "1:2:3", "-5", "1 day", "9999:00:00", "1" * 30])
def test_other_text_is_no_duration(written: str) -> None:
    with pytest.raises(ValueError, match=re.escape(written) or "^$"):
        seconds_of(written)
