"""The tables of talent. Every column says how far its content may travel (`DataClass`).

What people wrote in their own words, and ratings of risk, are `Sealed` under the key of the person they are about; what
a match compares (levels, scores, days) describes work and is plain. Nothing in `entries` is overwritten: a change ends
a row and adds another.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from libs.kit.columns import day as _day
from libs.kit.columns import instant as _at
from libs.kit.columns import internal as _internal
from libs.kit.columns import sealed as _sealed
from libs.kit.columns import uuid as _id

TALENT = MetaData()
_NOW = func.now()


def _words(name: str) -> Column[Any]:
    return _internal(name, String, server_default="")


def _flag(name: str) -> Column[Any]:
    return _internal(name, Boolean, server_default=text("false"))


def _small(name: str) -> Column[Any]:
    return _internal(name, SmallInteger, server_default=text("0"))


def _version() -> Column[Any]:
    return _internal("version", Integer, server_default=text("1"))


# -- the catalogue

skills = Table(
    "skills",
    TALENT,
    _id("skill_id", primary_key=True),
    _internal("code", String, unique=True),
    _internal("kind", SmallInteger),
    _words("name"),
    _words("name_en"),
    _words("description"),
    _words("description_en"),
    # Five objects {"zh", "en"}, lowest level first.
    _internal("levels", JSONB, server_default=text("'[]'")),
    # 0: nobody has said.
    _internal("tenth_months_per_level", Integer, server_default=text("0")),
    _internal("taught_by", ARRAY(String), server_default=text("'{}'")),
    _internal("taught_by_en", ARRAY(String), server_default=text("'{}'")),
    _internal("source", SmallInteger),
    # It only orders others: nobody has it at a level, no text names it.
    _flag("is_group"),
    _version(),
    _at("changed_at", server_default=_NOW),
    # Unset as long as it says what the delivered set or the imported files say.
    _id("changed_by", nullable=True),
)

# Names and synonyms, folded as `catalogue.labels` folds them.
skill_labels = Table(
    "skill_labels",
    TALENT,
    _internal("folded", String, primary_key=True),
    _id("skill_id", primary_key=True, index=True),
    _internal("language", String, primary_key=True),
    _internal("label", String),
    # 0: the name; synonyms from 1 on, in the order they were given.
    _small("position"),
)

skill_relations = Table(
    "skill_relations",
    TALENT,
    _id("skill_id", primary_key=True),
    _internal("kind", SmallInteger, primary_key=True),
    _id("other_id", primary_key=True, index=True),
    # Percent, for CLOSE.
    _small("closeness"),
)

# -- copies of what employees tells

posts = Table(
    "posts",
    TALENT,
    _id("post_id", primary_key=True),
    _internal("code", String, index=True),
    _internal("title", String),
    _words("title_en"),
    _id("unit_id", index=True),
    _words("family"),
    _small("level"),
    _internal("headcount", Integer),
    _day("opened_on"),
    _day("closed_on", nullable=True),
)

posts_held = Table(
    "posts_held",
    TALENT,
    _id("employee_id", primary_key=True),
    _internal("position", Integer, primary_key=True),
    _id("post_id", nullable=True),
    _id("unit_id", nullable=True),
    _day("starts_on"),
    _day("ends_on", nullable=True),
)

# -- profiles

# A row for whoever has said or been said something; `version` counts every change of the profile.
profiles = Table(
    "profiles",
    TALENT,
    _id("employee_id", primary_key=True),
    _small("shift"),
    _flag("shift_firm"),
    _words("place"),
    _flag("place_firm"),
    _internal("families", ARRAY(String), server_default=text("'{}'")),
    _flag("mobile"),
    _sealed("words"),
    _at("said_at", nullable=True),
    _flag("automated_use_refused"),
    _version(),
    _at("changed_at", server_default=_NOW),
    # Every search asks who refused, and many who would not take the post.
    Index("profiles_refused", "employee_id", postgresql_where=text("automated_use_refused")),
    Index("profiles_firm", "employee_id", postgresql_where=text("shift_firm OR place_firm")),
)

entries = Table(
    "entries",
    TALENT,
    _id("entry_id", primary_key=True),
    _id("employee_id"),
    _internal("kind", SmallInteger),
    _id("skill_id", nullable=True),
    # Of an indicator.
    _words("code"),
    _words("title"),
    _words("title_en"),
    _small("level"),
    _internal("value", Numeric(14, 4), nullable=True),
    _words("scale"),
    _small("potential"),
    _sealed("evidence"),
    _internal("source", SmallInteger),
    _id("recorded_by", nullable=True),
    _day("observed_on"),
    _day("valid_to", nullable=True),
    _at("recorded_at", server_default=_NOW),
    _at("ended_at", nullable=True),
    _id("ended_by", nullable=True),
    _sealed("end_reason"),
    _id("verified_by", nullable=True),
    _at("verified_at", nullable=True),
    _sealed("contested"),
    _at("contested_at", nullable=True),
    _sealed("contest_answer"),
    _id("answered_by", nullable=True),
    _at("answered_at", nullable=True),
    Index("entries_person", "employee_id", "entry_id"),
    Index("entries_present", "employee_id", "kind", "skill_id", postgresql_where=text("ended_at IS NULL")),
    # Few of very many wait for an answer, and every home page of HR asks for them.
    Index(
        "entries_contests",
        "contested_at",
        "entry_id",
        postgresql_where=text("contested_at IS NOT NULL AND answered_at IS NULL"),
    ),
)

# Each rating is a row; the newest counts.
risks = Table(
    "risks",
    TALENT,
    _id("risk_id", primary_key=True),
    _id("employee_id"),
    _sealed("likelihood"),
    _sealed("impact"),
    _sealed("reason"),
    _id("rated_by", nullable=True),
    _at("rated_at", server_default=_NOW),
    Index("risks_person", "employee_id", "risk_id"),
)

# Attempts to rank somebody who refused it.
refused_uses = Table(
    "refused_uses",
    TALENT,
    _id("use_id", primary_key=True),
    _id("employee_id", index=True),
    # `match`, `search` or `case`.
    _internal("use", String),
    _id("tried_by", nullable=True),
    _at("tried_at", server_default=_NOW),
)

# -- job profiles

# Number 0 is the draft; an approved version is never changed, only ended by its follower.
job_profiles = Table(
    "job_profiles",
    TALENT,
    _id("post_id", primary_key=True),
    _internal("number", Integer, primary_key=True),
    _day("starts_on", nullable=True),
    _day("ends_on", nullable=True),
    _words("purpose"),
    # Objects {requirement_id, skill_id, level, indicator, must, weight, reason}; indicator {code, name, name_en,
    # direction, target, tolerance, unit} or null. Skills are named when they are shown.
    _internal("requirements", JSONB, server_default=text("'[]'")),
    # Objects {condition_id, certificate, reason}.
    _internal("conditions", JSONB, server_default=text("'[]'")),
    _small("shift"),
    _words("place"),
    _words("family"),
    _small("training_months"),
    _id("edited_by", nullable=True),
    _at("edited_at", server_default=_NOW),
    _id("approved_by", nullable=True),
    _at("approved_at", nullable=True),
    _version(),
)

# -- pools

pools = Table(
    "pools",
    TALENT,
    _id("pool_id", primary_key=True),
    _internal("name", String),
    _words("name_en"),
    _internal("kind", SmallInteger),
    # {skills: [{skill_id, level}], review_percent, growth, learns_fast, unit_id}; null when picked by hand.
    _internal("rule", JSONB, nullable=True),
    _id("post_id", nullable=True),
    _small("review_months"),
    _at("closed_at", nullable=True),
    _version(),
    _at("opened_at", server_default=_NOW),
    Index("pools_open_name", "name", unique=True, postgresql_where=text("closed_at IS NULL")),
)

pool_members = Table(
    "pool_members",
    TALENT,
    _id("membership_id", primary_key=True),
    _id("pool_id"),
    _id("employee_id"),
    _at("since", server_default=_NOW),
    _at("until", nullable=True),
    _flag("by_rule"),
    # Taken out by hand: no rule brings them back.
    _flag("kept_out"),
    _sealed("reason"),
    _sealed("end_reason"),
    _sealed("review_note"),
    _day("review_on", nullable=True),
    _id("added_by", nullable=True),
    _id("removed_by", nullable=True),
    Index("pool_members_present", "pool_id", "employee_id", unique=True, postgresql_where=text("until IS NULL")),
    Index("pool_members_person", "employee_id"),
)

# -- placement cases; their words are sealed under the candidate's key

cases = Table(
    "cases",
    TALENT,
    _id("case_id", primary_key=True),
    _internal("number", String, unique=True),
    _id("employee_id"),
    _id("post_id"),
    _internal("state", SmallInteger),
    _sealed("reason"),
    _id("related_employee_id", nullable=True),
    _sealed("relation"),
    # Base64 of a serialized MatchReport, and of a FindPostsResponse with the other posts.
    _sealed("report"),
    _sealed("alternatives"),
    # Of the report: the candidate's profile and the post's job profile it was made from, the candidate's last day of
    # work, and what it came to.
    _internal("profile_version", Integer, nullable=True),
    _internal("job_number", Integer, nullable=True),
    _day("last_day", nullable=True),
    _small("outcome"),
    _internal("score_hundredths", Integer, nullable=True),
    _day("opinions_due_on", nullable=True),
    _small("decision"),
    _id("decision_post_id", nullable=True),
    _sealed("decision_reason"),
    _internal("focus", ARRAY(Uuid), server_default=text("'{}'")),
    _day("starts_on", nullable=True),
    _day("ends_on", nullable=True),
    _id("decided_by", nullable=True),
    _at("decided_at", nullable=True),
    # Canonical JSON of what the decision rests on, and its SHA-256.
    _sealed("evidence"),
    _words("evidence_hash"),
    _at("opened_at", server_default=_NOW),
    _id("opened_by", nullable=True),
    _at("ended_at", nullable=True),
    _version(),
    Index("cases_candidate", "employee_id", "post_id"),
    # One open case per person and post.
    Index("cases_open", "employee_id", "post_id", unique=True, postgresql_where=text("ended_at IS NULL")),
)

case_participants = Table(
    "case_participants",
    TALENT,
    _id("case_id", primary_key=True),
    _id("employee_id", primary_key=True),
    _internal("role", SmallInteger, primary_key=True),
    _day("opinion_due_on", nullable=True),
    _at("answered_at", nullable=True),
    _at("removed_at", nullable=True),
    Index("case_participants_person", "employee_id", postgresql_where=text("removed_at IS NULL")),
)

case_opinions = Table(
    "case_opinions",
    TALENT,
    _id("opinion_id", primary_key=True),
    _id("case_id", index=True),
    _id("employee_id"),
    _internal("role", SmallInteger),
    _internal("stance", SmallInteger),
    _sealed("reason"),
    _at("given_at", server_default=_NOW),
    _at("replaced_at", nullable=True),
)

case_steps = Table(
    "case_steps",
    TALENT,
    _id("step_id", primary_key=True),
    _id("case_id", index=True),
    _internal("step", String),
    _id("actor_id", nullable=True),
    _id("employee_id", nullable=True),
    _small("milestone"),
    _sealed("note"),
    _at("at", server_default=_NOW),
)

case_explanations = Table(
    "case_explanations",
    TALENT,
    _id("explanation_id", primary_key=True),
    _id("case_id", index=True),
    _sealed("question"),
    _at("asked_at", server_default=_NOW),
    _sealed("answer"),
    _id("answered_by", nullable=True),
    _at("answered_at", nullable=True),
)

# The last number given to a case of a year.
case_numbers = Table(
    "case_numbers",
    TALENT,
    _internal("year", Integer, primary_key=True),
    _internal("last", Integer),
)
