// A subscriber made with pubsubhubbub: the argument is a port.

import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import pubsubhubbub from "pubsubhubbub";

const SECRET = "a secret of tests";
const port = Number(process.argv[2]);
const subscriber = pubsubhubbub.createServer({ callbackUrl: `http://127.0.0.1:${port}/callback` });
const confirmed = [];
const received = [];
let subscription;

for (const mode of ["subscribe", "unsubscribe"])
  subscriber.on(mode, ({ lease }) => {
    confirmed.push({ mode, lease: lease - Math.round(Date.now() / 1000) });
  });
subscriber.on("feed", ({ feed, headers }) => {
  received.push({
    type: headers["content-type"],
    signature: headers["x-hub-signature"],
    body: feed.toString(),
  });
});

function send(mode, { topic, hub }) {
  return new Promise((resolve, reject) => {
    // It sends a key derived from its secret, but checks signatures with the secret itself.
    subscriber.secret = SECRET;
    subscriber.setSubscription(mode, topic, hub, (error) => (error ? reject(error) : resolve()));
    subscriber.secret = createHmac("sha1", SECRET).update(topic).digest("hex");
  });
}

async function control(action, form) {
  if (action === "subscribe") await send("subscribe", (subscription = form));
  if (action === "renew") {
    subscriber.leaseSeconds = 86400;
    await send("subscribe", subscription);
  }
  if (action === "unsubscribe") await send("unsubscribe", subscription);
  return { confirmed, received };
}

const listener = subscriber.listener();
createServer(async (request, response) => {
  const [, action] = request.url.match(/^\/control\/(\w+)$/) ?? [];
  if (!action) return listener(request, response);
  const chunks = await request.toArray();
  const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
  try {
    response.end(JSON.stringify(await control(action, form)));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(port, "127.0.0.1");
