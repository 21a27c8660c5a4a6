"""The check of a feed reader: a one-time feed with a script of responses, and findings about the reader.

The pure part: no clock, no network. ``feeds.store.reader_checks`` keeps the requests.
"""
