"""Bills of materials (CycloneDX 1.6), one per image and one for the Edge Function, the same for the same contents.

``cyclonedx-py`` reads the Python packages and who needs whom. What differs between machines or says nothing about the
contents (serial number, time, home pages, descriptions) is left out; licences are as the project's policy reads them.
"""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from speechgrade_local.errors import InvalidMaterials
from speechgrade_local.supply_chain.image_contents import Contents, SystemPackage
from speechgrade_local.supply_chain.licences import Policy

Bill = dict[str, Any]
_LIMIT_S = 300
_KEPT = ("bom-ref", "name", "purl", "type", "version")


def of_image(image: str, held: Contents, policy: Policy) -> Bill:
    """The bill of an image; raises `InvalidMaterials` if it breaks the schema of CycloneDX."""
    name, _, version = image.rpartition(":")
    python = _python_packages(held.site_packages)
    licences = {_name(package): policy.licence(package) for package in _packages(held)}
    components = [
        {key: found[key] for key in _KEPT if key in found} | _licence(licences.get(canonicalize_name(found["name"])))
        for found in python["components"]
    ]
    components.append(_interpreter(held.python))
    components += [_system_component(each, held.distribution) for each in held.system]
    return _bill({"name": name, "version": version, "type": "container"}, components, python["dependencies"])


def of_function(lock: Path, cache: Path, policy: Policy) -> Bill:
    """The bill of the Edge Function, by its lock file; licences are known of what lies in Deno's cache."""
    locked: dict[str, Any] = json.loads(lock.read_text("utf-8"))["npm"]
    # A key may end with the peers that the package was resolved with: name@version_peer@version.
    references = {key: key.partition("_")[0] for key in locked}
    by_name = {reference.rpartition("@")[0]: reference for reference in references.values()}
    dependencies = [
        {"ref": references[key], "dependsOn": sorted({by_name[_bare(need)] for need in entry.get("dependencies", ())})}
        for key, entry in locked.items()
    ]
    components = [
        _npm_component(references[key], entry["integrity"]) | _licence(_npm_licence(references[key], cache, policy))
        for key, entry in locked.items()
    ]
    return _bill({"name": "speechgrade/function-score", "type": "application"}, components, dependencies)


def _npm_component(reference: str, integrity: str) -> Bill:
    name, _, version = reference.rpartition("@")
    scope, _, plain = name.rpartition("/")
    digest = base64.b64decode(integrity.removeprefix("sha512-")).hex()
    component = _component(name, version, PackageURL("npm", scope or None, plain, version), reference=reference)
    return component | {"hashes": [{"alg": "SHA-512", "content": digest}]}


def _npm_licence(reference: str, cache: Path, policy: Policy) -> str | None:
    name, _, version = reference.rpartition("@")
    for declared in sorted(cache.glob(f"npm/*/{name}/{version}/package.json")):
        return policy.stated_for(name) or json.loads(declared.read_text("utf-8")).get("license")
    return policy.stated_for(name)


def _bare(need: str) -> str:
    """The name in ``name``, ``name@version`` and ``@scope/name@version``."""
    return need[: need.find("@", 1)] if "@" in need[1:] else need


def _interpreter(version: str) -> Bill:
    return _component("python", version, PackageURL("generic", None, "python", version), "platform") | _licence(
        "PSF-2.0"
    )


def _system_component(package: SystemPackage, distribution: str) -> Bill:
    qualifiers = {"arch": package.architecture} | ({"distro": distribution} if distribution else {})
    purl = PackageURL("deb", "debian", package.name, package.version, qualifiers)
    return _component(package.name, package.version, purl)


def unlicensed_in_bill(bill: Bill, policy: Policy) -> Iterator[str]:
    """A sentence for each component whose licence is unknown or not allowed."""
    for each in bill["components"]:
        licence = each["licenses"][0]["expression"] if "licenses" in each else None
        if licence is None or not policy.allows(licence):
            yield f"{each['name']} {each['version']} comes under {licence or 'no licence that it says'}"


def written(bill: Bill) -> str:
    """The bill as the text of a file."""
    return json.dumps(bill, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def lines(bill: Bill) -> str:
    """One line a component, sorted: what ``diff`` compares before an upgrade and after it."""
    found = []
    for each in bill["components"]:
        licence = each["licenses"][0]["expression"] if "licenses" in each else "-"
        found.append(f"{each.get('purl') or each['name'] + '@' + each['version']}\t{licence}\n")
    return "".join(sorted(found))


def _packages(held: Contents) -> list[Distribution]:
    return list(distributions(path=[str(held.site_packages)]))


def _name(package: Distribution) -> str:
    return canonicalize_name(package.metadata["Name"])


def _python_packages(site_packages: Path) -> Bill:
    """What ``cyclonedx-py`` finds in a folder: it asks an interpreter where to look, and this one names the folder."""
    site_packages.mkdir(exist_ok=True)
    interpreter = site_packages.parent / "interpreter"
    interpreter.write_text(f"#!/bin/sh\necho {shlex.quote(json.dumps([str(site_packages)]))}\n", "utf-8")
    interpreter.chmod(0o700)
    command = [sys.executable, "-m", "cyclonedx_py", "environment", str(interpreter)]
    options = ["--output-reproducible", "--output-format=JSON", "--spec-version=1.6", "--output-file=-"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    if done.returncode:
        raise InvalidMaterials(f"cyclonedx-py failed: {done.stderr.strip()[-400:]}")
    found: Bill = json.loads(done.stdout)
    return {"components": [], "dependencies": []} | found


def _component(name: str, version: str, purl: PackageURL, kind: str = "library", reference: str = "") -> Bill:
    address = purl.to_string()
    return {"bom-ref": reference or address, "name": name, "purl": address, "type": kind, "version": version}


def _licence(expression: str | None) -> Bill:
    return {"licenses": [{"expression": expression}]} if expression else {}


def _bill(subject: Bill, components: list[Bill], dependencies: list[Bill]) -> Bill:
    known = {each["bom-ref"] for each in components}
    kept = (each for each in dependencies if each["ref"] in known)
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": subject | {"bom-ref": "subject"}},
        "components": sorted(components, key=lambda each: str(each["bom-ref"])),
        "dependencies": sorted(kept, key=lambda each: str(each["ref"])),
    }
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill))
    if problem is not None:
        raise InvalidMaterials(f"The bill of {subject['name']} breaks the schema of CycloneDX: {problem}")
    return bill
