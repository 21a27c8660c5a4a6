"""The configuration files in this package: the default settings, and examples for other servers."""

from importlib.resources import files

EXAMPLES = {
    "alerts": "prometheus-alerts.yml",
    "compose": "compose.yaml",
    "container": "container/Containerfile",
    "grafana": "grafana.json",
    "haproxy": "haproxy.cfg",
    "kubernetes": "kubernetes/feeds.yaml",
    "nginx": "nginx.conf",
    "nginx-cache": "nginx.conf",
    "systemd": "systemd/feeds.service",
    "varnish": "varnish.vcl",
}


def default_settings() -> bytes:
    """The settings file with every default, and a comment on each."""
    return _packaged("feeds.yaml")


def example(name: str) -> bytes:
    """The example configuration for *name*, a key of EXAMPLES."""
    text = _packaged(EXAMPLES[name])
    return _cache_alone(text) if name == "nginx-cache" else text


def _cache_alone(nginx: bytes) -> bytes:
    """The second of the two configurations of *nginx*, with the settings that both need."""
    settings = nginx[nginx.index(b"map_hash_max_size") : nginx.index(b"# --- One")]
    return settings + nginx[nginx.index(b"# --- Two") :].replace(b"--- Two: a", b"A", 1)


def _packaged(name: str) -> bytes:
    return files("feeds.settings").joinpath("config", *name.split("/")).read_bytes()
