const path = require("path");

module.exports = {
  siteMetadata: {
    title: `Kiln`,
    author: { name: `Sora Tanaka`, summary: `who fires pots.` },
    description: `Clay & fire`,
    siteUrl: `https://kiln.example/`,
  },
  pathPrefix: "/",
  plugins: [
    { resolve: `gatsby-source-filesystem`, options: { path: `${__dirname}/content/blog`, name: `blog` } },
    `gatsby-plugin-sharp`,
  ],
};
