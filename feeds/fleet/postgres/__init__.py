"""The journal of a fleet, and its state beside the store, in PostgreSQL 13 or newer."""
