"""Many pictures in one page: what is equal is kept once, and the whole is compressed.

A page of HTML is cut at its styles and scripts, which all pictures of a kind share.  Images become
plain SVG again, since base64 hides what they have in common.  Browsers unpack it by themselves.
"""

import gzip
import json
import re
from base64 import b64decode, b64encode

SHARED = re.compile(
    r"(<style>.*?</style>|<script>\(function.*?\}\)\(document\.currentScript,)", re.S
)
IMAGE = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")
MARK = "\x01"  # around an SVG that the script makes an image's address again


def packed(pages):
    """Pages of HTML as one text, which `controls.js` unpacks."""
    numbers, rows = {}, []
    for page in pages:
        plain = IMAGE.sub(lambda found: f"{MARK}{_svg(found[1])}{MARK}", page)
        rows.append([numbers.setdefault(part, len(numbers)) for part in SHARED.split(plain)])
    data = json.dumps([list(numbers), rows], ensure_ascii=False, separators=(",", ":"))
    return b64encode(gzip.compress(data.encode(), mtime=0)).decode()


def _svg(data):
    return b64decode(data).decode()
