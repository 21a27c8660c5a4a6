"""Readers of feeds, and clients that waste bytes, counted from requests: no clock, no network."""
