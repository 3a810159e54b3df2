"""What a predicate tree means, in plain Python: tests compare what databases find with this."""

from dashboard.criteria import All, Any, Not


def holds(node, row):
    """What the tree means, without SQL."""
    match node:
        case All(items):
            return all(holds(item, row) for item in items)
        case Any(items):
            return any(holds(item, row) for item in items)
        case Not(item):
            return not holds(item, row)
    own, value = row[node.field], node.value
    if node.operator in ("ne", "not_in"):
        return own is None or (own != value if node.operator == "ne" else own not in value)
    if node.operator == "is_null":
        return (own is None) == value
    if own is None:
        return False
    return {
        "eq": lambda: own == value,
        "gt": lambda: own > value,
        "gte": lambda: own >= value,
        "lt": lambda: own < value,
        "lte": lambda: own <= value,
        "in": lambda: own in value,
        "between": lambda: value[0] <= own <= value[1],
        "contains": lambda: value in own,
        "starts_with": lambda: own.startswith(value),
        "icontains": lambda: value.lower() in own.lower(),
        "ieq": lambda: own.lower() == value.lower(),
        "istarts_with": lambda: own.lower().startswith(value.lower()),
        "ends_with": lambda: own.endswith(value),
        "iends_with": lambda: own.lower().endswith(value.lower()),
        "ilike": lambda: like(value.lower(), own.lower()),
        "json_contains": lambda: has(own, value),
    }[node.operator]()


def like(pattern, text):
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(like(pattern[1:], text[place:]) for place in range(len(text) + 1))
    escaped = pattern[0] == "\\"
    first = pattern[escaped]
    fits = bool(text) and (text[0] == first or (first == "_" and not escaped))
    return fits and like(pattern[1 + escaped :], text[1:])


def has(own, wanted):
    """Whether a JSON value holds another."""
    if isinstance(own, dict) and isinstance(wanted, dict):
        return all(name in own and has(own[name], one) for name, one in wanted.items())
    if isinstance(own, list) and isinstance(wanted, list):
        return all(any(has(one, item) for one in own) for item in wanted)
    return own == wanted and isinstance(own, bool) == isinstance(wanted, bool)
