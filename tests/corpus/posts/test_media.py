"""Audio and video in front matter become enclosures, and players a part of the body."""

from feeds.article import Enclosure, Episode
from feeds.corpus import problems
from tests.corpus.posts.posting import article, read_with_warnings
from tests.table import for_each

EPISODE = "https://files.example/1.mp3"


@for_each(
    ("fields", "enclosure"),
    [
        (f"audio: {EPISODE}", Enclosure(EPISODE, "audio/mpeg")),
        (f"audio_url: {EPISODE}", Enclosure(EPISODE, "audio/mpeg")),
        (f"Audio_File: {EPISODE}", Enclosure(EPISODE, "audio/mpeg")),
        (f"podcast: {{url: {EPISODE}, duration: '1:00'}}", Enclosure(EPISODE, "audio/mpeg", 0, 60)),
        (f"podcast: {{file: {EPISODE}}}", Enclosure(EPISODE, "audio/mpeg")),
        (f"params: {{audio: {EPISODE}}}", Enclosure(EPISODE, "audio/mpeg")),
        (
            f"enclosure: {EPISODE}\nduration: 62 min\nepisode: 7",
            Enclosure(EPISODE, "audio/mpeg", 0, 3720, "", Episode(number=7)),
        ),
        (
            "video: https://files.example/1.mp4",
            Enclosure("https://files.example/1.mp4", "video/mp4"),
        ),
        ("audio: /audio/1.mp3", Enclosure("https://tide.example/audio/1.mp3", "audio/mpeg")),
        (
            f"audio: [https://vimeo.com/123, {EPISODE}]",
            Enclosure(EPISODE, "audio/mpeg"),
        ),
        ("audio: 1.mp3", Enclosure("https://feeds.example/media/d/1.mp3", "audio/mpeg")),
    ],
)
def test_audio_and_video_are_enclosures(fields: str, enclosure: Enclosure) -> None:
    made = article(fields, media={"1.mp3": "https://feeds.example/media/d/1.mp3"})
    assert made.enclosures == (enclosure,)
    assert made.type == enclosure.medium


@for_each("fields", ["audio: true", "duration: 5 min", "media: []", "title: x"])
def test_other_fields_are_no_enclosures(fields: str) -> None:
    made, warnings = read_with_warnings(fields)
    assert (getattr(made, "enclosures", None), warnings) == ((), ())


def test_a_lost_file_is_a_warning() -> None:
    for written in ("audio: lost.mp3", "video: 'http://['"):
        _, warnings = read_with_warnings(written)
        assert [each.code for each in warnings] == [problems.NOT_A_MEDIA_ADDRESS]


@for_each(
    ("written", "link"),
    [("https://vimeo.com/123", "https://vimeo.com/123"), ("Some words", ""), ("http://[", "")],
)
def test_the_field_of_a_video_may_have_the_address_of_any_player(written: str, link: str) -> None:
    html = article(f"title: A seal\nyoutube: '{written}'").html
    assert html.count("▶") == (1 if link else 0)
    assert link in html


@for_each(
    "field", ["youtubeId: dQw4w9WgXcQ", "youtube: dQw4w9WgXcQ", "video: https://youtu.be/dQw4w9WgXcQ"]
)
def test_a_player_is_linked_in_the_body_once(field: str) -> None:
    made, warnings = read_with_warnings(f"title: A seal\n{field}")
    assert warnings == ()
    assert made == article(f"title: A seal\n{field}")
    html = getattr(made, "html", "")
    assert html.count("dQw4w9WgXcQ") == 1
    assert ">▶ A seal</a>" in html
    body = "See https://youtu.be/dQw4w9WgXcQ"
    assert article(field, body).html.count("▶") == 0
