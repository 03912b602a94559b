"""What every sign-in issuer behind the port does: one class of tests for the one in memory and for Keycloak.

Modules give the fixtures `directory`, the port, and `console`, somebody else who manages the issuer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from services.identity.issuer import EntryMissing, EntryShut, IssuerDirectory, NameTaken, PasswordRefused, Profile, Told
from services.identity.register import PERSON, SYSTEM

PASSWORD = "Kvtm-2847-pqhx-WN3e"


def somebody(**given: Any) -> Told:
    tag = uuid4().hex[:10].upper()
    profile = Profile("王", "小明", f"{tag}@hengyuan.example")
    made = Told(kind=PERSON, account_id=str(uuid4()), username=f"E{tag}", let_in=True, profile=profile)
    return replace(made, **given)


def system(**given: Any) -> Told:
    name = f"payroll-{uuid4().hex[:8]}"
    made = Told(SYSTEM, str(uuid4()), name, let_in=True, secret=uuid4().hex, scopes=("mainstay-api",))
    return replace(made, **given)


class IssuerConformance:
    async def test_a_new_person_is_found_by_account_and_by_name(self, directory: IssuerDirectory, console: Any) -> None:
        told = somebody()
        entry_id = await directory.create(told)
        entry = await directory.entry(PERSON, entry_id)
        assert entry is not None
        assert (entry.username, entry.account_id, entry.employee_number, entry.let_in) == (
            told.username.lower(),
            told.account_id,
            told.username,
            True,
        )
        assert await directory.find(PERSON, told.account_id, "E-nobody") == entry
        assert await directory.find(PERSON, str(uuid4()), told.username) == entry
        assert await directory.find(PERSON, str(uuid4()), "E-nobody") is None
        seen = await console.look(PERSON, entry_id)
        assert (seen["family_name"], seen["given_name"]) == ("王", "小明")
        assert told.profile is not None
        assert seen["mail"] == told.profile.work_mail.lower()

    async def test_a_name_is_taken_whatever_its_case(self, directory: IssuerDirectory) -> None:
        told = somebody()
        await directory.create(told)
        with pytest.raises(NameTaken):
            await directory.create(somebody(username=told.username.lower()))

    async def test_of_two_who_create_at_once_one_is_told_that_the_name_is_taken(
        self, directory: IssuerDirectory
    ) -> None:
        told = somebody()
        made = await asyncio.gather(*(directory.create(told) for _ in range(4)), return_exceptions=True)
        assert sorted(type(one).__name__ for one in made) == ["NameTaken", "NameTaken", "NameTaken", "str"]

    async def test_names_mail_and_number_follow(self, directory: IssuerDirectory, console: Any) -> None:
        told = somebody()
        entry_id = await directory.create(told)
        number = somebody().username
        await directory.change(entry_id, replace(told, username=number, profile=Profile("欧阳", "晓", "")))
        entry = await directory.entry(PERSON, entry_id)
        assert entry is not None
        assert (entry.username, entry.employee_number) == (number.lower(), number)
        seen = await console.look(PERSON, entry_id)
        assert (seen["family_name"], seen["given_name"], seen["mail"]) == ("欧阳", "晓", "")

    async def test_without_a_profile_the_names_stay(self, directory: IssuerDirectory, console: Any) -> None:
        told = somebody()
        entry_id = await directory.create(told)
        await directory.change(entry_id, replace(told, let_in=False, profile=None))
        assert (await console.look(PERSON, entry_id))["family_name"] == "王"

    async def test_somebody_shut_out_cannot_go_on(self, directory: IssuerDirectory, console: Any) -> None:
        told = somebody()
        entry_id = await directory.create(told)
        await directory.set_password(entry_id, PASSWORD, temporary=False)
        session = await console.sign_in(entry_id, PASSWORD)
        assert session is not None
        assert await console.goes_on(session)
        await directory.change(entry_id, replace(told, let_in=False, profile=None))
        await directory.end_sessions(PERSON, entry_id)
        assert not await console.goes_on(session)
        assert await console.sign_in(entry_id, PASSWORD) is None
        await directory.change(entry_id, told)
        assert not await console.goes_on(session)
        assert await console.sign_in(entry_id, PASSWORD) is not None

    async def test_sessions_of_before_a_moment_end_and_later_ones_go_on(
        self, directory: IssuerDirectory, console: Any
    ) -> None:
        entry_id = await directory.create(somebody())
        await directory.set_password(entry_id, PASSWORD, temporary=False)
        former = [await console.sign_in(entry_id, PASSWORD) for _ in range(2)]
        moment = datetime.now(UTC)
        # Sessions begin at whole seconds.
        await asyncio.sleep(1.1)
        later = await console.sign_in(entry_id, PASSWORD)
        for _ in range(2):
            await directory.end_sessions(PERSON, entry_id, moment)
        assert [await console.goes_on(one) for one in former] == [False, False]
        # Asked once: going on uses its token up.
        assert await console.goes_on(later)

    @pytest.mark.parametrize("made", [somebody, system])
    async def test_whom_somebody_shut_out_is_let_in_only_when_that_is_meant(
        self, directory: IssuerDirectory, console: Any, made: Callable[[], Told]
    ) -> None:
        told = made()
        entry_id = await directory.create(told)
        await directory.change(entry_id, replace(told, username=f"{told.username}-2", secret="other"), keep_shut=True)
        entry = await directory.entry(told.kind, entry_id)
        assert entry is not None
        assert entry.let_in, "what was not to change did not"
        await console.shut(told.kind, entry_id)
        with pytest.raises(EntryShut):
            await directory.change(entry_id, told, keep_shut=True)
        entry = await directory.entry(told.kind, entry_id)
        assert entry is not None
        assert not entry.let_in
        await directory.change(entry_id, told)
        entry = await directory.entry(told.kind, entry_id)
        assert entry is not None
        assert entry.let_in

    async def test_a_temporary_password_does_not_let_in_by_itself(
        self, directory: IssuerDirectory, console: Any
    ) -> None:
        entry_id = await directory.create(somebody())
        await directory.set_password(entry_id, PASSWORD, temporary=True)
        assert await console.sign_in(entry_id, PASSWORD) is None
        await directory.set_password(entry_id, PASSWORD + "x", temporary=False)
        assert await console.sign_in(entry_id, PASSWORD + "x") is not None

    async def test_a_password_against_the_policy_is_refused(self, directory: IssuerDirectory) -> None:
        entry_id = await directory.create(somebody())
        with pytest.raises(PasswordRefused):
            await directory.set_password(entry_id, "short", temporary=True)

    async def test_somebody_without_second_factors_loses_none(self, directory: IssuerDirectory) -> None:
        entry_id = await directory.create(somebody())
        await directory.set_password(entry_id, PASSWORD, temporary=False)
        assert await directory.remove_second_factors(entry_id) == 0

    async def test_what_is_removed_is_missing(self, directory: IssuerDirectory) -> None:
        told = somebody()
        entry_id = await directory.create(told)
        await directory.remove(PERSON, entry_id)
        await directory.remove(PERSON, entry_id)
        assert await directory.entry(PERSON, entry_id) is None
        for asked in (
            directory.change(entry_id, told),
            directory.end_sessions(PERSON, entry_id),
            directory.set_password(entry_id, PASSWORD, temporary=True),
        ):
            with pytest.raises(EntryMissing):
                await asked

    async def test_a_client_may_be_taken_over_only_where_the_realm_says_so(
        self, directory: IssuerDirectory, console: Any
    ) -> None:
        for declared in (True, False):
            name = system().username
            entry_id, _ = await console.add_client(name, integration=declared)
            entry = await directory.find(SYSTEM, "", name)
            assert entry is not None
            assert (entry.entry_id, entry.account_id, entry.free_to_take) == (entry_id, "", declared)
        person = somebody().username
        await console.add_person(person)
        found = await directory.find(PERSON, str(uuid4()), person)
        assert found is not None
        assert found.free_to_take

    async def test_identitys_own_client_is_never_written(self, directory: IssuerDirectory, console: Any) -> None:
        own = await console.identitys_client()
        before = await console.whole(SYSTEM, own)
        entry = await directory.entry(SYSTEM, own)
        assert entry is not None
        assert not entry.free_to_take
        told = system(username=entry.username)
        for asked in (
            directory.create(told),
            directory.change(own, told),
            directory.end_sessions(SYSTEM, own),
            directory.remove(SYSTEM, own),
        ):
            with pytest.raises(NameTaken):
                await asked
        assert await console.whole(SYSTEM, own) == before

    async def test_a_clients_own_user_is_nobodys(self, directory: IssuerDirectory, console: Any) -> None:
        name = system().username
        _, user = await console.add_client(name)
        before = await console.whole(PERSON, user)
        entry = await directory.entry(PERSON, user)
        assert entry is not None
        assert not entry.free_to_take
        told = somebody(username=f"Service-Account-{name}")
        for asked in (
            directory.create(told),
            directory.change(user, told),
            directory.change(user, somebody()),
            directory.disarm(user),
            directory.end_sessions(PERSON, user),
            directory.remove(PERSON, user),
        ):
            with pytest.raises(NameTaken):
                await asked
        assert await console.whole(PERSON, user) == before

    async def test_nobody_is_given_the_name_of_a_clients_user_to_come(self, directory: IssuerDirectory) -> None:
        name = f"service-account-{system().username}"
        entry_id = await directory.create(told := somebody())
        for asked in (
            directory.create(somebody(username=name)),
            directory.change(entry_id, replace(told, username=name)),
        ):
            with pytest.raises(NameTaken):
                await asked
        assert await directory.find(PERSON, str(uuid4()), name) is None

    async def test_whoever_is_disarmed_can_neither_go_on_nor_sign_in(
        self, directory: IssuerDirectory, console: Any
    ) -> None:
        entry_id = await console.add_person(somebody().username)
        await directory.set_password(entry_id, PASSWORD, temporary=False)
        session = await console.sign_in(entry_id, PASSWORD)
        assert await console.goes_on(session)
        await directory.disarm(entry_id)
        assert not await console.goes_on(session)
        assert await console.sign_in(entry_id, PASSWORD) is None
        entry = await directory.entry(PERSON, entry_id)
        assert entry is not None
        assert entry.let_in, "who is let in is not decided by it"

    async def test_a_system_gets_its_secret_and_scopes(self, directory: IssuerDirectory, console: Any) -> None:
        told = system()
        entry_id = await directory.create(told)
        assert await directory.find(SYSTEM, "", told.username) == await directory.entry(SYSTEM, entry_id)
        seen = await console.look(SYSTEM, entry_id)
        assert (seen["secret"], seen["scopes"]) == (told.secret, {"mainstay-api"})
        await directory.change(entry_id, replace(told, secret="", scopes=("mainstay-events",)))
        seen = await console.look(SYSTEM, entry_id)
        assert (seen["secret"], seen["scopes"]) == (told.secret, {"mainstay-events"})
        await directory.change(entry_id, replace(told, secret="another secret", let_in=False))
        await directory.end_sessions(SYSTEM, entry_id)
        entry = await directory.entry(SYSTEM, entry_id)
        assert entry is not None
        assert not entry.let_in
        assert entry.account_id == told.account_id
        assert (await console.look(SYSTEM, entry_id))["secret"] == "another secret"

    async def test_what_others_change_is_told_and_our_own_changes_are_not(
        self, directory: IssuerDirectory, console: Any
    ) -> None:
        position = (await directory.changes("")).position
        told, other = somebody(), somebody()
        ours, shut, deleted = [await directory.create(one) for one in (told, other, somebody())]
        await directory.change(ours, replace(told, let_in=False, profile=None))
        await console.shut(PERSON, shut)
        await console.delete(PERSON, deleted)
        changed: dict[str, bool] = {}
        page = await directory.changes(position)
        for one in page.changed:
            changed[one.entry_id] = one.deleted or changed.get(one.entry_id, False)
        assert {entry_id: gone for entry_id, gone in changed.items() if entry_id in {ours, shut, deleted}} == {
            shut: False,
            deleted: True,
        }
        assert not page.more
        again = await directory.changes(page.position)
        assert ours not in {one.entry_id for one in again.changed}
