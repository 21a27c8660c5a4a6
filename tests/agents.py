"""User-Agents and Accept headers of real programs, for tests that need the name of a program.

Each one was recorded in the access log of a server of this project, on Debian 12, or is in the source
that its comment names. tests/readers compares them with the names that the installed programs send.
"""

NEWSBOAT = "newsboat/2.21.0 (Linux x86_64)"  # newsboat 2.21-1.5 of Debian
RSS_GUARD = "RSS Guard/4.0.4 (github.com/martinrotter/rssguard)"  # rssguard 4.0.4 of Debian
READER = "python-reader/3.26 (+https://github.com/lemon24/reader)"  # reader 3.26 of PyPI
FEEDPARSER = "feedparser/6.0.14 +https://github.com/kurtmckee/feedparser/"  # feedparser 6.0.14 of PyPI
FEEDPARSER_5 = (  # USER_AGENT in feedparser.py of 5.2.1, not recorded
    "UniversalFeedParser/5.2.1 +https://code.google.com/p/feedparser/"
)
RSS2EMAIL = "rss2email/3.14 (https://github.com/rss2email/rss2email)"  # rss2email 3.14 of PyPI
RSS2EMAIL_OF_DEBIAN = (  # rss2email 1:3.13.1-3 of Debian, which sends the name of its feedparser
    "feedparser/6.0.10 +https://github.com/kurtmckee/feedparser/"
)
QUITERSS = (  # quiterss 0.19.4 of Debian, which sends the name of a browser
    "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/77.0.3865.120 Safari/537.36"
)
GOOGLE_HUB = (  # of the hub at pubsubhubbub.appspot.com: Google's list of fetchers, not recorded
    "FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)"
)
SUPERFEEDR = (  # a line of an access log of 2024 in timestamps.py of Textualize/toolong, not recorded
    "Superfeedr bot/2.0 http://superfeedr.com - Make your feeds realtime: get in touch - feed-id:46271263"
)
NODE = "node"  # fetch of Node 20, with which feedsmith and rss-parser are used
NONE = "-"  # sfeed 1.7 with the command for curl of its README; "-" is how the access log shows no name

# The Accept headers of browsers that navigate: Firefox, Chromium, Safari, and one from 2010.
BROWSERS = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7",
    "text/html",
    "application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5",
)
