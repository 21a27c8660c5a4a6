"""URLs for publication: absolute, http or https, ASCII."""

from urllib.parse import urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from feeds.corpus.urls import PLAIN_URL, absolute, is_loopback, written_address
from tests.table import for_each

BASE = "https://corpus.example/base"


@for_each(
    ("written", "expected"),
    [
        ("https://a.example/b", "https://a.example/b"),
        ("http://a.example", "http://a.example/"),
        ("HTTPS://A.Example/B", "https://a.example/B"),
        ("//a.example/b", "https://a.example/b"),
        ("/assets/a.png", "https://corpus.example/base/assets/a.png"),
        ("assets/a.png", "https://corpus.example/base/assets/a.png"),
        ("../a.png", "https://corpus.example/a.png"),
        ("?page=2", "https://corpus.example/base/?page=2"),
        ("  https://a.example/b\n", "https://a.example/b"),
        ("https://a.example/\tb", "https://a.example/b"),
        ("https://a.example/é?q=ü#ß", "https://a.example/%C3%A9?q=%C3%BC#%C3%9F"),
        ("https://a.example/a b", "https://a.example/a%20b"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://a.example/%C3%A9%zz", "https://a.example/%C3%A9%25zz"),
        ('https://a.example/"<>', "https://a.example/%22%3C%3E"),
        ("https://a.example/[b]", "https://a.example/%5Bb%5D"),
        ("https://a.example?a=1&b=2", "https://a.example/?a=1&b=2"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://STRAẞE.example/", "https://xn--strae-oqa.example/"),
        # The examples of UTS #46, section 7.
        ("https://βόλος.com/", "https://xn--nxasmm1c.com/"),
        ("https://ශ්\u200dරී.com/", "https://xn--10cl1a0b660p.com/"),
        ("https://نامه\u200cای.com/", "https://xn--mgba3gch31f060k.com/"),
        ("https://☃.example/", "https://xn--n3h.example/"),
        ("https://a。b.example/", "https://a.b.example/"),
        ("https://a.example:8443/b", "https://a.example:8443/b"),
        ("https://[2001:db8::1]:80/b", "https://[2001:db8::1]:80/b"),
        ("https://a.example//b", "https://a.example//b"),
    ],
)
def test_an_address_is_made_absolute(written: str, expected: str) -> None:
    assert absolute(written, BASE) == expected


@for_each(
    "written",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:image/png;base64,AAAA",
        "ftp://a.example/b",
        "file:///etc/passwd",
        "mailto:a@b.example",
        "https://",
        "https:///a",
        "http:a",
        "https://user:password@a.example/",
        "https://:password@a.example/",
        "https://@a.example/",
        "https://a b.example/",
        "https://a.example:99999/",
        "https://a.example:b/",
        "https://[::1/",
        'https://a".example/',
        "https://a<b.example/",
        "https://" + "ü" * 70 + ".example/",
        "//",
        "https://../",
        "https://.a.example/",
        "https://a..example/",
        "https://https://a.example/",
        "http://www/",
        "https://https./a",
        "https://\u200dü.example/",
        "https://a‥b.example/",
    ],
)
def test_an_address_outside_the_web_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (UnicodeError is one too)
        absolute(written, BASE)


@for_each("base", ["https://[", "https://a..b", "ftp://a.example"])
def test_an_address_below_one_that_is_refused_is_refused(base: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        absolute("/a.png", base)


@for_each("written", ["a.png", "/a.png", "?a"])
def test_a_relative_address_without_a_base_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        absolute(written, "")


@for_each(
    "written",
    [
        "https://a.example/b c", "http://localhost/a", "https://ü.example/", "//a.example/b", "/b",
        "/a[1].png", "?p=1", "./b", "../b", "news/harbour", "news/harbour/", "harbour.html",
        "2026.01/harbour.html", "news/a b.png", "a b.png", "index.php?page=https://a.example",
        "v1.2/notes",
    ],
)  # fmt: skip
def test_an_address_of_front_matter_may_be_relative(written: str) -> None:
    assert written_address(written, BASE) == absolute(written, BASE)


@for_each(
    "written",
    [
        # Hosts without a scheme, and schemes that are misspelt.
        "www.a.example/b", "WWW.a.example", "a.example/b", "a.example", "cdn.a.example/x.png",
        "a.example?b", "a.example./b", "a.example:443/b", "bücher.example/b", "a.xn--p1ai/b",
        "localhost/b", "10.0.0.1/b",
        "htp://a.example/b", "http:/a.example/b", "http//a.example/b", "https//a.example", "://a.example/b",
        "https://http://a.example/b", "//assets/b.png",
        "https;//a.example/b", "a//b.html", "https://www.",
        # Templates that were not filled in.
        "{{ site.url }}/b", "https://a.example/{{slug}}", "/{% post_url b %}", "https://a.example/${b}",
        # Words instead of an address, and what programs paste around one.
        "N/A", "n/a", "TBD", "-", "?", "#", "none", "to be announced", "later...", "see www.a.example/b",
        "[b](https://a.example)", "<https://a.example>", "'https://a.example'",
        "https://a.example/b https://a.example/c",
        # Paths of Windows.
        "C:\\b.png", "images\\b.png", "\\\\server\\b.png", "https://a.example/b\\c",
    ],
)  # fmt: skip
def test_an_address_of_front_matter_that_is_likely_a_mistake_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (UnicodeError is one too)
        written_address(written, BASE)


@given(
    st.one_of(
        st.text(),
        st.text("ab./:?#[]@%\\é ℀\u3002\u200d-_~", max_size=30),
        st.text().map("https://".__add__),
        st.text("ab.:[]@%é℀\u3002\u200d-", max_size=12).map("//".__add__),
        st.text().map("https://a.example/".__add__),
    )
)
@example("https://a.example/\ud800?\udfff")
@example("https://\u2100.example/")
def test_an_address_is_refused_or_absolute_and_ascii_and_stays_as_it_is(written: str) -> None:
    try:
        made = absolute(written, BASE)
    except ValueError:
        return
    assert made.isascii()
    assert made.isprintable()
    assert " " not in made
    parts = urlsplit(made)
    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert absolute(made, "https://elsewhere.example") == made


@given(st.from_regex(PLAIN_URL.pattern, fullmatch=True))
def test_a_plain_url_is_its_own_normal_form(written: str) -> None:
    assume(written == written.strip())
    assert absolute(written + "#", BASE) == absolute(written, BASE) == written


@for_each(
    ("host", "expected"),
    [
        ("", True), ("localhost", True), ("LOCALHOST.", True), ("a.localhost", True), ("127.0.0.1", True),
        ("127.8.9.10", True), ("127.1", True), ("::1", True), ("[::1]", True),
        ("example.org", False), ("localhost.example.org", False), ("127.example.org", False),
        ("10.0.0.1", False), ("notlocalhost", False), ("2001:db8::1", False),
    ],
)  # fmt: skip
def test_a_host_that_is_every_machine_is_on_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@given(
    st.sampled_from([BASE, f"{BASE}/", "https://a.example:8000/b//", "https://a.example/?c",
                     "https://A.example", "https://a.example/é", "https://a.example/%41%zz",
                     "/b", ""]),
    st.from_regex(r"/[a-z/:;.@_-]{0,5}(?:\?[a-z/?=&;]{0,3})?", fullmatch=True),
)  # fmt: skip
def test_a_plain_path_is_made_absolute_like_any_other(base: str, path: str) -> None:
    def made(written: str) -> str:
        try:
            return absolute(written, base)
        except ValueError:
            return "refused"

    assert made(path) == made(path + "#")
