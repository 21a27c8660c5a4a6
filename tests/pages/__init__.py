"""Pages in a real browser: a package, so that its modules share a browser and a server."""
