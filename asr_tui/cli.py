"""The command line. Nothing heavy is imported before a command needs it: ``--help`` and ``--version`` stay instant.

stdout is data, stderr is narration. No bad input ends in a traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from asr_tui import __version__
from asr_tui.console import THEME_NAMES
from asr_tui.console import Options as Looks
from asr_tui.model.step import Step
from asr_tui.options import Accepted, Options, shared

INTERRUPTED = 130

_EPILOG = """\b
Exit codes: 0 done, 1 a step failed (check: blockers; drill: not passed), 2 usage, 3 check: something could not be evaluated,
130 interrupted. State lives in the user's state directory (ASR_TUI_STATE_DIR overrides it)."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code. Says what went wrong in one sentence on stderr."""
    try:
        result = cli.main(list(arguments), prog_name="asr-tui", standalone_mode=False)
        sys.stdout.flush()
        return int(result or 0)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say(
            "Interrupted. What runs in Azure goes on, and so does the worker: `asr-tui watch` follows it, `asr-tui stop` ends it."
        )
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left; Python must not stumble over it again while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001  a defect of ours: a report for us, one sentence for the engineer
        from asr_tui.crash import crash_sentence

        _say(crash_sentence(error))
        return 1


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=_EPILOG,
)
@shared
@click.option("--plain", is_flag=True, help="Questions and answers line by line (also: ACCESSIBLE=1, TERM=dumb).")
@click.option("--theme", type=click.Choice(THEME_NAMES), default=None, help="Colours of the screens (default: calm).")
@click.option("--mouse", is_flag=True, help="Let the screens have the mouse (off: the terminal can select text).")
@click.option(
    "--no-animation", is_flag=True, help="Nothing moves, even if TEXTUAL_ANIMATIONS is set (default: nothing does)."
)
@click.option("--stock-driver", is_flag=True, help="Draw with Textual's own driver, which sends more bytes.")
@click.option("--show-bytes", is_flag=True, help="Show how many bytes go over the line.")
@click.version_option(__version__, "-V", "--version", prog_name="asr-tui", message="%(prog)s %(version)s")
@click.pass_context
def cli(
    context: click.Context,
    options: Options,
    plain: bool,
    theme: str | None,
    mouse: bool,
    no_animation: bool,
    stock_driver: bool,
    show_bytes: bool,
) -> int:
    """Azure Site Recovery, Azure to Azure, in six steps: architecture, prerequisites, networking, vault, replication, test failover.

    Without a command: the wizard. `asr-tui --practice` rehearses it all on this machine, without an Azure account.
    """
    context.obj = options
    if context.invoked_subcommand is not None:
        return 0
    from asr_tui import opening

    looks = Looks(theme or "", options.ascii or None, mouse, no_animation, stock_driver, show_bytes)
    return opening.wizard(options.checked(), looks, plain)


@cli.command()
@shared
@click.option("--yes", is_flag=True, help="Unattended: take the defaults and confirm the listed changes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (NDJSON) on stdout.")
@click.option("--until", type=click.Choice([step.value for step in Step]), default=None, help="Stop after this step.")
@click.option("--source", "source_region", metavar="REGION", default="", help="Source region (default: most VMs).")
@click.option("--target", "target_region", metavar="REGION", default="", help="Target region (default: the pair).")
def walkthrough(
    options: Options, yes: bool, as_json: bool, until: str | None, source_region: str, target_region: str
) -> int:
    """All six steps in plain lines."""
    from asr_tui import commands

    checked = options.checked()
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise click.UsageError("The unattended walkthrough creates resources; confirm that with --yes.")
        return commands.line_by_line(checked)
    return commands.walkthrough(checked, as_json, Step(until) if until else None, source_region, target_region)


@cli.command()
@shared
@click.option("--format", "form", type=click.Choice(["table", "json", "junit"]), default="table", show_default=True)
@click.option("--source", "source_region", metavar="REGION", default="", help="Source region (default: most VMs).")
@click.option("--target", "target_region", metavar="REGION", default="", help="Target region (default: the pair).")
@click.option(
    "--role",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True),
    default="",
    help="Write a custom role with the actions that the account lacks to FILE, and say whom to ask for what.",
)
@click.option(
    "--kernels",
    metavar="FOLDER|URL",
    default=None,
    help="Published lists of supported kernels; an https address is one more host that is asked.",
)
@click.option("--probe", is_flag=True, help="Look into the running guests with a read-only script (shown first).")
@click.option(
    "--opinion", "opinions", metavar="VM", multiple=True, help="Azure's own security rules for a VM; repeat it."
)
@click.option(
    "--accept",
    metavar="ID=REASON",
    multiple=True,
    type=Accepted(),
    help="Accept the findings of a check, or one by its key; repeat it. An empty reason takes it back.",
)
@click.option("--attest", metavar="ID", multiple=True, help="Confirm by your word what a check cannot see; repeat it.")
@click.option("--fix", metavar="ID|all", multiple=True, help="Put repairs into the plan, to be reviewed; repeat it.")
def check(options: Options, form: str, source_region: str, target_region: str, role: str, **evidence: Any) -> int:
    """Prerequisites and networking only; writes nothing to Azure.

    Exit code 0: no blocker, 1: blockers, 3: something could not be evaluated. What is accepted, attested or to be repaired is
    kept in the plan.
    """
    from asr_tui import commands

    return commands.check(options.checked(), form, source_region, target_region, role, evidence)


