import Parser from "rss-parser";
import { show } from "./fetch.mjs";

// In Atom it leaves enclosures out, and the picture is where the content shows it.
const shown = (html) => /<img [^>]*?src="([^"]+)"/.exec(html ?? "")?.[1].replaceAll("&amp;", "&") ?? "";

await show(async (text) => {
  const { items } = await new Parser().parseString(text);
  return items.map((item) => ({
    id: item.guid ?? item.id,
    title: item.title,
    link: item.link,
    date: item.isoDate,
    image: item.enclosure?.url ?? shown(item.content),
    authors: [item.creator ?? item.author],
    // One with an attribute is an object.
    categories: (item.categories ?? []).map((category) => category._ ?? category),
    text: item["content:encoded"] ?? item.content,
  }));
});
