"""Checks of a server: its host, store, corpus, hub and fleet, and its feeds as readers get them.

A check returns findings. It changes nothing but a file that it writes and deletes to test a folder.
"""