@cli.command()
@shared
@click.option("--format", "form", type=click.Choice(["json", "az"]), default="json", show_default=True)
@click.option("--source", "source_region", metavar="REGION", default="", help="Source region (default: most VMs).")
@click.option("--target", "target_region", metavar="REGION", default="", help="Target region (default: the pair).")
def changes(options: Options, form: str, source_region: str, target_region: str) -> int:
    """What would be written to Azure, as JSON or as a script for the az CLI; writes nothing to Azure.

    Exit code 0: the list can be carried out, 1: it cannot, or could not be made.
    """
    from asr_tui import commands

    return commands.changes(options.checked(), form, source_region, target_region)


@cli.command()
@shared
@click.option("--vm", "vms", metavar="NAME", multiple=True, help="A VM to test; repeat it (default: all protected).")
@click.option(
    "--recovery-point",
    type=click.Choice(["latest", "latest-processed", "latest-app-consistent"]),
    default=None,
    help="Which recovery point (default: the plan's, or latest-processed).",
)
@click.option("--network", metavar="NAME|new", default="", help="The test network, or new for an isolated one.")
@click.option(
    "--confirm-network",
    "confirmed_network",
    metavar="NAME",
    default="",
    help="The name once more of a network that is not isolated.",
)
@click.option("--cleanup", is_flag=True, help="Delete the test VMs afterwards and prove that nothing is left.")
@click.option(
    "--report", metavar="DIR", type=click.Path(file_okay=False), default="", help="Put the report there, too."
)
@click.option("--yes", is_flag=True, help="Confirm: test VMs are made, and cost money while they run.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (NDJSON) on stdout.")
def drill(options: Options, yes: bool, as_json: bool, **wishes: Any) -> int:
    """A test failover of protected VMs, unattended, with a report.

    Exit code 0 only if every VM passed its checks and the cleanup is proven. A drill that is under way is gone on with.
    """
    from asr_tui import commands

    checked = options.checked()
    if not checked.plan and not checked.practice and not checked.session:
        raise click.UsageError("Say what to drill: --plan FILE, --session NAME or --practice.")
    if not yes:
        raise click.UsageError("The drill makes test VMs; confirm that with --yes.")
    return commands.drill(checked, as_json, wishes)


@cli.command()
@shared
@click.argument("drill")
@click.option(
    "--dir", "directory", metavar="DIR", type=click.Path(file_okay=False), default="", help="Where to put it."
)
@click.option("--redacted", is_flag=True, help="Without ids, operator, addresses, notes and outputs.")
def report(options: Options, drill: str, directory: str, redacted: bool) -> int:
    """Make the report of a DRILL again: JSON, HTML and Markdown.

    DRILL is its id, the name or path of its JSON file, or latest. The paths of the files are printed.
    """
    from asr_tui import commands

    return commands.report(options, drill, directory, redacted)


@cli.command()
@shared
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (NDJSON) on stdout.")
@click.option("--until-idle", is_flag=True, help="Leave when nothing runs any more.")
def watch(options: Options, as_json: bool, until_idle: bool) -> int:
    """Attach to a session and follow it; changes nothing."""
    from asr_tui import commands

    return commands.watch(options, as_json, until_idle)


@cli.command()
@shared
@click.option("--all", "everything", is_flag=True, help="Every session of this user.")
def stop(options: Options, everything: bool) -> int:
    """End a session's worker (and its practice cloud). What runs in Azure goes on."""
    from asr_tui import commands

    return commands.stop(options, everything)


@cli.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def emulator(arguments: tuple[str, ...]) -> int:
    """The practice cloud by itself, for any ARM client."""
    from asr_tui import commands

    return commands.emulator(arguments)


@cli.command()
@click.argument("code")
def explain(code: str) -> int:
    """What an error code of Site Recovery, Entra ID or ARM means, and what to do about it."""
    from asr_tui import commands

    return commands.explain(code)


@cli.command()
@shared
def doctor(options: Options) -> int:
    """What works here and what does not: terminal, Python, proxy, clock, sign-in."""
    from asr_tui import commands

    return commands.doctor(options.checked())


@cli.command("support-bundle")
@shared
@click.option(
    "--output",
    "folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    default=".",
    help="Where to write it (default: here).",
)
def support_bundle(options: Options, folder: Path) -> int:
    """A redacted archive of a session's log, journal and plan, to attach to an issue. Its path is printed."""
    from asr_tui import commands

    return commands.support_bundle(options, folder)
