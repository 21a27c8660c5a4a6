import sys

sys.path.append(".")
from pelicanconf import *

SITEURL = "https://salt.example" if not os.environ.get("TEST") else "http://localhost"
RELATIVE_URLS = False
SITEURL = ""
