"""What a face may ask for. Each intent is small, validated by the worker, and answered at once with acceptance or with
problems; what follows from it shows in the view."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Interval, MaxLen

from asr_tui.model.part import Part, Strict
from asr_tui.model.plan import DrillTargets, PolicyChoice, RecoveryPointKind, TargetDefaults, VmOverride
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step


class SignIn(Strict):
    """``way``: device-code, cli, managed-identity, environment, workload-identity."""

    kind: Literal["sign-in"] = "sign-in"
    way: str
    tenant: str = ""


class KeepSignIn(Strict):
    """Keep sign-ins by device code in the system's encrypted store from the next one on, or forget what is kept."""

    kind: Literal["keep-sign-in"] = "keep-sign-in"
    keep: bool


class SignOut(Strict):
    kind: Literal["sign-out"] = "sign-out"


class ChooseSubscription(Strict):
    kind: Literal["choose-subscription"] = "choose-subscription"
    subscription_id: str


class ReadEstate(Strict):
    """Read the estate anew (also done by itself once a subscription is chosen)."""

    kind: Literal["read-estate"] = "read-estate"


class ChooseRegions(Strict):
    kind: Literal["choose-regions"] = "choose-regions"
    source: str
    target: str


class RunChecks(Strict):
    """All checks, or one by id. ``reread`` reads the estate anew first: all of it, or only what the check ``check_id``
    (and ``others``) depends on; then every check looks at the new snapshot."""

    kind: Literal["run-checks"] = "run-checks"
    check_id: str = ""
    reread: bool = False
    others: tuple[str, ...] = ()


class AcceptFinding(Strict):
    """Keep a finding visible as accepted, and with it others of the same cause; an empty reason takes that back."""

    kind: Literal["accept-finding"] = "accept-finding"
    key: str
    reason: str
    others: tuple[str, ...] = ()


class ProbeGuests(Strict):
    """Run the read-only script that the view shows in these VMs (the selected ones where none is named)."""

    kind: Literal["probe-guests"] = "probe-guests"
    vm_ids: tuple[str, ...] = ()


class Attest(Strict):
    """Confirm by one's word what the findings of these keys could not tell of their VMs, or take that back."""

    kind: Literal["attest"] = "attest"
    keys: tuple[str, ...]
    withdraw: bool = False


class NameKernelLists(Strict):
    """Where the published lists of supported kernels are: the whole path of a folder on this machine, or an https address,
    which is a host beside Azure's that the worker then asks. Empty: nowhere, the documented series decide."""

    kind: Literal["name-kernel-lists"] = "name-kernel-lists"
    place: Annotated[str, MaxLen(1000)] = ""


class AskEffectiveRules(Strict):
    """Have Azure work out the security rules in front of a VM's primary interface, as a second opinion (it must run)."""

    kind: Literal["ask-effective-rules"] = "ask-effective-rules"
    vm_id: str


class SelectVms(Strict):
    """Replaces the selection. Unknown or ineligible ids are refused and nothing changes."""

    kind: Literal["select-vms"] = "select-vms"
    vm_ids: tuple[str, ...]


class MapNetwork(Strict):
    """``target_id`` of an existing network, or ``create_name`` (with ``address_space``, empty = same as the source)."""

    kind: Literal["map-network"] = "map-network"
    source_network_id: str
    target_id: str = ""
    create_name: str = ""
    create_group: str = ""
    address_space: tuple[str, ...] = ()


class ChooseSubnet(Strict):
    """An empty ``target_subnet`` goes back to the service's rule."""

    kind: Literal["choose-subnet"] = "choose-subnet"
    source_network_id: str
    source_subnet: str
    target_subnet: str


class ChooseVault(Strict):
    """An existing vault by ``vault_id``, or a new one by name, group and region."""

    kind: Literal["choose-vault"] = "choose-vault"
    vault_id: str = ""
    name: str = ""
    resource_group: str = ""
    region: str = ""


class SetPolicy(Strict):
    kind: Literal["set-policy"] = "set-policy"
    policy: PolicyChoice


class SetDefaults(Strict):
    kind: Literal["set-defaults"] = "set-defaults"
    defaults: TargetDefaults


class SetOverride(Strict):
    kind: Literal["set-override"] = "set-override"
    vm_id: str
    override: VmOverride


