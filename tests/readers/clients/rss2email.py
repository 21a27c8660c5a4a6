"""rss2email (github.com/rss2email/rss2email), which sends entries as mail, here into a folder."""

import re
from configparser import ConfigParser
from datetime import UTC
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path
from typing import ClassVar

from tests import agents
from tests.readers.clients import Client, Item, names
from tests.readers.clients.programs import program

_PYTHON = ("/usr/bin/python3", "-I")  # of Debian; modules of this folder have names of packages
_SETTINGS = """
[DEFAULT]
to = reader@example.org
email-protocol = maildir
maildir-path = {folder}
date-header = True
name-format = {{author}}
verbose = error
"""
_FEED = "[feed.feed]\nurl = {}\n"


class Rss2email(Client):
    needs = ("r2e",)
    agent = agents.RSS2EMAIL_OF_DEBIAN
    conditions = ("a-im", *Client.conditions)
    authors_shown: ClassVar = {"rss": slice(1), "atom": slice(-1, None)}  # feedparser's author
    other_titles: ClassVar = {"rss": {"markup": "Why **bold** & _slanted_"}}
    keeps_removed = True  # a mail is not called back
    ignores_edits = True  # it sends an entry once, unless it is set to send changes

    def __init__(self, home: Path) -> None:
        self._home = home
        self._settings = home / "rss2email.cfg"
        self._folder = home / "mail"
        self._folder.mkdir()

    def subscribe(self, url: str) -> None:
        self._configure(_FEED.format(url))
        self.refresh()

    def refresh(self) -> None:
        errors = self._run("run")
        assert not errors, errors  # its exit status is 0 even if a feed fails

    def items(self) -> list[Item]:
        parser = BytesParser(EmailMessage, policy=policy.default)
        return [_item(parser.parsebytes(file.read_bytes())) for file in self._folder.glob("INBOX/new/*")]

    def import_opml(self, file: Path) -> list[str]:
        """The addresses it is subscribed to after importing *file*."""
        self._configure()
        self._run("opmlimport", str(file))
        settings = ConfigParser(interpolation=None)
        settings.read(self._settings)
        return [settings[feed]["url"] for feed in settings.sections()]

    def _configure(self, feeds: str = "") -> None:
        self._settings.write_text(_SETTINGS.format(folder=self._folder) + feeds)

    def _run(self, *arguments: str) -> str:
        """Run rss2email, and return its error messages."""
        files = ["-c", self._settings, "-d", self._home / "data.json"]
        request = {"arguments": [*map(str, files), *arguments], "home": str(self._home)}
        done = program("r2e.py", *_PYTHON).answer(request)
        assert done["status"] == 0, done["errors"]
        errors: str = done["errors"]
        return errors


def _item(mail: EmailMessage) -> Item:
    text = mail.get_content()
    enclosure = re.search(r"^Enclosure: (\S+)$", text, re.MULTILINE)
    return Item(
        id=mail["X-RSS-ID"],
        title=mail["Subject"],
        link=mail["X-RSS-URL"],
        date=parsedate_to_datetime(mail["Date"]).replace(tzinfo=UTC),
        image=enclosure[1] if enclosure else "",
        authors=names(parseaddr(mail["From"])[0]),
        categories=names(*mail.get("X-RSS-TAGS", "").split(",")),
        text=text,
    )
