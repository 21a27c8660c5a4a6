"""Bodies of articles: Markdown as people and site generators write it -> CommonMark and HTML."""
