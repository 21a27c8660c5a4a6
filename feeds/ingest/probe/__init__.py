"""Probes of pictures on other sites: their length, type, width and height, and whether they are gone."""
