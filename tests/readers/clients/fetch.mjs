// Answers each line of its input, a feed and its validators, with a line: what a parser makes of the feed.

import { createInterface } from "node:readline";

const MILLISECONDS = 30_000;

export async function show(read) {
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await fetched(read, JSON.parse(line)).catch((error) => ({ error: String(error) }));
    console.log(JSON.stringify(answer));
  }
}

async function fetched(read, { url, etag, modified }) {
  const headers = {};
  if (etag) headers["If-None-Match"] = etag;
  if (modified) headers["If-Modified-Since"] = modified;
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(MILLISECONDS) });
  const text = await answer.text();
  return {
    status: answer.status,
    validators: { etag: answer.headers.get("ETag"), modified: answer.headers.get("Last-Modified") },
    items: answer.status === 200 ? await read(text) : [],
  };
}
