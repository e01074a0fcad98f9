from __future__ import annotations

import json
from typing import Any

import pytest

from asr_tui.azure import refusal_cards
from asr_tui.azure.job_problems import problem_of_job, problem_of_status
from asr_tui.azure.problems import problem_of, service_error
from asr_tui.model.replication import Job, JobError, JobTask


def arm_error(code: str, message: str = "", **more: Any) -> str:
    return json.dumps({"error": {"code": code, "message": message, **more}})


def test_site_recovery_hides_the_cause_in_its_details() -> None:
    text = arm_error(
        "BadRequest",
        "The operation has failed.",
        details=[
            {
                "code": "InvalidChannelIntegrityKeyToken",
                "message": "The operation has failed.",
                "possibleCauses": "An internal\n  error occurred.",
                "recommendedAction": "Retry the last action.",
            }
        ],
    )
    problem = problem_of(400, text, {"x-ms-request-id": "abc"})
    assert problem.code == "InvalidChannelIntegrityKeyToken"
    assert problem.cause == "An internal error occurred."
    assert problem.remedy == "Retry the last action."
    assert problem.request_id == "abc" and problem.status == 400 and not problem.retry


def test_the_innermost_telling_code_wins() -> None:
    text = arm_error("DeploymentFailed", "outer", details=[{"code": "Conflict", "message": json.dumps({"x": 1})}])
    assert service_error(text).code == "Conflict"
    text = arm_error("QuotaExceeded", "no cores left", details=[{"code": "", "message": ""}])
    assert service_error(text).code == "QuotaExceeded"


def test_a_lacking_right_is_named_with_its_scope() -> None:
    message = (
        "The client 'x' with object id 'y' does not have authorization to perform action "
        "'Microsoft.RecoveryServices/vaults/write' over scope '/subscriptions/s/resourceGroups/rg' or the scope is invalid."
    )
    problem = problem_of(403, arm_error("AuthorizationFailed", message), {})
    assert "Microsoft.RecoveryServices/vaults/write" in problem.what
    assert "/subscriptions/s/resourceGroups/rg" in problem.what
    assert problem.remedy and problem.detail == message and not problem.retry


@pytest.mark.parametrize(
    ("status", "text", "headers", "code", "retry"),
    [
        (401, "", {}, "", True),
        (404, arm_error("ResourceNotFound", "gone"), {}, "ResourceNotFound", False),
        (409, arm_error("ScopeLocked", "locked"), {}, "ScopeLocked", False),
        (409, arm_error("MissingSubscriptionRegistration", "register"), {}, "MissingSubscriptionRegistration", False),
        (
            429,
            arm_error("SubscriptionRequestsThrottled", "slow"),
            {"Retry-After": "17"},
            "SubscriptionRequestsThrottled",
            True,
        ),
        (500, "", {}, "", True),
        (501, arm_error("NotEmulated", "No such thing here"), {}, "NotEmulated", False),
        (503, "<html>busy</html>", {}, "", True),
        (
            404,
            json.dumps({"ErrorCode": "ResourceExtendedInfoNotFound", "Message": {"Value": "none"}}),
            {},
            "ResourceExtendedInfoNotFound",
            False,
        ),
        (418, "[1]", {}, "", False),
    ],
)
def test_every_shape_of_answer_becomes_a_problem(
    status: int, text: str, headers: dict[str, str], code: str, retry: bool
) -> None:
    problem = problem_of(status, text, headers)
    assert (problem.code, problem.retry) == (code, retry)
    assert problem.what.endswith((".", "!", "?")) and problem.status == status
    if headers:
        assert "17 s" in problem.remedy


def test_text_of_azure_stays_text_and_is_not_endless() -> None:
    nasty = "[red]x[/red] \x1b[2J " + "y" * 5000
    problem = problem_of(400, arm_error("Odd", nasty), {})
    assert problem.detail.startswith("[red]x[/red] \x1b[2J") and len(problem.detail) <= 2000


