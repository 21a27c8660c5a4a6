// Improves every page: copy buttons, menus, no icons of broken pictures.
// A narrow window scrolls the menu: show the current page in it.
for (const here of document.querySelectorAll(".top nav [aria-current]")) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 48;

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch { // the clipboard API requires HTTPS or localhost
    getSelection().selectAllChildren(code);
    document.execCommand("copy");
  }
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  document.getElementById("announcement").textContent = button.dataset.announced;
  setTimeout(() => { button.textContent = label; }, 2000);
}

// A button with the attribute data-share opens the menu of the system for sharing, if there is one.
async function share(button) {
  const url = button.parentElement.querySelector("code").textContent;
  try {
    await navigator.share({ title: document.querySelector("h1").textContent, url });
  } catch ({ name }) {
    if (name !== "AbortError") copy(button); // an abort is a visitor's choice
  }
}

if (navigator.share) for (const button of document.querySelectorAll("[data-share]")) button.textContent = button.dataset.share;

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(".copy");
  if (!button || button.textContent === button.dataset.copied) return;
  if (navigator.share && "share" in button.dataset) share(button);
  else copy(button);
});

// A picture that fails to load is removed; its frame shows a colour or a letter.
document.addEventListener("error", ({ target }) => target.matches?.("img") && target.remove(), true);
for (const image of [...document.images]) { // a copy: the list is live
  if (image.complete && image.currentSrc && !image.naturalWidth) image.remove();
}

// One menu at a time; Escape and a click elsewhere close it.
document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(target)) menu.open = false;
});
document.addEventListener("keydown", ({ key }) => {
  const open = key === "Escape" && document.querySelector(".menu[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
