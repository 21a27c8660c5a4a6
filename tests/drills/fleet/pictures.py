"""Checks of the pictures that hosts send: each has to be one that the editor has painted."""

from collections.abc import Mapping
from random import Random

from tests.drills.editor import Editor
from tests.drills.reader import Ask
from tests.server import Response, get


class Gallery:
    """The pictures that *editor* paints, as hosts send them; *random* chooses one, *ask* requests it."""

    def __init__(self, editor: Editor, random: Random, ask: Ask = get) -> None:
        self._editor = editor
        self._random = random
        self._ask = ask

    def poll(self, host: str) -> list[str]:
        """Request any picture at the address *host*; return the errors in the response.

        A picture that all hosts had is not missing at any of them until it is erased.
        """
        if not self._editor.painted:
            return []
        name = self._random.choice(sorted(self._editor.painted))
        lasting = {*self._editor.shown_pictures}
        answer = self._asked(host, name)
        if answer.status == 200 and answer.body not in self._editor.painted[name]:
            return [f"picture: {name}: {len(answer.body)} bytes that were never painted"]
        if answer.status == 404 and name in lasting & self._editor.shown_pictures:
            return [f"picture: {name}: missing"]
        is_late = answer.status == 503 and "Retry-After" in answer.headers
        return [] if is_late or answer.status in (200, 404) else [f"picture: {name}: {answer.status}"]

    def differences(self, hosts: Mapping[str, str]) -> list[str]:
        """The pictures that any of *hosts*, addresses by name, does not send as they are painted now."""
        return [each for name in sorted(self._editor.painted) for each in self._different(name, hosts)]

    def _different(self, name: str, hosts: Mapping[str, str]) -> list[str]:
        content = self._editor.pictures.get(name)
        answers = {host: self._asked(address, name) for host, address in hosts.items()}
        if content is None:
            return [
                f"picture: {name}: ghost at {host}"
                for host, each in answers.items()
                if each.status != 404
            ]
        wrong = [
            f"picture: {name}: {each.status} with {len(each.body)} bytes at {host}"
            for host, each in answers.items()
            if (each.status, each.body) != (200, content)
        ]
        tags = {host: each.headers.get("ETag") for host, each in answers.items()}
        return wrong or ([f"picture: {name}: {tags}"] if len({*tags.values()}) > 1 else [])

    def _asked(self, host: str, name: str) -> Response:
        return self._ask(f"{host}/assets/{name}", timeout=10)
