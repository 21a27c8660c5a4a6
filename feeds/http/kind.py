"""The kind that a response is counted as."""

KIND = "feeds.kind"
"""The WSGI environment key of the RequestKind of a response (feeds.monitoring.counts)."""
