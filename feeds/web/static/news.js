// The button that offers new articles, with their number.
const QUIET = 60_000; // milliseconds between two announcements

export class News {
  #button;
  #status;
  #texts;
  #fresh = new Set(); // addresses of articles, "" for unknown ones
  #announced = -QUIET;

  constructor(element) {
    [this.#button, this.#status] = element.children;
    this.#texts = element.dataset;
  }

  // Offer the article at *url*, unless a link of the page leads there.
  add(url) {
    if ([...document.querySelectorAll("main a")].some(({ href }) => href === url)) return;
    this.#fresh.add(url);
    this.#show();
    if (performance.now() - this.#announced < QUIET) return;
    this.#announced = performance.now();
    this.#status.textContent = this.#button.textContent;
  }

  // Return the addresses on offer, which are going to be shown.
  take() {
    const taken = this.#fresh;
    this.#fresh = new Set();
    return taken;
  }

  // Offer nothing that was taken, and not the articles at *urls*, which were published meanwhile.
  remove(urls) {
    for (const url of urls) this.#fresh.delete(url);
    this.#show();
  }

  #show() {
    const count = this.#fresh.has("") ? 0 : this.#fresh.size;
    this.#button.hidden = !this.#fresh.size;
    this.#button.textContent = count ? this.#numbered(count) : this.#texts.some;
    this.#status.textContent = "";
  }

  #numbered(count) {
    const { lang } = document.documentElement, forms = JSON.parse(this.#texts.forms);
    const form = forms[new Intl.PluralRules(lang).select(count)] ?? forms.other;
    return form.replace("{count}", new Intl.NumberFormat(lang, { numberingSystem: "latn" }).format(count));
  }
}
