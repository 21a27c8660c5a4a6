// Posts the height of this page to the page around it, and follows that page's color-scheme if the theme
// is automatic. Neither is a secret.
const root = document.documentElement;
const automatic = root.classList.contains("auto");
const failed = document.body.classList.contains("failed");

function tell() {
  const height = Math.ceil(root.getBoundingClientRect().height);
  parent.postMessage({ type: "feed-embed:height", height, failed }, "*");
}

function wear(scheme) {
  if (automatic && ["auto", "light", "dark"].includes(scheme)) root.className = scheme;
}

// A picture that fails to load leaves no box.
document.addEventListener("error", ({ target }) => target.matches?.("img") && target.remove(), true);
for (const image of [...document.images]) { // a copy: the list is live
  if (image.complete && image.currentSrc && !image.naturalWidth) image.remove();
}

wear(location.hash.slice(1));
new ResizeObserver(tell).observe(root);
addEventListener("message", ({ data }) => {
  if (data?.type === "feed-embed:scheme") wear(data.scheme);
  else tell(); // a page that began to listen later
});
