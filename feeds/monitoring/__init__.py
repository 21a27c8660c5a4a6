"""Counters of every process of a server, and the status computed from them."""
