"""Compiled templates of pages, which the applications of all processes share."""

import os

import flask
from jinja2 import FileSystemBytecodeCache

FOLDER = "COMPILED_TEMPLATES"  # a variable of the environment


def share_templates() -> None:
    """Compile no template that another process has compiled; Jinja compares the code with the source."""
    if folder := os.environ.get(FOLDER):
        flask.Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(folder)}
