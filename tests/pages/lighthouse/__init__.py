"""Lighthouse's scores of pages: python -m tests.pages.lighthouse."""
