module.exports = { reactStrictMode: true, trailingSlash: false };
