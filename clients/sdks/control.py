"""The double's control address, for the SDKs' scripts in Python."""

import os

import requests

CONTROL = os.environ["CONTROL"]


def script(**change):
    """Tells the double what to do next."""
    requests.post(f"{CONTROL}/script", json=change, timeout=10).raise_for_status()


def fault(act, **more):
    """A fault for the next submit."""
    script(faults=[{"on": "submit", "do": act, **more}])


def purchases():
    """What was sold so far, oldest first."""
    return requests.get(f"{CONTROL}/purchases", timeout=10).json()


def seen():
    """Every request so far, oldest first."""
    return requests.get(f"{CONTROL}/requests", timeout=10).json()
