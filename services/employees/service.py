"""Wires employees: which handler answers which method, and what is done on its day."""

from __future__ import annotations

from collections.abc import Mapping

from libs.kit.app import Service
from libs.kit.deadlines import Long
from libs.kit.rpc.edge import Handler
from services.employees import (
    contracts,
    erasure,
    hiring,
    import_steps,
    imports,
    lifecycle,
    listing,
    organization,
    people,
    placing,
    posts,
    restating,
    sign_in,
    timeline,
    unit_records,
)

METHODS: Mapping[str, Handler] = {
    "PeopleService.GetEmployee": people.get,
    "PeopleService.ListEmployees": listing.list_employees,
    "PeopleService.ListNameCards": people.name_cards,
    "PeopleService.RevealPersonalData": people.reveal,
    "PeopleService.CorrectEmployee": people.correct,
    "PeopleService.GetTimeline": timeline.get,
    "PeopleService.ListSignInProfiles": sign_in.profiles,
    "PeopleService.EraseEmployee": erasure.erase,
    "LifecycleService.HireEmployee": hiring.hire,
    "LifecycleService.ConfirmEmployee": lifecycle.confirm,
    "LifecycleService.TransferEmployee": lifecycle.transfer,
    "LifecycleService.ChangeManager": lifecycle.change_manager,
    "LifecycleService.AddDottedLine": lifecycle.add_dotted_line,
    "LifecycleService.EndDottedLine": lifecycle.end_dotted_line,
    "LifecycleService.EndEmployment": lifecycle.end_employment,
    "ContractService.ListContracts": contracts.list_contracts,
    "ContractService.SignContract": contracts.sign,
    "ContractService.RevealPay": contracts.reveal_pay,
    "OrganizationService.ListUnits": organization.list_units,
    "OrganizationService.GetUnit": organization.get_unit,
    "OrganizationService.OpenUnit": organization.open_unit,
    "OrganizationService.ChangeUnit": organization.change_unit,
    "OrganizationService.CloseUnit": organization.close_unit,
    "OrganizationService.ListPosts": posts.list_posts,
    "OrganizationService.GetPost": posts.get_post,
    "OrganizationService.OpenPost": posts.open_post,
    "OrganizationService.ChangePost": posts.change_post,
    "OrganizationService.ClosePost": posts.close_post,
    "ImportService.CreateImport": imports.create,
    "ImportService.UploadPart": imports.upload_part,
    "ImportService.GetImport": imports.get,
    "ImportService.ListImports": imports.list_imports,
    "ImportService.StartDryRun": imports.start_dry_run,
    "ImportService.ListImportProblems": imports.list_problems,
    "ImportService.ApplyImport": imports.apply,
    "ImportService.CancelImport": imports.cancel,
}

service = Service(
    name="employees",
    methods=METHODS,
    deadlines={
        placing.DUE: placing.turn_day,
        placing.UNSAID: placing.say_last_days,
        unit_records.DUE: unit_records.turn_day,
        imports.EXPIRY: imports.expire,
        import_steps.KIND: Long(import_steps.run),
    },
    prepare=import_steps.prepare,
    # It writes its own copy, in the transaction of the change itself.
    follows_directory=False,
    restates=restating.RESTATES,
    after_restore=restating.after_restore,
)
