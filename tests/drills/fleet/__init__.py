"""Drills of a fleet: four hosts and a database that fail in every way, watched by honest readers."""
