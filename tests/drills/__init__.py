"""Long tests with real servers: processes are killed and bits of the store flipped while articles change.

``python -m tests.drills`` runs them; none is collected by pytest. ``editor`` changes a corpus and knows
what it should say, ``reader`` polls feeds and checks every answer, ``server`` is what is killed.
"""
