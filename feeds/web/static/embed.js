// <feed-embed src="https://…/topics/oceans" look="cards">: a feed in any page. The content of the element,
// ideally a link, is shown until this script has run, and if src is not an address of this server.
const here = new URL(".", import.meta.url);
const PRESENTATION = ["look", "theme", "accent", "count", "images"];
const SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox";
const HIGHEST = 30_000; // pixels

const sheet = new CSSStyleSheet();
sheet.replaceSync(
  ":host { display: block } :host([hidden]) { display: none }" +
    "iframe { display: block; width: 100%; border: 0; border-radius: inherit; height: 24rem }",
);

const frames = new Set(); // of all elements in the page

class FeedEmbed extends HTMLElement {
  static observedAttributes = ["src", "title", ...PRESENTATION];
  #root = this.attachShadow({ mode: "open" });
  #frame;
  #due = false;

  connectedCallback() {
    this.#root.adoptedStyleSheets = [sheet];
    this.attributeChangedCallback();
  }

  disconnectedCallback() {
    frames.delete(this.#frame);
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

  #show() {
    const address = this.#address();
    const old = this.#frame;
    frames.delete(old);
    // A new frame: a new address in the old one would add a step to the history of the page.
    const frame = (this.#frame = document.createElement(address ? "iframe" : "slot"));
    if (address) {
      frame.title = this.title || this.textContent.trim() || address;
      frame.loading = "lazy";
      frame.setAttribute("sandbox", SANDBOX);
      frame.style.height = old?.style.height ?? "";
      frame.src = address;
      frames.add(frame);
    }
    this.#root.replaceChildren(frame);
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

// Frames in the page without the element are resized as well.
const plain = () => {
  const all = [...document.querySelectorAll("iframe")];
  return all.filter((each) => each.src.startsWith(`${here.href}embed/`));
};

addEventListener("message", ({ data, origin, source }) => {
  if (data?.type !== "feed-embed:height" || !(data.height > 0 && data.height < HIGHEST)) return;
  if (origin !== "null") return; // an embed is in a sandbox, so its origin is null
  const frame = [...frames, ...plain()].find((each) => each.contentWindow === source);
  if (frame) frame.style.height = `${Math.ceil(data.height)}px`;
});

// Frames loaded before this script have posted their height already: request it again.
for (const each of plain()) each.contentWindow.postMessage({ type: "feed-embed:ask" }, "*");

customElements.get("feed-embed") ?? customElements.define("feed-embed", FeedEmbed);
