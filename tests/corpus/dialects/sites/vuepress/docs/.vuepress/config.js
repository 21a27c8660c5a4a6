module.exports = {
  title: 'Bamboo',
  description: '竹',
  locales: { '/': { lang: 'zh_CN' } },
  base: '/blog/',
  permalink: '/:year/:month/:day/:slug',
  plugins: [['sitemap', { hostname: 'https://bamboo.example' }]],
  themeConfig: { author: 'Lin Wei' },
}
