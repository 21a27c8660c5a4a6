"""The content of one subscription, made of nothing but what was delivered."""

from hashlib import blake2b

from tests.drills.editor import Editor
from tests.drills.reader import Document, History, Item, parsed

PLAIN = "/feed."


class Copy:
    """A subscriber's copy of the topic at *path*: the whole feed at first, then each delivery.

    A delivery as JSON is a whole feed. One as Atom or RSS may leave out entries, and only Atom can say
    that one was deleted; neither can say that an article is no answer to a question any more.
    """

    def __init__(self, path: str, editor: Editor) -> None:
        self.path = path
        self.items: dict[str, Item] = {}  # by id
        self.deliveries = 0
        self.duplicates = 0
        self._editor = editor
        self._history = History(editor)
        self._bodies: set[bytes] = set()
        self._is_whole = ".json" in path
        self._is_plain = path.startswith(PLAIN) and "q=" not in path

    def begin(self, body: bytes) -> None:
        """Take the whole feed, which was requested."""
        self.items = {item.id: item for item in parsed(self.path, body).items}

    def receive(self, body: bytes) -> list[str]:
        """Note a delivery, which need not be acknowledged; return its errors."""
        digest = blake2b(body).digest()
        self.deliveries += 1
        self.duplicates += digest in self._bodies
        self._bodies.add(digest)
        wrong = self._history.receive(parsed(self.path, body))
        return [f"{each} (delivered, {self.path})" for each in wrong]

    def apply(self, body: bytes) -> None:
        """Take over a delivery that is acknowledged."""
        document = parsed(self.path, body)
        former = {} if self._is_whole else self.items
        kept = {id_: item for id_, item in former.items() if id_ not in document.gone}
        self.items = kept | {item.id: item for item in document.items}

    def differences(self, body: bytes) -> list[str]:
        """The differences from the whole feed."""
        document = parsed(self.path, body)
        held, whole = self.items, {item.id: item for item in document.items}
        wrong = [f"lost: {each.url}: {each.text.title}" for each in document.items if each.id not in held]
        wrong += [
            f"lost: {each.url}: {each.text.title}, not {held[each.id].text.title}"
            for each in document.items
            if each.id in held and held[each.id] != each
        ]
        wrong += [
            f"ghost: {item.url}: {item.text.title}"
            for id_, item in held.items()
            if id_ not in whole and not self._may_stay(item, document)
        ]
        if self._is_whole and not wrong and [*held] != [*whole]:
            wrong.append("order: the same entries in another order")
        return [f"{each} (held, {self.path})" for each in wrong]

    def _may_stay(self, item: Item, document: Document) -> bool:
        """Return whether no delivery could say that *item* is not in *document* any more."""
        editor = self._editor
        if self._is_whole or (self._is_plain and ".atom" in self.path):
            return False
        if ".rss" in self.path:
            return item.url not in editor.live or item.url in editor.free_ids
        return item.url in (editor.live if "q=" in self.path else editor.free_ids)
