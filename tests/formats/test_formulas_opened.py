"""Our CSV files with every formula vector in them, opened by LibreOffice under every separator it offers.

One run per separator opens all files: rows, headings and lists, guarded in both ways, with each delimiter of ours.
"""

import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest

from dashboard.columns import Column, key
from dashboard.formats import FORMATS
from tests.formats.conftest import Rendered, frame_of
from tests.formats.formula_vectors import VECTORS

DELIMITERS = FORMATS["csv"].options[0].choices
# As the import dialog has them: one, several at once, and several merged into one.
READ_AS = {
    "comma": "44",
    "semicolon": "59",
    "tab": "9",
    "blank": "32",
    "bar, as other": "124",
    "blanks merged": "32/MRG",
    "semicolon and blank": "59/32",
    "all": "44/59/9/32/124",
    "all merged": "44/59/9/32/124/MRG",
}
ROWS = {"before": "integer", "a": "text", "b": "text", "after": "integer"}
ALL = [vector for vectors in VECTORS.values() for vector in vectors]
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"

pytestmark = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files of all vectors: guarded in both ways with every delimiter, and not guarded."""
    made = tmp_path_factory.mktemp("vectors")
    for delimiter in DELIMITERS:
        write_files(made, "inline", delimiter)
        write_files(made, "split", delimiter)
    write_files(made, "off", "comma")
    return made


@pytest.fixture(scope="module", params=READ_AS.values(), ids=READ_AS)
def opened_files(request, folder):
    return opened(folder, request.param)


def opened(folder, separators, name="*"):
    """Each file of the folder as its cells: (formula, type, value, text)."""
    # Last: compute what is a formula.
    how = f"--infilter=CSV:{separators},34,76,1,,0,false,true,false,false,false,0,true"
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", how]
    out = folder / "opened"
    shutil.rmtree(out, ignore_errors=True)
    command += ["--convert-to", "fods", "--outdir", out, *sorted(folder.glob(f"{name}.csv"))]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    return {path.stem: list(cells(path)) for path in sorted(out.glob("*.fods"))}


def cells(path):
    for cell in ElementTree.parse(path).iter(f"{TABLE}table-cell"):
        text = "\n".join("".join(part.itertext()) for part in cell)
        kind = cell.get(f"{CALC}value-type") or cell.get(f"{OFFICE}value-type")
        if text or kind or cell.get(f"{TABLE}formula"):
            yield cell.get(f"{TABLE}formula"), kind, cell.get(f"{OFFICE}value"), text


def write_files(folder, guard, delimiter):
    """The vectors as text between two numbers, beside each other, and as headings."""
    options = {"guard": guard, "delimiter": delimiter}
    columns = tuple(Column(name, type, name) for name, type in ROWS.items())
    turned = ALL[1:] + ALL[:1]
    frame = frame_of(columns, [(n, a, b, n) for n, (a, b) in enumerate(zip(ALL, turned, strict=True))])
    frame = frame.with_columns(frame["a"].alias(key(0)))
    made = Rendered("csv", columns, [frame], **options)
    headings = tuple(Column(str(n), "text", vector) for n, vector in enumerate(ALL))
    files = {"rows": made.data, "headings": Rendered("csv", headings, [], **options).data}
    for kind, data in {**files, **{kind: made.list(kind) for kind in made.fragments[0].lists}}.items():
        (folder / f"{guard}-{delimiter}-{kind}.csv").write_bytes(data)


def computed(found):
    """What is a formula, an error, or a number that did not stand in the file."""
    return [
        cell
        for cell in found
        if cell[0]
        or cell[1] == "error"
        or "42929" in (cell[2] or "")
        or re.search(r"\b42929\b|Err:|^#", cell[3])
    ]


def test_there_are_175_vectors_and_each_is_another():
    assert len(ALL) == len(set(ALL)) == 175
    assert all(VECTORS.values())


def test_none_is_a_formula(opened_files):
    guarded = {name: cells for name, cells in opened_files.items() if not name.startswith("off")}
    assert len(guarded) == 2 * 3 * len(DELIMITERS)
    assert not {name: computed(cells) for name, cells in guarded.items() if computed(cells)}


def test_without_the_guard_they_are_formulas(opened_files):
    """What the test above looks for is there to be found, under every separator."""
    assert len(computed(opened_files["off-comma-rows"])) >= 10
    assert computed(opened_files["off-comma-headings"])


def test_opened_as_it_should_be_a_file_shows_each_vector_behind_an_apostrophe(folder):
    shown = {text for _, _, _, text in opened(folder, "44", "inline-comma-rows")["inline-comma-rows"]}
    assert {f"'{vector}" for vector in VECTORS["begins with another sign"]} <= shown
