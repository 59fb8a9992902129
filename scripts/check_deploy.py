#!/usr/bin/env python3
"""Reads every file in deploy/ as what it is, and holds it to what docs/operations.md says of it."""

import pathlib
import sys

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent.parent / "deploy"


def alerts():
    """Every rule has an expression, how urgent it is, and a sentence for whoever is woken."""
    groups = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    for rule in rules:
        assert "framewright_" in rule["expr"], rule
        assert rule["labels"]["severity"] in ("page", "ticket"), rule
        assert rule["annotations"]["summary"].endswith("."), rule
    names = [rule["alert"] for rule in rules]
    assert len(set(names)) == len(names), "two alerts have one name"
    return len(rules)


def kubernetes():
    """Every container is asked /health and /ready, and drains before it is killed."""
    count = 0
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] != "Deployment":
                continue
            pod = document["spec"]["template"]["spec"]
            assert document["spec"]["selector"]["matchLabels"].items() <= (
                document["spec"]["template"]["metadata"]["labels"].items()
            )
            assert pod["terminationGracePeriodSeconds"] > 35, "shorter than a drain"
            volumes = {volume["name"] for volume in pod["volumes"]}
            for container in pod["containers"]:
                assert container["livenessProbe"]["httpGet"]["path"] == "/health"
                assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
                assert container["lifecycle"]["preStop"]
                assert {mount["name"] for mount in container["volumeMounts"]} == volumes
                count += 1
    return count


def compose():
    """Nodes, their database, their proxy; every node of a role, with time to drain."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    nodes = {name: it for name, it in services.items() if it.get("image") == "framewright"}
    roles = sorted(node["environment"]["FRAMEWRIGHT_ROLE"] for node in nodes.values())
    assert roles == ["api", "api", "worker"], roles
    for node in nodes.values():
        assert node["environment"]["FRAMEWRIGHT_DATABASE"].startswith("postgres://")
        assert node["environment"]["FRAMEWRIGHT_BLOBS"].startswith("s3://")
        assert node["stop_grace_period"] == "60s"
    waited = set(services["proxy"]["depends_on"])
    assert waited == {name for name, it in nodes.items() if it["environment"]["FRAMEWRIGHT_ROLE"] == "api"}
    return len(services)


def units():
    """Sections and keys, one a line."""
    count = 0
    for path in sorted((DEPLOY / "systemd").iterdir()):
        section = None
        for line in path.read_text().splitlines():
            if not line or line.startswith("#"):
                continue
            if line.startswith("["):
                section = line.strip("[]")
                continue
            assert section and "=" in line, f"{path.name}: {line}"
        count += 1
    return count


def main():
    told = [f"{check.__name__}: {check()}" for check in (alerts, kubernetes, compose, units)]
    print(", ".join(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
