// Refreshes the findings about a feed reader, every two seconds while the page is visible.
const EVERY = 2_000;

// A part with the focus or a selection is in use and is not replaced.
const inUse = (part) =>
  part.contains(document.activeElement) || (!getSelection().isCollapsed && part.contains(getSelection().anchorNode));

async function refresh() {
  const shown = document.getElementById("check");
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = document.adoptNode(page.getElementById("check"));
    if (!inUse(shown) && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
  } catch {
    // The server may be back in two seconds.
  }
}

setInterval(() => {
  if (document.visibilityState === "visible") refresh();
}, EVERY);
