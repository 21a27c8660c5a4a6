"""The application, for an ASGI server: importing it does what importing ``feeds.wsgi`` does."""

from feeds.http.asgi_adapter import Gateway
from feeds.wsgi import app as edge

app = Gateway(edge)
