"""Files at the addresses where browsers and people look for them."""

import json
from pathlib import Path

from feeds.settings.sections import SiteSettings
from feeds.web.site_files import MANIFEST_TYPE
from tests.builders import article
from tests.harness import Harness
from tests.web.conftest import SITE


def test_phones_find_an_icon(shared: Harness) -> None:
    for path in ("/apple-touch-icon.png", "/apple-touch-icon-precomposed.png"):
        answer = shared.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "image/png"), path
        assert answer.data == shared.get("/static/icon-512.png").data
        assert shared.get(path, If_None_Match=answer.headers["ETag"]).status_code == 304


def test_the_manifest_names_the_site_and_icons_that_exist(shared: Harness) -> None:
    answer = shared.get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == MANIFEST_TYPE
    made = json.loads(answer.data)
    assert made["name"] == SITE.title
    assert shared.get(made["start_url"]).status_code == 200
    for icon in made["icons"]:
        found = shared.get(icon["src"])
        assert (found.status_code, found.headers["Content-Type"]) == (200, icon["type"])


def test_addresses_in_the_manifest_begin_with_the_path_of_the_site(tmp_path: Path) -> None:
    site = SiteSettings(url="https://feeds.example/news", title="Example", authority="example.org")
    served = Harness(tmp_path, site=site)
    served.put(article(1))
    made = json.loads(served.get("/manifest.webmanifest").data)
    assert {made["start_url"], made["scope"]} == {"/news/"}
    assert all(icon["src"].startswith("/news/static/") for icon in made["icons"])
    served.close()


def test_humans_find_the_site_in_text(shared: Harness) -> None:
    answer = shared.get("/humans.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith(f"/* SITE */\nName: {SITE.title}\n")
    assert f"All feeds: {SITE.url}/opml\n" in answer.text


def test_the_files_need_no_corpus(empty: Harness) -> None:
    for path in ("/apple-touch-icon.png", "/manifest.webmanifest", "/humans.txt"):
        assert empty.get(path).status_code == 200, path
