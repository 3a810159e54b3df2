"""The formats of a form: which are ticked, with which options and packaging. Read here, checked by `planning`.

The new-export form and "Also as …" name their controls alike: `option.csv.delimiter`, `packaging.csv`.
"""

from dashboard.formats import FORMATS
from dashboard.planning import Output


def options(values):
    """The chosen options of every format, so that changing the format and back loses none."""
    found = {}
    for format in FORMATS.values():
        names = {option.key: f"option.{format.key}.{option.key}" for option in format.options}
        found[format.key] = {key: values[name] for key, name in names.items() if values.get(name)}
    return found


def packaging(values):
    names = {key: f"packaging.{key}" for key in FORMATS}
    return {key: values[name] for key, name in names.items() if name in values}


def output(key, options, packaging):
    return Output(key, options.get(key, {}), packaging.get(key, "none"))


def unusual(format, options, packaging="none"):
    """What is chosen other than by default, in words; the usual goes without saying."""
    words = [
        f"{option.label.lower()}: {_word(option, options[option.key])}"
        for option in format.options
        if options.get(option.key, option.default) != option.default
        and (option.check or options[option.key] in option.choices)
    ]
    return [*words, *(["ZIP" if packaging == "zip" else packaging] if packaging != "none" else [])]


def _word(option, value):
    """Free text as it is: in a pattern, capitals count."""
    return value if option.check else option.choices[value].lower()


def in_words(output):
    """A recorded output: "CSV (delimiter: semicolon; gzip)"."""
    known = FORMATS.get(output["format"])
    if known is None:
        return output["format"].upper()
    words = unusual(known, output.get("options") or {}, output.get("packaging", "none"))
    return f"{known.label} ({'; '.join(words)})" if words else known.label
