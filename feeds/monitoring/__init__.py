"""Counters of every process of a server, and the status that is made of them."""
