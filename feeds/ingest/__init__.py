"""The write side: watch the corpus, read changed files, record them."""
