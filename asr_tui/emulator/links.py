"""Resource links: Site Recovery leaves one on a VM that it could not clean up after, and a stale one bars the next protection."""

from __future__ import annotations

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.registry import Versions, operation

LINK = "Microsoft.Resources/links"
_VERSIONS = Versions("2015-11-01", "2016-09-01", ("2016-09-01",))


@operation(
    "GET",
    f"/subscriptions/{{sub}}/providers/{LINK}",
    versions=_VERSIONS,
    action="Microsoft.Resources/links/read",
    evidence="documentation",
)
def list_links(call: Call) -> Reply:
    """Every link of a subscription."""
    return call.page([one.body for one in call.store.by_type(LINK, call.now, call.subscription)])


@operation(
    "DELETE",
    f"/{{*scope}}/providers/{LINK}/{{link}}",
    versions=_VERSIONS,
    action="Microsoft.Resources/links/delete",
    evidence="documentation",
)
def delete_link(call: Call) -> Reply:
    """Remove a link: 200, or 204 when there is none."""
    found = call.store.get(call.path, call.now)
    if found is None or found.type != LINK:
        return Reply(204)
    call.store.forget(found.id)
    return Reply(200)
