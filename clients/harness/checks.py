"""The suite's result: one line per check, and a count at the end."""


class Checks:
    """Counts what holds and what does not, and says so as it goes."""

    def __init__(self, suite):
        self.suite = suite
        self.passed = 0
        self.failed = 0

    def add(self, name, problem=None):
        """One check; `problem` says what was seen instead, none when it holds."""
        if problem is None:
            self.passed += 1
            print(f"ok    {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {name}: {problem}", flush=True)

    def equal(self, name, seen, wanted):
        """Whether two values are equal."""
        self.add(name, None if seen == wanted else f"saw {seen!r}, wanted {wanted!r}")

    def finish(self):
        """Prints the count; the exit status of the suite."""
        print(f"{self.suite}: {self.passed} passed, {self.failed} failed", flush=True)
        return 0 if self.passed and not self.failed else 1
