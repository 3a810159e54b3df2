"""Tables on paper: pages of plain text cells as a PDF, drawn in a process of its own with limits.

`formats.pdf` prepares the texts and calls `child.draw`; `python -m dashboard.drawing` is that process. Nothing here
knows frames, formats or exports, so the process loads reportlab and little else.
"""
