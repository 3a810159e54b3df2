"""Runs one command and tells what it cost: `python -S benchmarks/launcher.py OUT COMMAND...`, called by `measuring`.

A process of its own, and a small one: the operating system counts the memory of who starts a program as that
program's peak, and the whole tree's CPU as that of its starter's children. What the command says goes to the file
OUT; the answer is one line of JSON. Standard library only.
"""

import json
import os
import subprocess
import sys
import time


def main(out: str, command: list[str]) -> None:
    begun = time.monotonic()
    with open(out, "wb") as file:
        process = subprocess.Popen(command, stdout=file, stdin=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
    cost = {
        "code": os.waitstatus_to_exitcode(status),
        "cpu": used.ru_utime + used.ru_stime,
        "wall": time.monotonic() - begun,
        "peak_mb": used.ru_maxrss / 1024,
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
