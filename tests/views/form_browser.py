"""A browser without scripts at the new-export form: what is on it, what is changed, what is sent."""

from html.parser import HTMLParser
from io import BytesIO

from werkzeug.datastructures import MultiDict


class Sent(HTMLParser):
    """What a browser would send of the form with the id `export-form`."""

    def __init__(self, text):
        super().__init__()
        self.values, self._inside, self._select = [], False, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if given.get("id") == "export-form":
            self._inside = True
        if not self._inside:
            return
        if tag == "select":
            self._select = [given["name"], None]
        elif tag == "option" and self._select:
            if "selected" in given or self._select[1] is None:
                self._select[1] = given.get("value", "")
        elif tag == "input" and given.get("name") and _is_sent(given):
            self.values.append((given["name"], given.get("value") or ""))

    def handle_endtag(self, tag):
        if tag == "select" and self._select:
            self.values.append(tuple(self._select))
            self._select = None
        elif tag == "form":
            self._inside = False


def _is_sent(given):
    # No file is chosen: a browser sends it as a file without a name.
    return given.get("type") not in ("radio", "checkbox", "file") or "checked" in given


class Browser:
    """One person at the form: what is on it, changes, and what is sent."""

    def __init__(self, client):
        self.client = client
        self.answer, self.form = None, MultiDict()

    def open(self, path="/exports/new"):
        return self._seen(self.client.get(path))

    def press(self, do, **changes):
        return self._send("/exports/new", do, changes)

    def start(self, file=None, **changes):
        """`file` is the filter file: (name, bytes)."""
        return self._send("/exports", None, changes, file)

    def fill(self, **changes):
        for name, value in changes.items():
            self.form.setlist(name.replace("__", "."), value if isinstance(value, list) else [value])
        return self

    def block(self, target, do="", **changes):
        """What htmx gets for the block `target`; the form stays as it is."""
        data = MultiDict(self.fill(**changes).form)
        data["do"] = do
        headers = {"HX-Request": "true", "HX-Target": target}
        return self.client.post("/exports/new", data=data, headers=headers)

    def _send(self, path, do, changes, file=None):
        data = MultiDict(self.fill(**changes).form)
        if do:
            data["do"] = do
        if file:
            data["filter_file"] = (BytesIO(file[1]), file[0])
        return self._seen(self.client.post(path, data=data))

    def _seen(self, answer):
        self.answer = answer
        if "export-form" in answer.text:
            self.form = MultiDict(Sent(answer.text).values)
        return self

    @property
    def text(self):
        return self.answer.text
