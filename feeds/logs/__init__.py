"""The log: events with names and facts, as lines of text or of JSON."""
