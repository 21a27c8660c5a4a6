// Filters feeds by name during typing, without requests. Only rows that change are updated.
const form = document.querySelector(".find");
const input = form.elements.q;
const told = document.getElementById("found");
const { lang } = document.documentElement;
const plural = new Intl.PluralRules(lang), numbers = new Intl.NumberFormat(lang, { numberingSystem: "latn" });
const forms = JSON.parse(form.dataset.found);
form.hidden = false; // it needs this script
form.addEventListener("submit", (event) => event.preventDefault());

const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

// Each row with its searchable name and address, and its parent row.
const rows = [...document.querySelectorAll("main section li")].map((item) => {
  const link = item.querySelector("a");
  const place = decodeURIComponent(link.pathname.split("/").pop());
  return { item, link, called: fold(`${link.textContent} ${place}`) };
});
const byItem = new Map(rows.map((row) => [row.item, row]));
for (const row of rows) row.above = byItem.get(row.item.parentElement.closest("li"));
// The containers of rows: a heading without visible rows is hidden.
const groups = [...document.querySelectorAll("main section, main section > ul")].map((box) => ({
  box,
  heading: box.previousElementSibling?.matches("h3") ? box.previousElementSibling : null,
  rows: rows.filter((row) => box.contains(row.item)),
}));
const folds = [...document.querySelectorAll("main section details")].map((box) => ({
  box,
  rows: rows.filter((row) => box.contains(row.item)),
}));

const set = (thing, property, value) => {
  if (thing[property] !== value) thing[property] = value;
};

let searching = false;

function find() {
  const words = fold(input.value).split(/\s+/).filter(Boolean);
  if (words.length && !searching) for (const each of folds) each.open = each.box.open;
  let found = 0;
  for (const row of rows) {
    row.found = words.every((word) => row.called.includes(word));
    row.shown = row.found;
    if (row.found) found += 1;
  }
  for (const row of rows) {
    if (row.found) for (let above = row.above; above; above = above.above) above.shown = true;
  }
  for (const row of rows) set(row.item, "hidden", !row.shown);
  for (const group of groups) {
    const empty = !group.rows.some((row) => row.shown);
    set(group.box, "hidden", empty);
    if (group.heading) set(group.heading, "hidden", empty);
  }
  for (const each of folds) {
    if (words.length) set(each.box, "open", each.rows.some((row) => row.shown));
    else if (searching) set(each.box, "open", each.open);
  }
  searching = words.length > 0;
  const text = forms[plural.select(found)] ?? forms.other;
  const answer = found ? text.replace("{count}", numbers.format(found)) : form.dataset.none;
  set(told, "textContent", words.length ? answer : "");
}

const shown = () => rows.filter((row) => row.found && row.link.checkVisibility()).map((row) => row.link);

input.addEventListener("input", find);
input.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && input.value) {
    event.preventDefault();
    input.value = "";
    find();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const at = document.activeElement;
  if (event.key === "/" && !at.matches("input, textarea, select, [contenteditable]")) {
    event.preventDefault();
    input.focus();
    input.select();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const links = shown();
  const place = links.indexOf(at);
  if (at !== input && place < 0) return;
  event.preventDefault();
  const next = place + (event.key === "ArrowDown" ? 1 : -1);
  (next < 0 ? input : links[Math.min(next, links.length - 1)])?.focus();
});

// A missing picture is removed and uncovers the letter below it.
for (const picture of document.querySelectorAll(".logo img")) {
  if (picture.complete && !picture.naturalWidth && picture.currentSrc) picture.remove();
  else picture.addEventListener("error", () => picture.remove());
}