def test_refusals_of_entra_id_are_explained() -> None:
    codes = [code for code in refusal_cards.codes() if code.startswith("AADSTS")]
    assert len(codes) >= 30
    for code in codes:
        card = refusal_cards.card(code)
        assert card is not None and card.means.endswith(".") and card.remedy
    text = json.dumps({"error": "invalid_grant", "error_description": "AADSTS53003: Access has been blocked."})
    problem = problem_of(400, text, {})
    assert problem.code == "AADSTS53003" and "Conditional Access" in problem.what
    assert "managed identity" in problem.remedy


@pytest.mark.parametrize(
    ("what", "codes", "words"),
    [
        ("consent", ("AADSTS65001", "AADSTS65004", "AADSTS90094"), "consent"),
        ("second factor", ("AADSTS50076", "AADSTS50079", "AADSTS50074", "AADSTS50072"), "factor"),
        ("device", ("AADSTS53000", "AADSTS53001", "AADSTS530003", "AADSTS50097", "AADSTS50129"), "device"),
        ("rule", ("AADSTS53003", "AADSTS50131"), "conditional access"),
        ("revoked", ("AADSTS50173", "AADSTS50132", "AADSTS50133", "AADSTS70043"), "sign"),
        ("expired secret", ("AADSTS7000222",), "secret"),
        ("wrong tenant", ("AADSTS90002", "AADSTS50020", "AADSTS700016", "AADSTS50059"), "tenant"),
        ("clock", ("AADSTS700024", "AADSTS50013"), "clock"),
        ("rights", ("AuthorizationFailed", "LinkedAuthorizationFailed"), "right"),
        ("locks and policies", ("ScopeLocked", "RequestDisallowedByPolicy"), ""),
        (
            "the subscription",
            ("SubscriptionNotFound", "ReadOnlyDisabledSubscription", "InvalidAuthenticationTokenTenant"),
            "",
        ),
    ],
)
def test_what_engineers_meet_has_a_card(what: str, codes: tuple[str, ...], words: str) -> None:
    for code in codes:
        card = refusal_cards.card(code)
        assert card is not None, (what, code)
        assert words in f"{card.means} {card.instead} {card.ask}".lower(), (what, code, card)
        assert len(card.means) > 15 and card.remedy.endswith((".", "?"))


def job(*errors: JobError, actions: tuple[str, ...] = ()) -> Job:
    return Job(
        id="/job",
        name="job",
        scenario="EnableDr",
        title="Enable replication",
        state="Failed",
        target_name="web-01",
        tasks=(JobTask(task_id="T1", name="T", title="Installing Mobility Service", state="Failed"),),
        errors=errors,
        allowed_actions=actions,
    )


def test_the_error_that_says_something_comes_first() -> None:
    problem = problem_of_job(
        job(
            JobError(code="150253", message="Protection couldnt be enabled."),
            JobError(code="99", message="by the way", level="Info"),
            JobError(
                code="151192",
                message="\n  No connection.\nMore.",
                causes="The\nNSG.",
                action="Open it.",
                task_id="T1",
                activity_id="act",
            ),
            actions=("Restart",),
        )
    )
    assert (problem.code, problem.what) == ("151192", "No connection.")
    assert (problem.cause, problem.remedy, problem.where) == ("The NSG.", "Open it.", "Installing Mobility Service")
    assert problem.retry and problem.request_id == "act"
    assert "150253 Protection couldnt be enabled." in problem.detail


def test_the_providers_inner_message_is_nearer_to_the_cause() -> None:
    problem = problem_of_job(
        job(JobError(code="539", message="Failed.", provider_code="28031", provider_message="No quota left."))
    )
    assert (problem.code, problem.what) == ("28031", "No quota left.")


def test_a_job_without_errors_still_says_how_it_ended() -> None:
    problem = problem_of_job(job())
    assert "web-01" in problem.what and "Failed" in problem.what and problem.retry


def test_a_status_document_tells_its_short_text() -> None:
    failed = {
        "status": "Failed",
        "error": {"code": "150253", "message": "Protection couldnt be enabled.", "details": None},
    }
    assert problem_of_status(failed).code == "150253"
    assert problem_of_status({"status": "Failed", "error": None}).what
    assert problem_of_status({"status": "Canceled", "error": None}).code == "Canceled"
