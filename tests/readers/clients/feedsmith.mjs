import { parseFeed } from "feedsmith";
import { show } from "./fetch.mjs";

const READ = {
  rss: ({ items }) =>
    items.map((item) => ({
      id: item.guid.value,
      title: item.title,
      link: item.link,
      date: new Date(item.pubDate).toISOString(),
      image: item.media?.contents[0].url ?? "",
      authors: item.dc.creators,
      categories: (item.categories ?? []).map((category) => category.name),
      text: item.content?.encoded ?? item.description,
    })),
  atom: ({ entries }) =>
    entries.map((entry) => ({
      id: entry.id,
      title: entry.title.value,
      link: entry.links.find((link) => link.rel === "alternate").href,
      date: entry.published,
      image: entry.media?.contents[0].url ?? "",
      authors: entry.authors.map((author) => author.name),
      categories: (entry.categories ?? []).map((category) => category.term),
      text: entry.content.value,
    })),
  json: ({ items }) =>
    items.map((item) => ({
      id: item.id,
      title: item.title,
      link: item.url,
      date: item.date_published,
      image: item.image ?? "",
      authors: item.authors.map((author) => author.name),
      categories: item.tags ?? [],
      text: item.content_html,
    })),
};

await show((text) => {
  const { format, feed } = parseFeed(text);
  return READ[format](feed);
});
