"""The configuration files in this package: the default settings, and examples for other servers."""

from importlib.resources import files

EXAMPLES = {
    "alerts": "prometheus-alerts.yml",
    "grafana": "grafana.json",
    "nginx": "nginx.conf",
    "systemd": "systemd/feeds.service",
    "varnish": "varnish.vcl",
}


def default_settings() -> bytes:
    """The settings file with every default, and a comment on each."""
    return _packaged("feeds.yaml")


def example(name: str) -> bytes:
    """The example configuration for *name*, a key of EXAMPLES."""
    return _packaged(EXAMPLES[name])


def _packaged(name: str) -> bytes:
    return files("feeds.settings").joinpath("config", *name.split("/")).read_bytes()
