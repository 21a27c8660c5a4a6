// What every page does better with JavaScript: dates as visitors write them, copying, calm broken pictures.
const dates = new Intl.DateTimeFormat(navigator.languages, { dateStyle: "medium" });
const months = new Intl.DateTimeFormat(navigator.languages, { month: "long", timeZone: "UTC" });

export function improve(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.title = time.textContent;
    time.textContent = ("month" in time.dataset ? months : dates).format(new Date(time.dateTime));
  }
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  for (const image of root.querySelectorAll("img")) {
    if (image.complete && image.currentSrc && !image.naturalWidth) image.remove();
  }
}

const told = () => document.getElementById("told");

async function copy(button) {
  const input = button.closest(".address").querySelector("input");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    input.select(); // where the clipboard is closed to scripts, as it is without https
    document.execCommand("copy");
  }
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 2000);
  if (told()) told().textContent = button.dataset.copied;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) copy(button);
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.(".address input")) event.target.select();
});
// A picture that fails leaves its frame, in which there is a calm colour or a letter.
document.addEventListener("error", (event) => event.target.matches?.("img") && event.target.remove(), true);

improve(document);
