"""Writes ``docs/estates.md`` from the schema: ``python -m asr_tui.emulator.estates.reference > docs/estates.md``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from asr_tui.emulator.guests import linux, windows

from . import shorthand
from .guest import Facts
from .images import images
from .loader import load, names
from .schema import EstateFile
from .sizes import sizes

_INTRO = """\
# Estates: what the practice cloud holds

<!-- Generated from the schema: python -m asr_tui.emulator.estates.reference > docs/estates.md -->

An estate is a YAML file that says which VMs, networks, limits and faults the practice cloud has when it starts. Use one
of the samples by name, or your own by path:

```
asr-tui --practice --estate starter
asr-tui --practice --estate ./my-estate.yaml
asr-tui emulator --estate generated:1000 --seed 7
```

## Ten minutes to an estate of your own

Everything has a default; names are the keys of mappings; references are names. This is a whole estate:

```yaml
name: my-estate
region: westeurope
resource_groups: {rg-shop: {}}
nat_gateways: {ng: {}}
networks:
  vnet-shop:
    space: 10.1.0.0/16
    subnets:
      web: {prefix: 10.1.1.0/24, nat: ng, nsg: nsg-web}
      data: 10.1.2.0/24
nsgs:
  nsg-web:
    rules:
      https: 100 allow in tcp Internet -> * port 443
vms:
  web: {count: 3, os: ubuntu-22.04, zone: [1, 2, 3], subnet: vnet-shop/web}
  sql-01: {os: sql-2022-windows-2022, size: Standard_E4s_v5, subnet: vnet-shop/data, disks: [256, 128 StandardSSD_LRS]}
  broken-01: {subnet: vnet-shop/web, guest: {dns: fails}}
```

`web` becomes three VMs, `web-01` to `web-03`, one in each zone, each with an OS disk, a NIC and an address. `broken-01`
behaves until its replication is enabled; then the job fails with 151195, since names do not resolve in its guest.

- A VM's name may carry its resource group: `rg-shop/web-01`.
- `vm_defaults` holds fields that all VMs of the file share.
- A mistake is reported with file, line and field, all mistakes at once.
- The first of `principals` is the sign-in that the emulator prints; leave them out for one of each kind of sign-in.

### Short forms

| what | on one line |
|---|---|
"""

_SHORT_FORMS = (
    ("disk", shorthand.DISK_FORM, "128 Premium_LRS as sql-data"),
    ("security rule", shorthand.RULE_FORM, "100 allow out tcp * -> AzureSiteRecovery port 443"),
    ("route", shorthand.ROUTE_FORM, "0.0.0.0/0 -> VirtualAppliance 10.0.0.4"),
    ("role", shorthand.ROLE_FORM, "Reader on rg-web"),
    ("subnet", "<prefix>", "10.1.2.0/24"),
    ("list", "<one>, <two>", "Microsoft.Storage, Microsoft.KeyVault"),
)

_GUESTS = """\
## Probing a guest

Run-command is answered from the `guest` facts and from the networks of the estate; nothing is executed. A Linux guest
understands a small shell (`;`, `&&`, `||`, pipes into `grep`, `head`, `tail`, `sort`, `wc`, `for` loops, variables) with
these commands: {linux}.

A Windows guest understands one command a line, with `Select-Object` and `ConvertTo-Json` behind it: {windows}.

