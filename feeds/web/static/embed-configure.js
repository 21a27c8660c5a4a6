// Updates the preview and the code after each change: fetches the page and replaces these parts.
const form = document.querySelector(".embed form");
const wrong = form.querySelector(".wrong");
const PARTS = [".stage", ".snippets"];
let latest;

async function show() {
  const chosen = new URLSearchParams(new FormData(form));
  const address = `${form.action}?${chosen}`;
  latest?.abort();
  latest = new AbortController();
  try {
    const answer = await fetch(address, { signal: latest.signal, headers: { Accept: "text/html" } });
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    wrong.hidden = answer.ok;
    wrong.textContent = answer.ok ? "" : (page.querySelector("main h1, main p") ?? page.body).textContent.trim();
    if (!answer.ok) return;
    history.replaceState(null, "", address);
    for (const part of PARTS) {
      const made = page.querySelector(part);
      if (made) document.querySelector(part).replaceWith(document.adoptNode(made));
    }
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

let typing;
form.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => form.checkValidity() && show(), 250);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
