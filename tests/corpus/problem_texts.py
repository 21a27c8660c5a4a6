"""The texts of problems, for tests that compare them."""

from feeds.errors import ArticleError


def without_remedy(error: object) -> str:
    """The path, line, field and problem of *error*; test_problems compares remedies."""
    assert isinstance(error, ArticleError)
    assert str(error) == f"{error.where}: {error.problem}; {error.code.remedy}"
    return f"{error.where}: {error.problem}"
