"""HTTP apart from Flask: the response cache, conditional requests, the ASGI adapter."""
