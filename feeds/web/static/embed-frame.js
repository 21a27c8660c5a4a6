// Posts the height of this page to the page around it; the height is no secret.
const root = document.documentElement;

function tell() {
  const height = Math.ceil(root.getBoundingClientRect().height);
  parent.postMessage({ type: "feed-embed:height", height }, "*");
}

new ResizeObserver(tell).observe(root);
addEventListener("message", tell); // from a page that began to listen later
