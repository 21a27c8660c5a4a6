/** @type {import("pliny/config").PlinyConfig } */
const siteMetadata = {
  title: 'Loom',
  author: 'Amara Obi',
  description: 'Threads',
  language: 'en-us',
  siteUrl: 'https://loom.example',
  siteLogo: `${process.env.BASE_PATH || ''}/static/images/logo.png`,
}

module.exports = siteMetadata
