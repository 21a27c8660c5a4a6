// Offers new articles on the page of a feed; a click replaces the list by the one with them.
import { News } from "./news.js?v=VERSION";
import { follow } from "./stream.js?v=VERSION";

const bar = document.querySelector(".news"), [button] = bar.children;
const news = new News(bar);
const entries = (page) => page.querySelector(".entries");
let latest; // the position of the last offer

follow(new URL("../", import.meta.url), bar.dataset.feed, bar.dataset.since, (url, position) => {
  latest = position;
  news.add(url);
});

button.addEventListener("click", async () => {
  const address = new URL(location.href), offered = news.take();
  address.searchParams.set("_", latest); // caches have older copies of the address without it
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.statusText);
    const list = entries(new DOMParser().parseFromString(await answer.text(), "text/html"));
    show(document.adoptNode(list), offered);
  } catch {
    for (const url of offered) news.add(url);
  }
});

function show(list, offered) {
  const links = [...list.querySelectorAll("h2 a")], fresh = links.filter(({ href }) => offered.has(href));
  for (const link of fresh) link.closest("li").classList.add("fresh");
  entries(document).replaceWith(list);
  if (document.activeElement === button) (fresh[0] ?? links[0])?.focus({ preventScroll: true });
  news.remove(links.map(({ href }) => href));
}
