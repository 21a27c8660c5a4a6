import lume from "lume/mod.ts";
import date from "lume/plugins/date.ts";

const site = lume({
  src: "./src",
  location: new URL("https://vine.example/"),
});

site.use(date());

export default site;
