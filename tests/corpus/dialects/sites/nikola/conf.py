import time

BLOG_AUTHOR = "Anders Holm"
BLOG_TITLE = {"en": "Fjord", "no": "Fjorden"}
SITE_URL = "https://fjord.example/"
BLOG_DESCRIPTION = {"en": "Deep water", "no": "Dypt vann"}
DEFAULT_LANG = "en"
TRANSLATIONS = {DEFAULT_LANG: "", "no": "./no"}
TIMEZONE = "Europe/Oslo"
POSTS = (
    ("posts/*.md", "posts", "post.tmpl"),
    ("posts/*.html", "posts", "post.tmpl"),
    ("posts/*.rst", "posts", "post.tmpl"),
)
PAGES = (("pages/*.md", "", "page.tmpl"),)
PRETTY_URLS = True
COMPILERS = {"markdown": (".md",), "html": (".html",), "rest": (".rst",)}
