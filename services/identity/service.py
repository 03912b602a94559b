"""The wiring of identity: what answers which method, what follows which event, what happens when."""

from __future__ import annotations

from datetime import datetime

import structlog

from libs.kit.app import Runtime, Service
from libs.kit.call import Call
from mainstay.employees.v1 import events_pb2
from mainstay.identity.v1 import events_pb2 as identity_events
from services.identity import (
    accounts,
    catalogue,
    explain,
    feed,
    grants,
    issuer_queue,
    issuer_status,
    issuer_watch,
    issuer_worker,
    keys,
    ledger,
    passports,
    placement,
    releases,
    requests,
    restating,
    sign_in,
    subscribers,
    systems,
)
from services.identity.issuer import Issuer
from services.identity.keycloak_directory import KeycloakDirectory
from services.identity.settings import IdentitySettings

log = structlog.get_logger()


async def _prepare(runtime: Runtime) -> None:
    """Everything a first passport needs. Identity reads passports like any other service, with its own keys."""
    signer = keys.Signer()
    await keys.refresh(runtime.house, signer)
    runtime.passports.replace_keys(signer.jwks)
    runtime.house.add(signer)
    runtime.house.add(systems.ProvenSecrets())
    if isinstance(runtime.settings, IdentitySettings) and runtime.settings.keycloak_url:
        runtime.house.add(Issuer(KeycloakDirectory(runtime.settings), runtime.settings))
    raised = await releases.follow(runtime.house)
    if raised:
        log.info("roles changed with this release", accounts=raised)


async def _after_restore(call: Call, taken_at: datetime) -> None:
    await restating.after_restore(call)
    # The issuer may hold people of after the backup, and what became of those of before it. Whoever has signed in
    # since it came back stays.
    await issuer_queue.forget_entries(call, taken_at)


service = Service(
    name="identity",
    methods={
        "AccountService.GetMe": accounts.get_me,
        "AccountService.SetMyLanguage": accounts.set_my_language,
        "AccountService.ListAccounts": accounts.list_,
        "AccountService.GetAccount": sign_in.get,
        "AccountService.SuspendAccount": accounts.suspend,
        "AccountService.ReinstateAccount": accounts.reinstate,
        "AccountService.IssueFirstPassword": sign_in.issue_first_password,
        "AccountService.CreateServiceAccount": systems.create,
        "AccountService.RotateServiceAccountSecret": systems.rotate,
        "GrantService.CreateGrant": grants.create,
        "GrantService.RevokeGrant": grants.revoke,
        "GrantService.GetGrant": grants.get,
        "GrantService.ListGrants": grants.list_,
        "GrantService.DescribeAccess": grants.describe,
        "GrantService.ListRoles": catalogue.list_roles,
        "GrantService.ListPermissions": catalogue.list_permissions,
        "AccessRequestService.ExplainAccess": explain.explain,
        "AccessRequestService.RequestAccess": requests.ask,
        "AccessRequestService.ListAccessRequests": requests.list_,
        "AccessRequestService.DecideAccessRequest": requests.decide,
        "PassportService.IssuePassport": passports.issue,
        "PassportService.GetPassportKeys": keys.get_keys,
    },
    events={
        events_pb2.EmployeeHired: placement.hired,
        events_pb2.EmployeeCorrected: placement.corrected,
        events_pb2.PersonPlaced: placement.placed,
        events_pb2.EmployeeErased: placement.erased,
    },
    deadlines={
        ledger.STARTS: ledger.start_at_its_time,
        ledger.ENDS: ledger.end_at_its_time,
        requests.LAPSES: requests.lapse,
    },
    settings=IdentitySettings,
    prepare=_prepare,
    background=(
        feed.keep_beating,
        keys.keep_fresh,
        subscribers.keep_told,
        issuer_worker.keep_in_step,
        issuer_watch.keep_watching,
    ),
    status={"issuer_accounts": issuer_status.waiting},
    restates=restating.RESTATES,
    after_restore=_after_restore,
    # A revocation is on the feed before it is confirmed to whoever asked for it.
    publishes_before_answering=True,
    gives_rights=(identity_events.GrantGiven,),
)
