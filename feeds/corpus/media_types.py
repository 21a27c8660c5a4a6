"""Media types of pictures, by their address."""

from urllib.parse import parse_qs, urlsplit

# Media types by extension; a picture without a known extension is most likely a JPEG.
IMAGE_TYPES = {
    "apng": "image/apng",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
    "ico": "image/vnd.microsoft.icon",
    "jfif": "image/jpeg",
    "jpe": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "jxl": "image/jxl",
    "pjpeg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "webp": "image/webp",
}


def is_picture(path: str) -> bool:
    """Return whether the file at *path* has the extension of a picture."""
    return path.rpartition(".")[2].lower() in IMAGE_TYPES


def media_type(url: str) -> str:
    """The media type of the picture at *url*, by its extension or a ``format=`` in its query."""
    parts = urlsplit(url)
    extension = parts.path.rpartition("/")[2].rpartition(".")[2].lower()
    if extension in IMAGE_TYPES:
        return IMAGE_TYPES[extension]
    query = parse_qs(parts.query)
    for name in ("format", "fm", "fmt", "ext"):
        for value in query.get(name, ()):
            if value.lower() in IMAGE_TYPES:
                return IMAGE_TYPES[value.lower()]
    return "image/jpeg"
