// Posts the height of this page to the page around it, and follows that page's color-scheme if the theme
// is automatic. Neither is a secret.
const root = document.documentElement;
const automatic = root.classList.contains("auto");
const failed = document.body.classList.contains("failed");
const bar = document.querySelector(".news");
const { feed, since } = bar?.dataset ?? {};

function tell() {
  if (parent === window) return; // a page of its own would answer itself, without end
  const height = Math.ceil(root.getBoundingClientRect().height);
  parent.postMessage({ type: "feed-embed:height", height, failed, feed, since }, "*");
}

function wear(scheme) {
  if (automatic && ["auto", "light", "dark"].includes(scheme)) root.className = scheme;
}

// A picture that fails to load leaves no box.
document.addEventListener("error", ({ target }) => target.matches?.("img") && target.remove(), true);
for (const image of [...document.images]) { // a copy: the list is live
  if (image.complete && image.currentSrc && !image.naturalWidth) image.remove();
}

// The page around a live embed sends the new articles; a click loads this page again, with them.
let news, latest;

async function offer({ url, position }) {
  latest = position;
  news ??= import("./news.js?v=VERSION").then(({ News }) => new News(bar));
  (await news).add(url);
}

bar?.firstElementChild.addEventListener("click", () => {
  if (!navigator.onLine) return;
  const address = new URL(location.href);
  address.searchParams.set("_", latest); // caches have older copies of the address without it
  location.replace(address); // no step in the history
});
if (new URLSearchParams(location.search).has("_") && document.hasFocus()) document.querySelector("main a")?.focus();

wear(location.hash.slice(1));
new ResizeObserver(tell).observe(root);
addEventListener("message", ({ data }) => {
  if (data?.type === "feed-embed:scheme") wear(data.scheme);
  else if (data?.type === "feed-embed:new" && bar) offer(data);
  else tell(); // a page that began to listen later
});
