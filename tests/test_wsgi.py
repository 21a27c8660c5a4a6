"""How servers find the application: by an attribute that is made when it is looked up."""

import pytest

from feeds import asgi, wsgi


@pytest.mark.parametrize("module", [wsgi, asgi])
def test_there_is_no_application_of_another_name(module: object) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'application'"):
        getattr(module, "application")  # noqa: B009


@pytest.mark.parametrize("module", [wsgi, asgi])
def test_an_error_of_the_start_is_not_taken_for_a_missing_name(
    module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_environment: object) -> None:
        raise AttributeError("a mistake of ours")

    monkeypatch.setattr(wsgi, "settings_in_force", fail)
    with pytest.raises(RuntimeError) as raised:
        getattr(module, "app")  # noqa: B009
    assert str(raised.value.__cause__) == "a mistake of ours"
