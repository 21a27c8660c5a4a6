"""HTTP without Flask: response cache, conditional requests (304), content codings, ASGI adapter."""
