"""A subscriber made with django-push: the arguments are a port and the file of its database.

django-push 1.1 uses a name and a parameter that Django 4 removed; they are put back before its import.
"""

import sys
from typing import Any

import django
import django.dispatch
import django.utils.translation
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt
from werkzeug.serving import run_simple


class OldSignal(django.dispatch.Signal):
    def __init__(self, providing_args: object = None, **others: Any) -> None:
        super().__init__(**others)


django.utils.translation.ugettext_lazy = django.utils.translation.gettext_lazy
django.dispatch.Signal = OldSignal

port, database = sys.argv[1:]
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django_push.subscriber"],
    PUSH_DOMAIN=f"127.0.0.1:{port}",
    ROOT_URLCONF=__name__,
    SECRET_KEY="a key of tests",
    USE_TZ=True,
)
django.setup()

from django_push.subscriber.models import Subscription  # noqa: E402
from django_push.subscriber.signals import updated  # noqa: E402
from django_push.subscriber.views import callback  # noqa: E402

confirmed: list[dict[str, Any]] = []
received: list[dict[str, str]] = []


def receive(notification: bytes, request: HttpRequest, **_others: Any) -> None:
    signature = request.headers.get("X-Hub-Signature", "")
    received.append({"type": request.content_type, "signature": signature, "body": notification.decode()})


@csrf_exempt
def noted(request: HttpRequest, pk: int) -> HttpResponse:
    """Call the view of django-push, and note what it confirms."""
    response = callback(request, pk)
    if response.status_code == 200 and "hub.challenge" in request.GET:
        lease = int(request.GET.get("hub.lease_seconds", 0))
        confirmed.append({"mode": request.GET["hub.mode"], "lease": lease})
    return response


@csrf_exempt
def control(request: HttpRequest, action: str) -> JsonResponse:
    match action:
        case "subscribe":
            Subscription.objects.subscribe(request.POST["topic"], request.POST["hub"])
        case "renew":
            Subscription.objects.get().subscribe(lease_seconds=86400)
        case "unsubscribe":
            Subscription.objects.get().unsubscribe()
    return JsonResponse({"confirmed": confirmed, "received": received})


urlpatterns = [
    re_path(r"^control/(\w+)$", control),
    re_path(r"^callbacks/(?P<pk>\d+)/$", noted, name="subscriber_callback"),
]
updated.connect(receive)
call_command("migrate", verbosity=0)
run_simple("127.0.0.1", int(port), get_wsgi_application(), threaded=True)
