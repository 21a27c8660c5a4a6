"""Drills of a fleet: three hosts and a database that fail in every way, watched by honest readers."""
