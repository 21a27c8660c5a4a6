// What every page does better with JavaScript: dates as the visitor writes them.
const written = new Intl.DateTimeFormat(navigator.languages, { dateStyle: "medium" });

for (const time of document.querySelectorAll("time[datetime]")) {
  time.title = time.textContent;
  time.textContent = written.format(new Date(time.dateTime));
}
