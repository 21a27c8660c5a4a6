"""Drills of push: the deliverer, the writer or the server is killed while deliveries are due.

``copy`` is what a subscription has received, and what is wrong with it; ``subscriber`` answers requests,
holds answers back and loses them; ``episode`` kills and stops processes at chosen moments.
"""