Every other command answers as a guest without it would.
"""


def render() -> str:
    """The whole page."""
    parts = [_INTRO]
    parts += [f"| {what} | `{form}`, as in `{example}` |\n" for what, form, example in _SHORT_FORMS]
    parts.append(_samples())
    parts.append("\n## Fields\n")
    for model in _models(EstateFile):
        parts.append(_table(model))
    parts.append(_codes())
    parts.append(_catalogues())
    parts.append(_guests())
    return "".join(parts).rstrip() + "\n"


def _samples() -> str:
    rows = "".join(f"| `{name}` | {load(name).file.description} |\n" for name in names())
    return (
        "\n## Sample estates\n\n| name | what it is |\n|---|---|\n"
        + rows
        + "| `generated:N` | N VMs (1 to 50,000) with a "
        "realistic mix of systems, sizes, disks, zones and faults; `--seed` makes another one. |\n"
        "| `generated-clean:N` | The same mix without the faults: every VM can be protected. |\n"
    )


def _inner_models(annotation: Any) -> Iterator[type[Facts]]:
    if isinstance(annotation, type) and issubclass(annotation, Facts):
        yield annotation
    for inner in get_args(annotation):
        yield from _inner_models(inner)


def _models(root: type[Facts], seen: set[type[BaseModel]] | None = None) -> list[type[Facts]]:
    """The root and every model below it, in the order of the fields."""
    known = seen if seen is not None else set()
    if root in known:
        return []
    known.add(root)
    found = [root]
    for field in root.model_fields.values():
        for inner in _inner_models(field.annotation):
            found += _models(inner, known)
    return found


def _title(model: type[BaseModel]) -> str:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__)
    return {"Vm": "VM", "Nic": "NIC", "Nat Gateway": "NAT Gateway"}.get(plain, plain)


def _table(model: type[Facts]) -> str:
    lines = [f"\n### {_title(model)}\n\n{(model.__doc__ or '').strip()}\n", "\n| field | value | default | meaning |\n"]
    lines.append("|---|---|---|---|\n")
    for name, field in model.model_fields.items():
        meaning = _cell(field.description or "")
        codes = _field_codes(field)
        if codes:
            meaning += f" Provokes {', '.join(codes)}."
        lines.append(
            f"| `{field.alias or name}` | {_cell(_type(field.annotation))} | {_default(field)} | {meaning} |\n"
        )
    return "".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _type(annotation: Any) -> str:
    if isinstance(annotation, type):
        if issubclass(annotation, Facts):
            return f"[{_title(annotation)}](#{_title(annotation).lower().replace(' ', '-')})"
        if not get_args(annotation):
            return {"str": "text", "int": "number", "float": "number", "bool": "true, false"}.get(
                annotation.__name__, annotation.__name__
            )
    arguments = get_args(annotation)
    origin = getattr(annotation, "__origin__", None)
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"{_type(arguments[1])} by name" if arguments[1] is not Any else "fields of a VM"
    if arguments and all(isinstance(one, str) for one in arguments):
        return ", ".join(f"`{one}`" for one in arguments)
    kept = [_type(one) for one in arguments if one is not type(None) and not _is_metadata(one)]
    return kept[0] if kept else "any"


def _is_metadata(value: Any) -> bool:
    return not (isinstance(value, type) or get_args(value))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ("", [], {}) or isinstance(value, dict | Facts):
        return ""
    if isinstance(value, list):
        return f"`{', '.join(map(str, value))}`" if not isinstance(value[0], Facts) else "one"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _field_codes(field: FieldInfo) -> list[str]:
    extra = field.json_schema_extra
    codes = extra.get("codes") if isinstance(extra, dict) else None
    return [f"`{code}`" for code in codes] if isinstance(codes, list) else []


def _codes() -> str:
    found: dict[str, list[str]] = {}
    for model in _models(EstateFile):
        for name, field in model.model_fields.items():
            for code in _field_codes(field):
                found.setdefault(code, []).append(f"{_title(model)} `{field.alias or name}`")
    numbers = sorted(found, key=lambda code: (not code.strip("`").isdigit(), code.strip("`").zfill(12)))
    rows = "".join(f"| {code} | {', '.join(dict.fromkeys(found[code]))} |\n" for code in numbers)
    return (
        "\n## Which field provokes which error\n\nThe estate `faulty` has one VM for each, tagged with the code.\n\n"
        "| error | fields |\n|---|---|\n" + rows
    )


def _catalogues() -> str:
    lines = ["\n## Images\n\n| `os` | system | supported by Site Recovery |\n|---|---|---|\n"]
    for key, image in images().items():
        lines.append(f"| `{key}` | {image.release} | {'yes' if image.supported and not image.arm64 else 'no'} |\n")
    lines.append(
        "\n## Sizes\n\n| `size` | vCPUs | GiB | data disks | NICs | quota counter |\n|---|---|---|---|---|---|\n"
    )
    for size in sizes().values():
        lines.append(
            f"| `{size.name}` | {size.active_vcpus} | {size.memory_gb:g} | {size.max_data_disks} | {size.max_nics} "
            f"| `{size.family}` |\n"
        )
    return "".join(lines)


def _guests() -> str:
    return "\n" + _GUESTS.format(
        linux=", ".join(f"`{name}`" for name in linux.COMMANDS),
        windows=", ".join(f"`{name}`" for name in windows.COMMANDS),
    )


if __name__ == "__main__":
    sys.stdout.write(render())
