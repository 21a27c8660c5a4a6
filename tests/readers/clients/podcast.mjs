// Prints the results of two parsers for the podcast on standard input.

import { readFileSync } from "node:fs";
import { parseFeed } from "feedsmith";
import Parser from "rss-parser";

const text = readFileSync(0, "utf8");
const { feed } = parseFeed(text);
const other = await new Parser().parseString(text);

console.log(JSON.stringify({ feedsmith: feed, "rss-parser": other }));
