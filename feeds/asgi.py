"""The application, for an ASGI server: importing it does what importing ``feeds.wsgi`` does."""

from feeds.http.asgi_adapter import AsgiAdapter
from feeds.wsgi import app as response_cache

app = AsgiAdapter(response_cache)
