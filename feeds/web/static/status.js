// Refreshes the status page: on request, and every ten seconds while the page is visible.
const EVERY = 10_000;
const bar = document.querySelector(".again");
const [button, live, said] = ["button", "input", "[role=status]"].map((each) => bar.querySelector(each));

// A part with the focus or a selection is in use and is not replaced.
const inUse = (part) =>
  part.contains(document.activeElement) || (!getSelection().isCollapsed && part.contains(getSelection().anchorNode));

async function refresh() {
  const shown = document.getElementById("status");
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = document.adoptNode(page.getElementById("status"));
    for (const part of shown.querySelectorAll("details[id]")) {
      const same = fresh.querySelector(`#${part.id}`);
      if (same) same.open = part.open;
    }
    shown.replaceWith(fresh);
    said.textContent = "";
  } catch {
    said.textContent = bar.dataset.failed;
  }
}

button.addEventListener("click", refresh);
setInterval(() => {
  if (live.checked && document.visibilityState === "visible" && !inUse(document.getElementById("status"))) refresh();
}, EVERY);
bar.hidden = false;
