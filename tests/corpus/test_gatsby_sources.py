"""The folders and the prefix of addresses, in the programs that configure Gatsby."""

from feeds.corpus.gatsby_sources import prefix_in, sources_in
from tests.table import for_each

SOURCE = "{ resolve: `gatsby-source-filesystem`, options: { name: `a`, path: %s } },"


@for_each(
    ("written", "folders"),
    [
        ("`${__dirname}/content/blog`", ("content/blog",)),
        ("`${__dirname}/content/`", ("content",)),
        ("'./posts/'", ("posts",)),
        ('path.join(__dirname, "src", "articles")', ("src/articles",)),
        ("path.resolve(__dirname, `content/blog`)", ("content/blog",)),
        ("`${__dirname}/src/images`", ()),
        ("'../elsewhere'", ()),
        ("config.folder", ()),
    ],
)
def test_a_source_of_gatsby_is_a_folder_of_articles(written: str, folders: tuple[str, ...]) -> None:
    without_path = "{ resolve: `gatsby-source-filesystem` },"
    images = SOURCE % "`${__dirname}/static/img`"
    assert sources_in([SOURCE % written + images, without_path]) == folders


@for_each(
    ("written", "prefix"),
    [
        ("const value = createFilePath({ node, getNode })", ""),
        ("createNodeField({ name: 'slug', node, value: `/blog${value}` })", "blog"),
        ("value: `/posts/${slug}`", "posts"),
        ("a: `/posts/${slug}`, b: `/notes/${slug}`", ""),
    ],
)
def test_a_program_puts_one_folder_before_all_paths(written: str, prefix: str) -> None:
    assert prefix_in([written]) == prefix
