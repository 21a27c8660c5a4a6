// Follows the changes of feeds while the page is visible, by one EventSource for each server.
const MAX_FEEDS = 50; // in one stream
const TOGETHER = 100; // milliseconds in which several followers begin, and get one stream
const PAUSE = 60_000; // milliseconds on average after a refusal; twice as many after each further one
const MAX_REFUSALS = 5;

// A position is one number, or two if the second one is later.
const parts = (position) => position.split("-").map(Number);
const isBefore = (one, other) => {
  const [a, b] = [parts(one), parts(other)];
  return a[0] < b[0] || (a[0] === b[0] && a.at(-1) < b.at(-1));
};
const earliest = (positions) => positions.reduce((one, other) => (isBefore(other, one) ? other : one));

class Stream {
  #server;
  #followers = new Set();
  #source;
  #timer;
  #wasOpen = false;
  #refusals = 0;
  #due = 0; // the time of the next attempt, at the earliest

  constructor(server) {
    this.#server = server;
    document.addEventListener("visibilitychange", () => this.#renew());
  }

  add(follower) {
    this.#followers.add(follower);
    this.#renew();
  }

  delete(follower) {
    this.#followers.delete(follower);
    if (!this.#followers.size) this.#renew();
  }

  #renew() {
    clearTimeout(this.#timer);
    this.#source?.close();
    if (document.visibilityState !== "visible" || !this.#followers.size || this.#refusals >= MAX_REFUSALS) return;
    this.#timer = setTimeout(() => this.#open(), Math.max(TOGETHER, this.#due - Date.now()));
  }

  #open() {
    const followers = [...this.#followers];
    const feeds = [...new Set(followers.map(({ feed }) => feed))].slice(0, MAX_FEEDS);
    const address = new URL("stream", this.#server);
    for (const feed of feeds) address.searchParams.append("feed", feed);
    address.searchParams.set("content", "title");
    address.searchParams.set("last_event_id", earliest(followers.map(({ since }) => since)));
    const source = (this.#source = new EventSource(address));
    source.onopen = () => {
      this.#wasOpen = true;
      this.#refusals = 0;
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.#refused(); // else the browser connects again
    };
    const tell = ({ type, data, lastEventId }) => {
      const { url, _feed = feeds[0] } = JSON.parse(data);
      for (const each of followers) {
        if (lastEventId && isBefore(each.since, lastEventId)) each.since = lastEventId;
        if (each.feed !== _feed) continue;
        if (type === "added") each.tell(url, each.since);
        if (type === "reset") each.tell("", each.since);
      }
    };
    for (const type of ["added", "changed", "removed", "reset"]) source.addEventListener(type, tell);
  }

  // A server may have no streams, or no place. A script cannot know which.
  #refused() {
    this.#refusals = this.#wasOpen ? this.#refusals + 1 : MAX_REFUSALS;
    this.#due = Date.now() + PAUSE * 2 ** (this.#refusals - 1) * (0.5 + Math.random());
    this.#renew();
  }
}

const streams = new Map(); // by server

// Call *tell* with the address of each article that is added to *feed* of *server* after the position
// *since*, or with "" if the changes are unknown, and with the position then. Return a function that ends it.
export function follow(server, feed, since, tell) {
  if (navigator.connection?.saveData) return () => {};
  const key = String(server), follower = { feed, since, tell };
  if (!streams.has(key)) streams.set(key, new Stream(server));
  streams.get(key).add(follower);
  return () => streams.get(key).delete(follower);
}
