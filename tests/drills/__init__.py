"""Long tests with real servers: processes are killed and bits of the store flipped while articles change.

``python -m tests.drills`` runs them; pytest collects none. ``editor`` changes a corpus and remembers its
expected content, ``reader`` polls feeds and checks every response, ``server`` starts and kills servers.
"""
