"""Messages of webhooks by templates of Jinja2, which operators write."""

from pathlib import Path

import msgspec
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from feeds.errors import SettingsError, failure
from feeds.push.messages import ChangeBatch, MessageFailed, MessageWriter

_VARIABLES = "webhook, title, page, feed, items and removed"
_DUMPS = {"ensure_ascii": False, "sort_keys": False}


def message_of(file: Path) -> MessageWriter:
    """The message that the template in *file* writes, which must be JSON.

    Raises SettingsError with the file and the line if it is no template.
    """
    try:
        source = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(str(file), "not UTF-8", "save it as UTF-8") from error
    except OSError as error:
        raise SettingsError(str(file), *failure("cannot be read", error)) from error
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.policies["json.dumps_kwargs"] = _DUMPS
    try:
        template = environment.from_string(source)
    except TemplateSyntaxError as error:
        problem = f"not a template of Jinja2: {(error.message or '').rstrip('.')}"
        raise SettingsError(f"{file}:{error.lineno}", problem, "correct this line") from error

    def message(batch: ChangeBatch) -> bytes:
        try:
            text = template.render(msgspec.structs.asdict(batch)).strip()
            if text:
                msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise MessageFailed(f"template {file.name}: not JSON: {error}") from error
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            reason = f"template {file.name}: {error}; it has {_VARIABLES}"
            raise MessageFailed(" ".join(reason.split())) from error
        return text.encode()

    return message
