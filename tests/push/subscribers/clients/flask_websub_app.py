"""A subscriber made with Flask-WebSub: arguments are a port and the file of its database."""

import sys

from flask import Flask, Response, jsonify, request
from flask_websub.subscriber import (
    SQLite3SubscriberStorage,
    SQLite3TempSubscriberStorage,
    Subscriber,
    discover,
)

port, database = sys.argv[1:]
app = Flask(__name__)
subscriber = Subscriber(SQLite3SubscriberStorage(database), SQLite3TempSubscriberStorage(database))
app.register_blueprint(subscriber.build_blueprint("/callbacks"))
subscriptions = []  # the ids of callbacks
confirmed = []
received = []


@subscriber.add_success_handler
def succeed(topic: str, callback: str, mode: str) -> None:
    lease = subscriber.storage[callback]["lease_seconds"] if mode == "subscribe" else 0
    confirmed.append({"mode": mode, "lease": lease})


@subscriber.add_listener
def listen(topic: str, callback: str, body: bytes) -> None:
    signature = request.headers.get("X-Hub-Signature", "")
    received.append({"type": request.content_type, "signature": signature, "body": body.decode()})


@app.post("/control/subscribe")
def subscribe() -> Response:
    subscriptions.append(subscriber.subscribe(**discover(request.form["topic"])))
    return jsonify()


@app.post("/control/renew")
def renew() -> Response:
    subscriber.renew(subscriptions[-1])
    return jsonify()


@app.post("/control/unsubscribe")
def unsubscribe() -> Response:
    subscriber.unsubscribe(subscriptions[-1])
    return jsonify()


@app.get("/control/log")
def log() -> Response:
    return jsonify(confirmed=confirmed, received=received)


app.run(host="127.0.0.1", port=int(port), threaded=True)
