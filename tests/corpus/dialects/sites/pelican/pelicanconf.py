import os

AUTHOR = "Marta Nowak"
SITENAME = "Salt Mine"
SITEURL = "http://localhost:8000"
PATH = "content"
TIMEZONE = "Europe/Warsaw"
DEFAULT_LANG = "pl"
ARTICLE_URL = "posts/{date:%Y}/{slug}/"
ARTICLE_SAVE_AS = ARTICLE_URL + "index.html"
STATIC_PATHS = ["images"]
DEFAULT_METADATA = {"series": "Salt"}
