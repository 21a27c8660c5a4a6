// <feed-embed src="https://…/topics/oceans" look="cards">: a feed in any page. The content of the element,
// ideally a link, is shown until this script has run, and if there is no feed to show.
const here = new URL(".", import.meta.url);
const PRESENTATION = ["look", "theme", "accent", "count", "images"];
const SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox";
const HIGHEST = 30_000; // pixels
const PATIENCE = 4000; // milliseconds from the load of a frame to its height

const sheet = new CSSStyleSheet();
sheet.replaceSync(
  ":host { display: block } [hidden], :host([hidden]) { display: none }" +
    "iframe { display: block; width: 100%; border: 0; border-radius: inherit; height: 24rem }",
);

const elements = new Map(); // of the page, by their frames

class FeedEmbed extends HTMLElement {
  static observedAttributes = ["src", "title", "live", ...PRESENTATION];
  #root = this.attachShadow({ mode: "open" });
  #slot = document.createElement("slot");
  #frame;
  #due = false;
  #stop; // ends the following of the feed

  connectedCallback() {
    this.#root.adoptedStyleSheets = [sheet];
    this.attributeChangedCallback();
  }

  disconnectedCallback() {
    elements.delete(this.#frame);
    this.#stop?.();
  }

  // Several attributes that change at once load one frame.
  attributeChangedCallback() {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (this.isConnected) this.#show();
    });
  }

  // After an error, the content of the element is shown below the frame.
  fit(failed) {
    this.#slot.hidden = !failed;
    this.#frame.known = true;
  }

  // If this is live, send the frame the new articles of its *feed* after the position *since*.
  async follow(feed, since) {
    const frame = this.#frame;
    if (!this.hasAttribute("live") || !since || frame.since === since) return;
    frame.since = since;
    const { follow } = await import(new URL("static/stream.js?v=VERSION", here));
    if (!elements.has(frame) || frame.since !== since) return;
    this.#stop?.();
    this.#stop = follow(here, feed, since, (url, position) => post(frame, { type: "feed-embed:new", url, position }));
  }

  #show() {
    const address = this.#address();
    const old = this.#frame;
    elements.delete(old);
    this.#stop?.();
    this.#slot.hidden = Boolean(address);
    this.#root.replaceChildren(this.#slot);
    this.#frame = undefined;
    if (!address) return;
    // A new frame: a new address in the old one would add a step to the history of the page.
    const frame = (this.#frame = document.createElement("iframe"));
    frame.title = this.title || this.textContent.trim() || address;
    frame.loading = "lazy";
    frame.setAttribute("sandbox", SANDBOX);
    frame.style.height = old?.style.height ?? "";
    frame.src = `${address}#${schemeAt(this)}`.replace("#auto", "");
    elements.set(frame, this);
    frame.onload = () => setTimeout(() => {
      if (frame.known) return;
      this.#slot.hidden = false;
      frame.remove();
    }, PATIENCE);
    this.#root.prepend(frame);
  }

  #address() {
    let src;
    try {
      src = new URL(this.getAttribute("src") || "feed", here);
    } catch {
      return "";
    }
    if (!src.href.startsWith(here.href)) return "";
    const path = src.pathname.slice(here.pathname.length).replace(/^embed\/|\.(EXTENSIONS)$/g, "");
    const embed = new URL(`embed/${path || "feed"}${src.search}`, here);
    for (const name of PRESENTATION) {
      const value = this.getAttribute(name);
      if (value) embed.searchParams.set(name, value.replace("#", ""));
    }
    return embed.href;
  }
}

// The scheme of a page that sets one; else the preference of the visitor decides, here as in the frame.
function schemeAt(place) {
  const given = getComputedStyle(place).colorScheme.split(" ").filter((each) => /light|dark/.test(each));
  return given.length === 1 ? given[0] : "auto";
}

// Frames in the page without the element are resized as well.
const plain = () =>
  [...document.querySelectorAll("iframe")].filter((each) => each.src.startsWith(`${here.href}embed/`));
const all = () => [...elements.keys(), ...plain()];
const post = (frame, data) => frame.contentWindow?.postMessage(data, "*");
const paint = (frame) => post(frame, { type: "feed-embed:scheme", scheme: schemeAt(frame) });

addEventListener("message", ({ data, origin, source }) => {
  if (data?.type !== "feed-embed:height" || !(data.height > 0 && data.height < HIGHEST)) return;
  if (origin !== "null") return; // an embed is in a sandbox, so its origin is null
  const frame = all().find((each) => each.contentWindow === source);
  if (!frame) return;
  frame.style.height = `${Math.ceil(data.height)}px`;
  elements.get(frame)?.fit(data.failed);
  elements.get(frame)?.follow(data.feed, data.since);
  paint(frame);
});

// Pages change their color-scheme by an attribute of their root or body.
const watch = new MutationObserver(() => all().forEach(paint));
for (const each of document.querySelectorAll("html, body")) watch.observe(each, { attributes: true });

// Frames loaded before this script have posted their height already: request it again.
for (const each of plain()) post(each, { type: "feed-embed:ask" });

customElements.get("feed-embed") ?? customElements.define("feed-embed", FeedEmbed);
