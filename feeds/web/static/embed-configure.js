// Updates the preview and the code after each change: fetches the page and replaces these parts.
const form = document.querySelector(".embed form");
const wrong = form.querySelector(".wrong");
const PARTS = [".previewed", ".snippets"];
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
    wrong.textContent = (page.querySelector("#wrong") ?? page.body).textContent.trim();
    form.parentElement.classList.toggle("stale", !answer.ok);
    for (const field of form.elements) {
      const invalid = page.getElementById(field.id)?.ariaInvalid ?? null;
      field.ariaInvalid = field.id ? invalid : null;
    }
    if (!answer.ok) return;
    history.replaceState(null, "", address);
    for (const part of PARTS) {
      const made = document.adoptNode(page.querySelector(part)), old = document.querySelector(part);
      if (old) old.replaceWith(made);
      else form.parentElement.append(made);
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
