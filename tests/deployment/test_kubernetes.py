"""The manifests of Kubernetes agree with their schemas, and the container of a pod runs with them."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from feeds.errors import FeedsError
from feeds.gunicorn_conf import graceful_timeout
from feeds.settings import Settings, load
from tests.builders import write_article
from tests.deployment.container import Box, Container, Mount, installed, private_network, volume
from tests.deployment.containerfile import CONTAINERFILE, image
from tests.deployment.journal import journal
from tests.paths import ROOT
from tests.server import first_response, get
from tests.waiting import eventually

MANIFESTS = {
    each["kind"]: each
    for each in yaml.safe_load_all((ROOT / "config" / "kubernetes" / "feeds.yaml").read_text())
}
POD = MANIFESTS["Deployment"]["spec"]["template"]["spec"]
[CONTAINER] = POD["containers"]
SETTINGS = MANIFESTS["ConfigMap"]["data"]["feeds.yaml"]
VERSIONS = ("1.33", "1.37")
SECRETS = {"dsn": "postgresql://feeds@database/feeds", "push-key": "0123456789abcdef" * 4}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_manifest_agrees_with_the_schema_of_its_kind(kind: str, version: str) -> None:
    import kubernetes_validate  # here, as it takes long

    kubernetes_validate.validate(MANIFESTS[kind], version, strict=True)


def test_the_schemas_refuse_what_is_misspelt() -> None:
    import kubernetes_validate

    wrong = MANIFESTS["Service"] | {"spec": {"selectors": {}}}
    with pytest.raises(kubernetes_validate.ValidationError, match="selectors"):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_service_budget_and_deployment_mean_the_same_pods() -> None:
    spec = MANIFESTS["Deployment"]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"] == labels
    assert MANIFESTS["Service"]["spec"]["selector"] == labels
    assert MANIFESTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert MANIFESTS["PodDisruptionBudget"]["spec"]["minAvailable"] < spec["replicas"]


def test_a_pod_has_time_to_drain_and_is_left_out_meanwhile(settings: Settings) -> None:
    probe = CONTAINER["readinessProbe"]
    noticed = probe["periodSeconds"] * probe["failureThreshold"] + probe["timeoutSeconds"]
    assert noticed < settings.fleet.drain
    assert POD["terminationGracePeriodSeconds"] > settings.fleet.drain + graceful_timeout


def test_a_pod_cannot_be_root_and_the_variables_of_services_are_no_settings() -> None:
    own, pod = CONTAINER["securityContext"], POD["securityContext"]
    user, _, group = image(CONTAINERFILE).user.partition(":")
    assert (own["allowPrivilegeEscalation"], own["capabilities"]) == (False, {"drop": ["ALL"]})
    assert (pod["runAsNonRoot"], str(pod["runAsUser"]), str(pod["fsGroup"])) == (True, user, group)
    with pytest.raises(FeedsError, match="FEEDS_SERVICE_HOST"):
        load({"FEEDS_SERVICE_HOST": "10.0.0.1"})
    assert POD["enableServiceLinks"] is False


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings in the ConfigMap."""
    (tmp_path / "feeds.yaml").write_text(SETTINGS)
    return load({}, tmp_path / "feeds.yaml")


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """The container of a pod, ready as its probe says."""
    folder = tmp_path_factory.mktemp("pod")
    write_article(folder / "articles", title="In a pod", topics=["Oceans"])
    with private_network(), journal("feeds"), container(folder) as running:
        yield running


def container(folder: Path) -> Container:
    made, context = image(CONTAINERFILE), POD["securityContext"]
    user = f"{context['runAsUser']}:{context['runAsGroup']}"
    mounts = installed(folder / "opt")
    (folder / "settings").mkdir()
    (folder / "settings" / "feeds.yaml").write_text(SETTINGS)
    sources = {
        "settings": Mount(folder / "settings"),
        "articles": Mount(folder / "articles"),
        "store": volume(folder / "store", user),
        "temporary": volume(folder / "temporary", user),
    }
    for each in CONTAINER["volumeMounts"]:
        mounts[each["mountPath"]] = sources[each["name"]]
        assert sources[each["name"]].is_read_only == each.get("readOnly", False)
    box = Box(
        user,
        mounts,
        hosts={"database": "127.0.0.1"},
        is_read_only=CONTAINER["securityContext"]["readOnlyRootFilesystem"],
    )
    environment = made.environment | dict(map(variable, CONTAINER["env"]))
    command = [*made.entrypoint, *CONTAINER["args"]]
    return Container(command, box, environment, folder / "run", probed("readinessProbe"))


def variable(written: dict[str, Any]) -> tuple[str, str]:
    """A variable, with its value from the secret or the pod."""
    source = written.get("valueFrom", {})
    if "secretKeyRef" in source:
        return written["name"], SECRETS[source["secretKeyRef"]["key"]]
    if "fieldRef" in source:
        return written["name"], {"metadata.name": "feeds-0"}[source["fieldRef"]["fieldPath"]]
    return written["name"], written["value"]


def probed(name: str) -> str:
    """The address that a probe asks."""
    asked = CONTAINER[name]["httpGet"]
    [port] = [each["containerPort"] for each in CONTAINER["ports"] if each["name"] == asked["port"]]
    return f"http://127.0.0.1:{port}{asked['path']}"


@pytest.mark.slow
def test_the_container_of_a_pod_answers_its_probes_and_sends_a_feed(pod: Container) -> None:
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert first_response(probed(name)).status == 200, name
    feed = first_response("http://127.0.0.1:8000/topics/oceans.rss")
    assert (feed.status, b"In a pod" in feed.body) == (200, True)


@pytest.mark.slow
def test_a_stopping_pod_fails_its_probe_and_serves_meanwhile(pod: Container) -> None:
    pod.send(signal.SIGTERM)
    eventually(lambda: get(probed("readinessProbe")).status == 503)
    assert get(probed("livenessProbe")).status == 200
    assert get("http://127.0.0.1:8000/topics/oceans.rss").status == 200
    pod.send(signal.SIGTERM)  # ends the drain
    assert pod.wait_until_ended() == 0
