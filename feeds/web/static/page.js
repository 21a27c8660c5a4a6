// What every page does better with JavaScript: dates as visitors write them, copying, calm broken pictures.
const dates = new Intl.DateTimeFormat(navigator.languages, { dateStyle: "medium" });
const months = new Intl.DateTimeFormat(navigator.languages, { month: "long", timeZone: "UTC" });

for (const time of document.querySelectorAll("time[datetime]")) {
  time.title = time.textContent;
  time.textContent = ("month" in time.dataset ? months : dates).format(new Date(time.dateTime));
}

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch { // only where the page came encrypted, or from this machine
    getSelection().selectAllChildren(code);
    document.execCommand("copy");
  }
  const said = button.textContent;
  button.textContent = button.dataset.copied;
  document.getElementById("announcement").textContent = button.dataset.announced;
  setTimeout(() => { button.textContent = said; }, 2000);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(".copy");
  if (button && button.textContent !== button.dataset.copied) copy(button);
});

// A picture that fails leaves its frame, in which there is a calm colour or a letter.
document.addEventListener("error", ({ target }) => target.matches?.("img") && target.remove(), true);
for (const image of [...document.images]) { // which changes as they go
  if (image.complete && image.currentSrc && !image.naturalWidth) image.remove();
}
