"""A client of XMPP that reads the articles of a node (RFC 6120, XEP-0060)."""

import socket
from collections.abc import Iterator
from typing import Self
from xml.etree.ElementTree import Element, XMLPullParser

_CLIENT = "{jabber:client}"
_PUBSUB = "{http://jabber.org/protocol/pubsub}"
_ATOM = "{http://www.w3.org/2005/Atom}"
_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
_BIND = "urn:ietf:params:xml:ns:xmpp-bind"
_STREAM = "http://etherx.jabber.org/streams"


class XmppClient:
    """A client without an account, connected to *domain* on this machine within its context."""

    def __init__(self, domain: str, port: int) -> None:
        self._domain = domain
        self._port = port

    def __enter__(self) -> Self:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        self._open()
        self._send(f'<auth xmlns="{_SASL}" mechanism="ANONYMOUS"/>')
        self._next(f"{{{_SASL}}}success")
        self._open()
        self._send(f'<iq type="set" id="bind"><bind xmlns="{_BIND}"/></iq>')
        self._next(f"{_CLIENT}iq")
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def titles(self, service: str, node: str) -> list[str]:
        """The titles of the Atom entries at *node* of *service*, the first published one first."""
        query = f'<pubsub xmlns="{_PUBSUB[1:-1]}"><items node="{node}"/></pubsub>'
        self._send(f'<iq type="get" id="items" to="{service}">{query}</iq>')
        found = self._next(f"{_CLIENT}iq").iterfind(f".//{_ATOM}entry/{_ATOM}title")
        return [title.text or "" for title in found]

    def _open(self) -> None:
        self._elements = self._read()
        self._send(
            f'<stream:stream to="{self._domain}" version="1.0" xmlns="jabber:client"'
            f' xmlns:stream="{_STREAM}">'
        )
        self._next(f"{{{_STREAM}}}features")

    def _send(self, text: str) -> None:
        self._socket.sendall(text.encode())

    def _next(self, tag: str) -> Element:
        return next(element for element in self._elements if element.tag == tag)

    def _read(self) -> Iterator[Element]:
        """The elements of a new stream, each when its end arrives."""
        parser = XMLPullParser(["end"])
        while received := self._socket.recv(65536):
            parser.feed(received)
            yield from (element for _, element in parser.read_events())
