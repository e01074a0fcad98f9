"""The options that several commands share, and what they make of them."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from asr_tui.launch.request import Request

CLOUDS = ("public", "usgov", "china", "practice")
WAYS = ("device-code", "cli", "managed-identity", "environment", "workload-identity")
FASTEST = 100_000.0

_F = TypeVar("_F", bound=Callable[..., Any])


class Speed(click.ParamType[float]):
    """How many seconds of Azure pass in one real second: 1 to 100000."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """A float within the range, or a usage error that names it."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not 1.0 <= number <= FASTEST:  # also false for NaN
            self.fail(f"{value!r} is not a number from 1 to {FASTEST:.0f}.", param, ctx)
        return number


class CloudName(click.ParamType[str]):
    """One of :data:`CLOUDS`, or the path of a YAML file that describes a private cloud."""

    name = "cloud"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, or the absolute path."""
        if value in CLOUDS:
            return str(value)
        path = Path(str(value))
        if path.suffix not in {".yaml", ".yml"} or not path.is_file():
            self.fail(f"{value!r} is not one of {', '.join(CLOUDS)}, nor the path of a .yaml file.", param, ctx)
        return str(path.absolute())


class Accepted(click.ParamType[tuple[str, str]]):
    """``ID=REASON``: the name of a check or the key of a finding, and why it is accepted."""

    name = "acceptance"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Name and reason; the reason may be empty."""
        name, sign, reason = str(value).partition("=")
        if not name.strip() or not sign:
            self.fail(f"{value!r} is not of the form ID=REASON.", param, ctx)
        return name.strip(), reason.strip()


@dataclass(frozen=True, slots=True)
class Options:
    """What was said on the command line. Empty texts and None: not said."""

    cloud: str = ""
    practice: bool = False
    estate: str = ""
    speed: float | None = None
    session: str = ""
    tenant: str = ""
    subscription: str = ""
    auth: str = ""
    plan: str = ""
    read_only: bool = False
    keep_sign_in: bool = False
    ascii: bool = False

    def over(self, other: Options) -> Options:
        """These options, with ``other`` filling what was not said here (options before and after a command's name)."""
        blank = Options()
        own = {name: value for name in _FIELDS if (value := getattr(self, name)) != getattr(blank, name)}
        return replace(other, **own)

    def checked(self) -> Options:
        """The options with the cloud settled.

        Raises:
            click.UsageError: some of them contradict each other.
        """
        if self.practice and self.cloud not in {"", "practice"}:
            raise click.UsageError(f"--practice and --cloud {self.cloud} contradict each other; leave one of them out.")
        cloud = "practice" if self.practice else self.cloud or "public"
        for option, given in (("--estate", bool(self.estate)), ("--speed", self.speed is not None)):
            if given and cloud != "practice":
                raise click.UsageError(f"{option} belongs to the practice cloud; add --practice.")
        if cloud == "practice" and self.auth not in {"", "environment"}:
            raise click.UsageError("The practice cloud signs in by itself; leave --auth out.")
        return replace(self, cloud=cloud, practice=cloud == "practice")


def request_of(options: Options) -> Request:
    """The session request that the options make.

    Raises:
        PracticeError: there is no such estate.
        ProblemError: the file of a private cloud cannot be used. (Said here: a worker that cannot start has nobody to tell.)
    """
    if options.cloud.endswith((".yaml", ".yml")):
        from asr_tui.azure.cloud import from_file

        from_file(Path(options.cloud), os.environ)
    estate = options.estate
    if estate:
        from asr_tui.launch.practice import checked_estate

        estate = checked_estate(estate)
    return Request(
        cloud=options.cloud,
        session=options.session,
        way=options.auth,
        tenant=options.tenant,
        subscription=options.subscription,
        estate=estate,
        speed=options.speed,
        plan=str(Path(options.plan).absolute()) if options.plan else "",
        read_only=options.read_only,
        keep_sign_in=options.keep_sign_in,
    )


_FIELDS = tuple(Options.__dataclass_fields__)

_SHARED = (
    click.option(
        "--cloud",
        type=CloudName(),
        default=None,
        metavar="|".join(CLOUDS),
        help="Which Azure (public), or a YAML file.",
    ),
    click.option("--practice", is_flag=True, help="The practice cloud on this machine: no Azure account, no cost."),
    click.option(
        "--estate", metavar="NAME", default="", help="Practice: a sample estate, generated:N, or a YAML file."
    ),
    click.option("--speed", type=Speed(), default=None, help="Practice: seconds of Azure in one real second (60)."),
    click.option(
        "--session", metavar="NAME", default="", help="Which session (default: one for each cloud or estate)."
    ),
    click.option("--tenant", metavar="ID", default="", help="Entra ID tenant."),
    click.option("--subscription", metavar="ID|NAME", default="", help="Azure subscription."),
    click.option("--auth", type=click.Choice(WAYS), default=None, help="How to sign in."),
    click.option(
        "--plan",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        default=None,
        help="Begin with this plan.",
    ),
    click.option("--read-only", is_flag=True, help="Look only: no write request can leave this machine."),
    click.option(
        "--keep-sign-in",
        is_flag=True,
        help="Keep a sign-in by device code in the system's encrypted keyring, where it has one (default: memory only).",
    ),
    click.option("--ascii", is_flag=True, help="Plain ASCII, for consoles without Unicode."),
)


def shared(command: _F) -> _F:
    """Give a command the shared options; they arrive together as ``options``."""

    @wraps(command)  # keeps the options that the command declares itself, too
    def gather(**values: Any) -> Any:
        said = {name: values.pop(name) for name in _FIELDS}
        options = Options(**{name: value for name, value in said.items() if value})
        context = click.get_current_context()
        above = context.parent.obj if context.parent is not None else None
        merged = options.over(above) if isinstance(above, Options) else options
        return command(options=merged, **values)

    decorated: Any = gather
    for option in reversed(_SHARED):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]