class TakeFixes(Strict):
    """The changes, by key, that findings offered and that the next review is to hold. Replaces those taken before."""

    kind: Literal["take-fixes"] = "take-fixes"
    keys: tuple[str, ...]


class LoadPlan(Strict):
    """Take the plan of another file (an absolute path on this machine) in place of the present one."""

    kind: Literal["load-plan"] = "load-plan"
    path: str


class PrepareReview(Strict):
    """Compute the changes of a step (vault or replication) and put them under review. Writes nothing."""

    kind: Literal["prepare-review"] = "prepare-review"
    step: Step


class ConfirmReview(Strict):
    """Carry out what is under review. Refused unless ``digest`` is the one shown."""

    kind: Literal["confirm-review"] = "confirm-review"
    digest: str


class DismissReview(Strict):
    kind: Literal["dismiss-review"] = "dismiss-review"


class ExportReview(Strict):
    """Write what is under review to files beside the session: JSON, and a script for the az CLI. Writes nothing to Azure."""

    kind: Literal["export-review"] = "export-review"


class ControlRun(Strict):
    """``action``: pause, resume, cancel (what runs in Azure goes on), retry-failed."""

    kind: Literal["control-run"] = "control-run"
    action: Literal["pause", "resume", "cancel", "retry-failed"]
    key: str = ""


class SetConcurrency(Strict):
    """How many VMs are enabled at a time."""

    kind: Literal["set-concurrency"] = "set-concurrency"
    limit: Annotated[int, Interval(ge=1, le=1000)]


class PrepareDrill(Strict):
    """Choose the drill; the view then shows the points, the networks and who is refused and why. Writes nothing.

    ``custom_points`` and ``waves`` are keyed by VM id. ``dependencies``: question to answer. ``scripts``: absolute paths of
    the engineer's own check by operating system (linux, windows); the view shows them before they run.
    """

    kind: Literal["prepare-drill"] = "prepare-drill"
    vm_ids: tuple[str, ...] = ()
    recovery_point: RecoveryPointKind = RecoveryPointKind.LATEST_PROCESSED
    custom_points: dict[str, str] = field(default_factory=dict)
    network_id: str = ""
    create_network: bool = True
    waves: dict[str, Annotated[int, Interval(ge=0, le=100)]] = field(default_factory=dict)
    targets: DrillTargets = DrillTargets()
    dependencies: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)


class StartDrill(Strict):
    """``typed_network_name`` must equal the network's name where that network is not isolated; ``digest`` is that of the
    networks to be made, as the view showed them (it is asked for where there are any)."""

    kind: Literal["start-drill"] = "start-drill"
    digest: str = ""
    typed_network_name: str = ""


class RecordVerdict(Strict):
    """The engineer's own verdict on a test VM (``vm_id`` of the source VM)."""

    kind: Literal["record-verdict"] = "record-verdict"
    vm_id: str
    verdict: Literal["passed", "failed"]
    note: str = ""


class CleanUpDrill(Strict):
    """Notes go to the service as comments: at most 1024 characters."""

    kind: Literal["clean-up-drill"] = "clean-up-drill"
    notes: Annotated[str, MaxLen(1024)] = ""


class DismissProblem(Strict):
    kind: Literal["dismiss-problem"] = "dismiss-problem"
    index: int


class TakePen(Strict):
    """Become the one who writes; the former holder sees who took it."""

    kind: Literal["take-pen"] = "take-pen"


class Stop(Strict):
    """End the worker. What runs in Azure goes on there."""

    kind: Literal["stop"] = "stop"


Intent = (
    SignIn
    | KeepSignIn
    | SignOut
    | ChooseSubscription
    | ReadEstate
    | ChooseRegions
    | RunChecks
    | AcceptFinding
    | ProbeGuests
    | Attest
    | NameKernelLists
    | AskEffectiveRules
    | SelectVms
    | MapNetwork
    | ChooseSubnet
    | ChooseVault
    | SetPolicy
    | SetDefaults
    | SetOverride
    | TakeFixes
    | LoadPlan
    | PrepareReview
    | ConfirmReview
    | DismissReview
    | ExportReview
    | ControlRun
    | SetConcurrency
    | PrepareDrill
    | StartDrill
    | RecordVerdict
    | CleanUpDrill
    | DismissProblem
    | TakePen
    | Stop
)


class Answer(Part):
    """Accepted when there are no problems."""

    problems: tuple[Problem, ...] = ()

    @property
    def accepted(self) -> bool:
        return not self.problems
