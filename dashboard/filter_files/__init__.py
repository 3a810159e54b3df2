"""Filter files: what people upload to name the rows of an export by their ids (reliability.md, section 10).

Doors call `read` by way of `lifecycle.take_filter_file`. Whatever is wrong with a file is told in sentences for people
(`Refused`); reading happens in a child process with little memory and little time, which knows nothing of the centre.

- reading: the parent's side, `read`
- child: the other side, and its limits
- text, archive, workbook, sheet: the first column of CSV, TXT and XLSX
- ids: from the cells of that column to ids
"""

from dashboard.filter_files.ids import KEY_TYPES
from dashboard.filter_files.reading import EXTENSIONS, LARGEST, Ids, display_name, read
from dashboard.filter_files.refusals import MOST_IDS, Refused, TooLarge

__all__ = [
    "EXTENSIONS",
    "KEY_TYPES",
    "LARGEST",
    "MOST_IDS",
    "Ids",
    "Refused",
    "TooLarge",
    "display_name",
    "read",
]
