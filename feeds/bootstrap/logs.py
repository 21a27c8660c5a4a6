"""The form of the log of a server."""

import logging

# The same as gunicorn's, so that one pattern parses the whole log.
FORMAT = "[%(asctime)s] [%(process)d] [%(levelname)s] %(message)s"
DATE = "%Y-%m-%d %H:%M:%S %z"


def configure_logging() -> None:
    """Log events of this process to standard error, unless logging is already configured."""
    logging.basicConfig(format=FORMAT, datefmt=DATE, level=logging.INFO)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
