"""The rows of the demo shop, drawn from pools; benchmarks.shop puts them into a file.

Everything random comes from one seeded generator, in one order, so the same arguments give the same rows.
Amounts are whole cents until they are stored.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from benchmarks import shop_words as words

Row = tuple[Any, ...]

DAY = 86_400
DAYS = 730  # orders of two years; their customers and products are from the two years before
TIMES = [f" {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" for second in range(DAY)]

# The share of each value in a hundred.
STATUSES = {"completed": 62, "shipped": 14, "processing": 9, "pending": 6, "cancelled": 6, "returned": 3}
SHIPPED = {"completed", "shipped", "returned"}
PAYMENTS = {
    "completed": "paid",
    "shipped": "paid",
    "processing": "authorized",
    "pending": "pending",
    "cancelled": "voided",
    "returned": "refunded",
}
TRANSACTIONS = {
    "paid": ("authorization", "capture"),
    "authorized": ("authorization",),
    "pending": (),
    "failed": ("authorization",),
    "voided": ("authorization", "void"),
    "refunded": ("authorization", "capture", "refund"),
}
GATEWAYS = {"card": 60, "paypal": 25, "bank transfer": 10, "gift card": 4, None: 1}
LINES = {1: 40, 2: 30, 3: 17, 4: 8, 5: 5}
QUANTITIES = {1: 70, 2: 18, 3: 7, 5: 3, 12: 2}


def drawn(generator: random.Random, shares: Mapping[Any, int] | Sequence[Any]) -> Iterator[Any]:
    """Endless values from a pool; drawn many at a time, for one by one takes five times as long."""
    weights = list(accumulate(shares.values())) if isinstance(shares, Mapping) else None
    values = list(shares)
    while True:
        yield from generator.choices(values, cum_weights=weights, k=1_000)


class Shop:
    """Hands out rows: first all customers, then all products, then orders with what belongs to them."""

    def __init__(self, orders: int, seed: int, until: date) -> None:
        self.orders = orders
        self.random = random.Random(seed)
        self.days = [str(until - timedelta(2 * DAYS - day)) for day in range(2 * DAYS)]
        self.lines_made = self.transactions_made = 0
        self.status = drawn(self.random, STATUSES)
        self.count = drawn(self.random, LINES)
        self.quantity = drawn(self.random, QUANTITIES)
        self.gateway = drawn(self.random, GATEWAYS)
        self.note = drawn(self.random, (*words.NOTES, *[None] * 8 * len(words.NOTES)))
        self.first_name = drawn(self.random, words.FIRST_NAMES)
        self.last_name = drawn(self.random, words.LAST_NAMES)
        self.buyer: Iterator[Any] = iter(())
        self.price: Iterator[Any] = iter(())

    def customers(self) -> list[Row]:
        rows = [self.customer(number) for number in range(1, max(2_000, self.orders // 10) + 1)]
        buyers = [(row[0], row[1], words.CURRENCIES.get(row[7], "USD")) for row in rows]
        guests = [(None, email, currency) for _, email, currency in buyers[: len(buyers) // 25]]
        regulars = buyers[: len(buyers) // 10] * 5
        self.buyer = drawn(self.random, [*buyers, *guests, *regulars])
        return rows

    def products(self) -> list[Row]:
        rows = [self.product(number) for number in range(1, max(300, self.orders // 1_000) + 1)]
        self.price = drawn(self.random, [(row[0], round(row[4] * 100)) for row in rows])
        return rows

    def customer(self, number: int) -> Row:
        first, last = next(self.first_name), next(self.last_name).replace("_", " ")
        city, country, prefix = self.random.choice(words.CITIES)
        created = self.random.randrange(DAYS * DAY)
        return (
            number,
            f"{latin(first)}.{latin(last)}.{number}@example.com",
            self.mostly(98, first),
            self.mostly(98, last),
            f"{first} {last}",
            self.mostly(85, f"{prefix} {self.random.randrange(10**6, 10**8)}"),
            self.mostly(96, city),
            self.mostly(97, country),
            words.NOTES[number - 1]
            if number <= len(words.NOTES)
            else next(self.note),  # each note at least once
            self.when(created),
            self.when(created + self.random.randrange(DAYS * DAY)),
        )

    def product(self, number: int) -> Row:
        name = f"{self.random.choice(words.ADJECTIVES)} {self.random.choice(words.THINGS)} {number}"
        category = self.random.choice(words.CATEGORIES)
        created = self.random.randrange(DAYS * DAY)
        return (
            number,
            f"{number:06}",  # leading zeros that have to stay
            name,
            self.mostly(97, category),
            self.random.randrange(99, 30_000) / 100,
            "EUR",
            self.mostly(98, int(self.random.random() < 0.9)),
            self.mostly(90, round(self.random.lognormvariate(0, 1), 3)),
            self.mostly(80, f'{name}.\nFor: "{category}"; {self.random.choice(words.NOTES[:13])}'),
            self.when(created),
            self.when(created + self.random.randrange(DAYS * DAY)),
        )

    def order(self, number: int) -> tuple[Row, list[Row], list[Row]]:
        """An order, its line items and its transactions."""
        status = next(self.status)
        payment = "failed" if status == "pending" and number % 4 == 0 else PAYMENTS[status]
        buyer, email, currency = next(self.buyer)
        placed = self.moment(number)
        when = self.when(placed)
        shipped = self.shipped(status, placed)
        lines, cents = self.line_items(number)
        total = cents / 100
        head = (number, f"S-{number:07}", status, payment, buyer, email, currency, total, len(lines))
        row = (*head, next(self.note), when, shipped, when, shipped or when)
        return row, lines, self.transactions(number, payment, total, currency, when)

    def moment(self, number: int) -> int:
        """When an order was placed: spread over the two years, and now and then on the stroke of midnight."""
        second = DAYS * DAY + int((number - self.random.random()) * DAYS * DAY / self.orders)
        return second - second % DAY if number % 997 == 0 else second

    def shipped(self, status: str, placed: int) -> str | None:
        second = placed + 20_000 + int(self.random.random() * 5 * DAY)
        return self.when(second) if status in SHIPPED and second < 2 * DAYS * DAY else None

    def line_items(self, order: int) -> tuple[list[Row], int]:
        """The lines of an order and what they come to, in cents."""
        rows = []
        cents = 0
        for _ in range(next(self.count)):
            self.lines_made += 1
            product, price = next(self.price)
            quantity = next(self.quantity)
            cents += price * quantity
            rows.append((self.lines_made, order, product, quantity, price / 100, price * quantity / 100))
        return rows, cents

    def transactions(self, order: int, payment: str, total: float, currency: str, when: str) -> list[Row]:
        rows = []
        gateway = next(self.gateway)
        outcome = "failure" if payment == "failed" else "success"
        for kind in TRANSACTIONS[payment]:
            self.transactions_made += 1
            made = (self.transactions_made, order, kind, outcome, total, currency, gateway)
            rows.append((*made, f"{self.random.getrandbits(48):012x}", when, when))
        return rows

    def when(self, second: int) -> str:
        return self.days[second // DAY] + TIMES[second % DAY]

    def mostly(self, percent: int, value: Any) -> Any:
        return value if self.random.random() * 100 < percent else None


def latin(name: str) -> str:
    """What is left of a name in an e-mail address: ASCII letters, or "shop" where none are left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]", "", plain) or "shop"
