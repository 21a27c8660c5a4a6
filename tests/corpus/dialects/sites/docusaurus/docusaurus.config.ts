import type { Config } from "@docusaurus/types";

const config: Config = {
  title: "Gearbox",
  tagline: "It's small",
  url: "https://gearbox.example",
  baseUrl: "/",
  trailingSlash: false,
  i18n: { defaultLocale: "en", locales: ["en", "fr"] },
  presets: [
    [
      "classic",
      {
        docs: { path: "docs", routeBasePath: "guide" },
        blog: { routeBasePath: "news", blogDescription: "News of gears" },
      } satisfies Preset.Options,
    ],
  ],
  plugins: [
    ["@docusaurus/plugin-content-blog", { id: "changes", path: "./changelog", routeBasePath: "changelog" }],
  ],
  themeConfig: { navbar: { logo: { src: "img/logo.svg" } } },
};

export default config;
