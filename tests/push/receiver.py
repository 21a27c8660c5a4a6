"""The reading of requests of webhooks."""

import base64
import hashlib
import hmac
import json
from typing import Any

from tests.push.subscriber import Received

KEY = b"a key of 24 bytes or more"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


def verified(received: Received) -> bool:
    """Check a request as the specification of Standard Webhooks says."""
    headers = received.headers
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    expected = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{expected}"


def read(received: Received) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(received.body)
    return found


def titles(received: Received) -> list[str]:
    return [each["title"] for each in read(received)["items"]]
