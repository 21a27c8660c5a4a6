"""The format of an access log, found in its first line."""

from feeds.readership.caddy_log import CaddyLog
from feeds.readership.cloudfront_log import CloudFrontLog
from feeds.readership.combined_log import CombinedLog
from feeds.readership.log_line import Hash, IsWanted, LineParser

KNOWN_LOGS = "combined of nginx or Apache, JSON of Caddy, or standard logs of CloudFront"


def parser_for(first_line: str, hashed: Hash, is_wanted: IsWanted) -> LineParser:
    """Return the parser for the log that begins with *first_line*."""
    if first_line.startswith("#"):
        return CloudFrontLog(hashed, is_wanted)
    if first_line.startswith("{"):
        is_cloudfront = '"cs-uri-stem"' in first_line or '"c-ip"' in first_line
        return (CloudFrontLog if is_cloudfront else CaddyLog)(hashed, is_wanted)
    return CombinedLog(hashed, is_wanted)
