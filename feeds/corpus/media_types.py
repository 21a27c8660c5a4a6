"""Media types of files, by their address."""

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

# Media types of other files by extension. Apple names the types of M4A and M4V.
FILE_TYPES = {
    "3gp": "video/3gpp",
    "aac": "audio/aac",
    "avi": "video/x-msvideo",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "m4a": "audio/x-m4a",
    "m4b": "audio/x-m4a",
    "m4v": "video/x-m4v",
    "mid": "audio/midi",
    "midi": "audio/midi",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "pdf": "application/pdf",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
    "wma": "audio/x-ms-wma",
    "wmv": "video/x-ms-wmv",
    "zip": "application/zip",
}

# Media types of transcripts by extension.
TEXT_TYPES = {
    "htm": "text/html",
    "html": "text/html",
    "json": "application/json",
    "srt": "application/x-subrip",
    "txt": "text/plain",
    "vtt": "text/vtt",
}


def is_picture(path: str) -> bool:
    """Return whether the file at *path* has the extension of a picture."""
    return path.rpartition(".")[2].lower() in IMAGE_TYPES


def media_type(url: str) -> str:
    """The media type of the picture at *url*, by its extension or a ``format=`` in its query."""
    extension = extension_of(url)
    if extension in IMAGE_TYPES:
        return IMAGE_TYPES[extension]
    query = parse_qs(urlsplit(url).query)
    for name in ("format", "fm", "fmt", "ext"):
        for value in query.get(name, ()):
            if value.lower() in IMAGE_TYPES:
                return IMAGE_TYPES[value.lower()]
    return "image/jpeg"


def extension_of(url: str) -> str:
    """The extension of the file at *url*, in lower case."""
    is_plain = url.count("/") > 2 and not ("?" in url or "#" in url)
    path = url if is_plain else urlsplit(url).path
    return path.rpartition("/")[2].rpartition(".")[2].lower()
