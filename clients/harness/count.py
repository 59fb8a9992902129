"""Calls that a client made, compared with those it should make.

A number is exact; `AtLeast(n)` is for polls. A call that is not wanted fails the suite, so that a client
that does not start, skips a part or retries in silence is seen.
"""


class AtLeast(int):
    """So many, or more."""


def compare(checks, client, wanted, seen):
    """One check per kind of call."""
    for call in sorted({*wanted, *seen}):
        count, want = seen.get(call, 0), wanted.get(call, 0)
        enough = count >= want if isinstance(want, AtLeast) else count == want
        least = "at least " if isinstance(want, AtLeast) else ""
        checks.add(f"{client}: {call} x {least}{want}", None if enough else f"it was made {count} times")
