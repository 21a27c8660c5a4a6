// Updates the preview of the builder: each change fetches the page of the current choices and replaces the
// parts marked data-fresh. The form itself is not replaced.
const form = document.querySelector("#build");
const result = document.querySelector("#result");
const folded = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const plural = new Intl.PluralRules(document.documentElement.lang);

let timer, asking;

function question() {
  const given = [...new FormData(form)].filter(([, value]) => value.trim());
  return new URLSearchParams(given).toString();
}

function later(wait) {
  result.setAttribute("aria-busy", "true");
  clearTimeout(timer);
  timer = setTimeout(ask, wait);
}

async function ask() {
  timer = clearTimeout(timer);
  asking?.abort();
  const mine = asking = new AbortController();
  const asked = question();
  const address = new URL(form.action);
  address.hash = "";
  address.search = asked;
  result.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { signal: mine.signal });
    if (!answer.ok && answer.status !== 400) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asking) return;
    renew(page, answer.ok);
    history.replaceState(null, "", answer.url);
  } catch (error) {
    if (error.name === "AbortError" || mine !== asking) return;
    const note = document.createElement("p");
    note.className = "wrong";
    note.textContent = form.dataset.failed;
    document.querySelector("#sentence").replaceChildren(note);
    outdate(true);
  }
  if (!timer) result.removeAttribute("aria-busy");
}

// After an invalid choice, which is often a half-typed one, the last valid feed stays in place.
function renew(page, right) {
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh ? !part.id.startsWith("wrong-") : !right && part.id === "feed") continue;
    const open = [...part.querySelectorAll("details")].map(each => each.open);
    if (!fresh || !part.isEqualNode(fresh)) part.replaceChildren(...(fresh?.childNodes ?? []));
    for (const [number, each] of part.querySelectorAll("details").entries()) each.open = open[number] ?? false;
    for (const field of form.querySelectorAll(`[aria-describedby~="${part.id}"]:not(fieldset)`)) {
      if (part.textContent) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }
  outdate(!right);
}

function outdate(it) {
  result.classList.toggle("stale", it);
  document.querySelector("#stale").hidden = !it || !document.querySelector("#feed").firstElementChild;
}

function narrow(field) {
  const wanted = folded(field.value).split(/\s+/);
  const list = document.getElementById(field.getAttribute("aria-controls"));
  let left = 0;
  for (const row of list.children) {
    const name = folded(row.firstElementChild.textContent);
    row.hidden = !row.querySelector(":checked") && !wanted.every(word => name.includes(word));
    left += !row.hidden;
  }
  const status = field.nextElementSibling;
  const forms = JSON.parse(status.dataset.found), text = forms[plural.select(left)] ?? forms.other;
  status.textContent = field.value ? text.replace("{count}", left) : "";
}

form.addEventListener("input", ({ target }) => {
  if (target.type === "search") return narrow(target);
  if (target.type === "checkbox" && target.checked) {
    for (const other of target.closest("li")?.querySelectorAll(":checked") ?? []) other.checked = other === target;
  }
  later(target.type === "checkbox" || target.tagName === "SELECT" ? 80 : 300);
});
form.addEventListener("keydown", event => {
  if (event.key === "Enter" && event.target.type === "search") event.preventDefault();
});
form.addEventListener("submit", event => {
  event.preventDefault();
  ask();
});
// After a return in the history, the form may be newer than the preview.
addEventListener("pageshow", event => {
  if (event.persisted) ask();
});

// A list opens at the first of its choices.
for (const list of form.querySelectorAll(".choices")) {
  const chosen = list.querySelector("li:has(:checked)");
  if (chosen) list.scrollTop = chosen.offsetTop - list.offsetTop - list.clientHeight / 2;
}

for (const filter of form.querySelectorAll(".filter")) filter.hidden = false;
form.classList.add("live");
form.querySelector(".jump").hidden = false;
form.querySelector(".send button").hidden = true;
