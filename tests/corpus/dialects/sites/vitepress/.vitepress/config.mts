import { defineConfig } from 'vitepress'

const hostname = 'https://alpine.example'

export default defineConfig({
  title: 'Alpine',
  description: 'High places',
  lang: 'de-AT',
  cleanUrls: true,
  sitemap: { hostname },
  srcExclude: ['**/README.md'],
  themeConfig: { logo: '/logo.svg', nav: [{ text: 'Blog', link: '/posts/' }] },
})
