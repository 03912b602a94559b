"""What every importer of skills shares. Nothing is invented: an imported skill has no Chinese name until somebody gives
one, the generic words for its levels, and nobody has said how long a level takes or what teaches it. So it can be
required and held, but a gap in it is never called trainable until somebody has said both (`Skill.trainable`).
"""

from dataclasses import replace

from services.talent.catalogue.folding import fold
from services.talent.catalogue.own import level_words
from services.talent.catalogue.problems import Fault, Report
from services.talent.catalogue.reading import Row
from services.talent.catalogue.skills import Kind, Skill, Source, Words

LONGEST_LABEL = 200
MOST_SYNONYMS = 100


def imported(
    key: str,
    kind: Kind,
    name: str,
    source: Source,
    *,
    synonyms: tuple[str, ...] = (),
    description: str = "",
    group: bool = False,
) -> Skill:
    """A skill out of a file in English. Synonyms that fold to the name or to each other are one."""
    kept: dict[str, str] = {}
    for label in synonyms:
        folded = fold(label[:LONGEST_LABEL])
        if folded.units and len(kept) < MOST_SYNONYMS:
            kept.setdefault(folded.text, label[:LONGEST_LABEL])
    kept.pop(fold(name).text, None)
    return Skill(
        key=key,
        kind=kind,
        name=Words(en=name),
        levels=level_words("import"),
        source=source,
        synonyms_en=tuple(kept.values()),
        description=Words(en=description),
        group=group,
    )


def named(row: Row, column: str, report: Report) -> str:
    """The label in a column; '' and a problem when it is missing, too long or says nothing."""
    name = row[column]
    if not name:
        report.note(Fault.VALUE_MISSING, row.file, row.line, column)
    elif len(name) > LONGEST_LABEL or not fold(name).units:
        report.note(Fault.VALUE_WRONG, row.file, row.line, column, value=name)
        return ""
    return name


def taken_over(existing: Skill, again: Skill) -> Skill:
    """The same skill imported again: name and description in English are the file's; what people have said since stays:
    the Chinese words, synonyms they added, levels, months and what teaches it.
    """
    added = tuple(label for label in existing.synonyms_en if label not in again.synonyms_en)
    return replace(
        again,
        name=Words(existing.name.zh, again.name.en),
        synonyms_zh=existing.synonyms_zh,
        synonyms_en=(*again.synonyms_en, *added),
        description=Words(existing.description.zh, again.description.en),
        months_per_level=existing.months_per_level,
        taught_by=existing.taught_by,
        levels=existing.levels,
    )
