// Fetches a feed, conditionally where it has been fetched before, and prints what a parser makes of it.

export async function show(read) {
  const [url, validators] = process.argv.slice(2);
  const { etag, modified } = JSON.parse(validators);
  const headers = {};
  if (etag) headers["If-None-Match"] = etag;
  if (modified) headers["If-Modified-Since"] = modified;
  const answer = await fetch(url, { headers });
  const text = await answer.text();
  console.log(
    JSON.stringify({
      status: answer.status,
      validators: { etag: answer.headers.get("ETag"), modified: answer.headers.get("Last-Modified") },
      items: answer.status === 200 ? await read(text) : [],
    }),
  );
}
