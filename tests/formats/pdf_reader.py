"""Reads the table in a PDF back from where its words stand, as poppler finds them."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree

import pytest

LEADING = 1.28
WORD = "{http://www.w3.org/1999/xhtml}word"
PAGE = "{http://www.w3.org/1999/xhtml}page"


@dataclass
class Word:
    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def size(self):
        return self.bottom - self.top


def poppler(program, data, *arguments):
    # In CI no poppler is a failure, not a reason to skip.
    if not shutil.which(program) and not os.environ.get("CI"):
        pytest.skip("poppler-utils is not installed")
    # The first dash is the file; pdfinfo and pdffonts write to where the second would tell pdftotext to.
    command = [program, *arguments, "-", *(["-"] if program == "pdftotext" else [])]
    done = subprocess.run(command, input=data, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    return done.stdout.decode()


def page_texts(data):
    return poppler("pdftotext", data, "-layout").split("\f")[:-1]


def words_by_page(data):
    document = ElementTree.fromstring(poppler("pdftotext", data, "-bbox"))
    for page in document.iter(PAGE):
        yield [
            Word(*(float(word.get(key)) for key in ("xMin", "yMin", "xMax", "yMax")), word.text or "")
            for word in page.iter(WORD)
        ]


def read_pdf(data):
    """The header, and a row of texts for each row that has any; the lines of a cell have blanks between."""
    header, rows = None, []
    for number, words in enumerate(words_by_page(data)):
        groups = lines_by_row(words)
        labels, *body = groups[0 if number else 2 : -1]
        columns = [(chunk[0].left, chunk[-1].right) for chunk in chunks(labels[-1])]
        header = cells(labels, columns)
        rows += [cells(group, columns) for group in body]
    return [header, *rows]


def lines_by_row(words):
    """Groups of lines that follow each other at the distance of lines of one cell."""
    lines = []
    for word in sorted(words, key=lambda word: (round(word.top, 1), word.left)):
        if lines and abs(lines[-1][0].top - word.top) < 0.3:
            lines[-1].append(word)
        else:
            lines.append([word])
    groups = [lines[:1]]
    for above, line in pairwise(lines):
        near = line[0].top - above[0].top < 1.1 * LEADING * line[0].size
        groups[-1].append(line) if near else groups.append([line])
    return groups


def chunks(line):
    """The words of each cell: between them is a space, between cells more."""
    found = []
    for word in line:
        if found and word.left - found[-1][-1].right < 0.7 * word.size:
            found[-1].append(word)
        else:
            found.append([word])
    return found


def cells(lines, columns):
    found = [[] for _ in columns]
    for line in lines:
        for chunk in chunks(line):
            left, right = chunk[0].left, chunk[-1].right
            nearest = min(
                range(len(columns)),
                key=lambda n: min(abs(columns[n][0] - left), abs(columns[n][1] - right)),
            )
            found[nearest] += [word.text for word in chunk]
    return [" ".join(texts) or None for texts in found]
