"""The forms of dates, and the abbreviations of zones, that have one meaning alone."""

import re

from feeds.article.expressions import expression

MAX_DATE = 100  # characters
# Hugo writes 0001-01-01 for no date, and no program can convert the last day of 9999 to every zone.
MIN_YEAR, MAX_YEAR = 1000, 9998

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,?\s+)?"
_YEAR = r"(?P<year>\d{4})"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:h](?P<minute>\d{2})(?:[:m](?P<second>\d{2})(?:[.,]\d*)?s?)?)?"
    r"\s*(?P<half>[ap]\.?m\.?(?![a-z]))?"
)
_ZONE = (
    r"(?P<zone>z|(?:utc|gmt)?\s*[+-]\d{1,2}(?::?\d{2})?(?::00)?(?:\s+[a-z]{3,5})?"
    r"|[a-z]{2,5}|[a-z]+(?:/[a-z0-9_+-]+){1,2})?(?:\s*[(\[][^()\[\]]*[)\]])?"
)
_TIME = (
    rf"(?:(?:t|\s*,?\s+(?:at\s+|@\s*)?){_CLOCK}(?:\s*{_ZONE})?|\s*(?P<bare>z|[+-]\d\d:?\d\d|utc|gmt))?"
)
FORMS = tuple(
    expression(_WEEKDAY + form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}}){_TIME}",
        rf"(?P<year>[12]\d{{3}})(?P<month>\d\d)(?P<day>\d\d)"
        rf"(?:t?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?:\.\d*)?\s*{_ZONE})?",
        rf"{_DAY}\.?(?:\s+of)?[\s-]+{_MONTH},?[\s-]+{_YEAR}{_TIME}",
        rf"{_MONTH}\s*{_DAY}(?:,\s*|\s+){_YEAR}{_TIME}",
        rf"{_YEAR}[\s-]+{_MONTH}[\s-]+{_DAY}{_TIME}",
        rf"{_MONTH}\s+{_DAY}\s+{_CLOCK}(?:\s+(?P<zone>[a-z]{{2,5}}|[+-]\d{{4}}))?\s+{_YEAR}"
        r"(?:\s+(?P<bare>[+-]\d\d:?\d\d))?",
        rf"(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second_number>\d{{1,2}})(?P=mark){_YEAR}{_TIME}",
        rf"{_YEAR}\s*[年년]\s*(?P<month>\d{{1,2}})\s*[月월]\s*(?P<day>\d{{1,2}})\s*[日일]{_TIME}",
    )
)
OFFSET = expression(r"(?:utc|gmt)?\s*([+-])(\d{1,2}):?(\d\d)?(?::00)?(?:\s+[a-z]{3,5})?", re.ASCII)
TIMESTAMP = expression(r"(\d{10})(?:\d{3}|\.\d+)?", re.ASCII)

# Abbreviations by hours from UTC: those of RFC 5322, and others that mean one zone alone.
ABBREVIATIONS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "wet": 0, "west": 1, "cet": 1, "cest": 2,
    "eet": 2, "eest": 3, "bst": 1, "msk": 3, "jst": 9, "kst": 9, "awst": 8, "aest": 10, "aedt": 11,
    "nzst": 12, "nzdt": 13,
}  # fmt: skip
