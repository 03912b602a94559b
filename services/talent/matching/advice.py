"""Pure: one sentence of advice in Chinese and in English, put together from a report's facts and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.talent.matching.inputs import Name, SkillRequirement, Verdict
from services.talent.matching.model import HALF, Outcome, Pace, Standing
from services.talent.matching.report import Finding, Report


@dataclass(frozen=True, slots=True)
class _Words:
    """One language: how it lists, and its phrases."""

    of: Callable[[Name], str]
    comma: str
    between: str
    stop: str
    heads: dict[Outcome, str]
    too_little: str
    unassessed: str
    colon: str
    met: str
    near: str
    teaches: str
    failed: str
    unknown: str
    first: str
    levels: str
    off_target: str
    takes: str
    too_long: str
    untaught: str
    together: str
    paces: dict[Pace, str]

    def names(self, names: Sequence[Name]) -> str:
        return self.comma.join(self.of(one) for one in names)


_ZH = _Words(
    of=lambda name: name.zh,
    comma="、",
    between="；",
    stop="。",
    heads={
        Outcome.SUITABLE: "适合",
        Outcome.PROBATION: "适合以{}为重点的试用",
        Outcome.ASSESS_FIRST: "先评估再决定",
        Outcome.NOT_NOW: "目前不适合",
    },
    too_little="所知太少，尚不能下结论（按权重只评估了{}%）",
    unassessed="（{}项待评估，把握{}%）",
    colon="：",
    met="{}达标",
    near="{}接近要求",
    teaches="，可通过{}学习",
    failed="{}条件不满足",
    unknown="{}尚无记录",
    first="先评估{}",
    levels="{}差{}级",
    off_target="{}未达目标",
    takes="，{}约需{}个月{}",
    too_long="，{}约需{}个月，超过{}个月的期限",
    untaught="，没有可补的培训",
    together="几项依次学习共约需{}个月，超过{}个月的期限",
    paces={
        Pace.UNRATED: "学习速度未评，按一般速度",
        Pace.SLOW: "按较慢的学习速度",
        Pace.USUAL: "按一般学习速度",
        Pace.FAST: "按较快的学习速度",
    },
)
_EN = _Words(
    of=lambda name: name.en,
    comma=", ",
    between="; ",
    stop=".",
    heads={
        Outcome.SUITABLE: "Suitable",
        Outcome.PROBATION: "Suitable for a probation that focuses on {}",
        Outcome.ASSESS_FIRST: "To be assessed before a decision",
        Outcome.NOT_NOW: "Not suitable now",
    },
    too_little="Too little is known to say ({}% assessed by weight)",
    unassessed=" ({} not yet assessed, confidence {}%)",
    colon=": ",
    met="{} met",
    near="{} nearly met",
    teaches=", taught by {}",
    failed="condition not fulfilled: {}",
    unknown="nothing recorded on {}",
    first="assess {} first",
    levels="{} short by {}",
    off_target="{} off its target",
    takes=", {} about {}{}",
    too_long=", {} about {}, beyond the limit of {}",
    untaught=", and nothing teaches it",
    together="learnt one after another about {}, beyond the limit of {}",
    paces={
        Pace.UNRATED: "at the usual pace, as none was rated,",
        Pace.SLOW: "at a slow pace",
        Pace.USUAL: "at the usual pace",
        Pace.FAST: "at a fast pace",
    },
)


def advise(report: Report) -> Name:
    return Name(zh=_sentence(report, _ZH), en=_sentence(report, _EN))


def _sentence(report: Report, words: _Words) -> str:
    head = _head(report, words)
    parts = [*_reasons(report, words), *_strengths(report, words), *_gaps(report, words)]
    if report.outcome is Outcome.PROBATION and len(report.focus) > 1 and report.months > report.limit:
        parts.append(words.together.format(_months(report.months, words), _limit(report, words)))
    return (head + words.colon + words.between.join(parts) if parts else head) + words.stop


def _head(report: Report, words: _Words) -> str:
    if _waits(report):
        # Downwards: what is not enough never reads as enough.
        return words.too_little.format(int(report.assessed * 100))
    head = words.heads[report.outcome].format(words.names([one.requirement.name for one in report.focus]))
    if not report.unassessed:
        return head
    return head + words.unassessed.format(len(report.unassessed), int(report.confidence * 100 + HALF))


def _waits(report: Report) -> bool:
    """Too little is known to say anything; a "not now" rests on what is known."""
    return report.outcome is Outcome.ASSESS_FIRST and report.too_little_known


def _reasons(report: Report, words: _Words) -> list[str]:
    """What stands against it before anything that was learnt: conditions, and what has to be assessed first."""
    failed = [one.name for one in report.conditions if one.verdict is Verdict.FAILED]
    unknown = [one.name for one in report.conditions if one.verdict is Verdict.UNKNOWN]
    unknown += [one.requirement.name for one in report.to_assess]
    return [
        phrase.format(words.names(names))
        for phrase, names in ((words.failed, failed), (words.first if _waits(report) else words.unknown, unknown))
        if names
    ]


def _strengths(report: Report, words: _Words) -> list[str]:
    found = []
    for phrase, standing in ((words.met, Standing.MET), (words.near, Standing.NEAR)):
        names = [one.requirement.name for one in report.findings if one.standing is standing]
        if names:
            found.append(phrase.format(words.names(names)))
    return found


def _gaps(report: Report, words: _Words) -> list[str]:
    """The musts' gaps, each with what it takes: those that block first."""
    return [
        _gap(one, report, words)
        for standing in (Standing.BLOCKING_GAP, Standing.TRAINABLE_GAP)
        for one in _musts(report, standing)
    ]


def _musts(report: Report, standing: Standing) -> list[Finding]:
    return [one for one in report.findings if one.requirement.must and one.standing is standing]


def _gap(finding: Finding, report: Report, words: _Words) -> str:
    name = words.of(finding.requirement.name)
    if isinstance(finding.requirement, SkillRequirement):
        said = words.levels.format(name, _levels(finding.short or Fraction(0), words))
    else:
        said = words.off_target.format(name)
    if finding.months is None:
        return said + words.untaught
    pace, months = words.paces[report.pace], _months(finding.months, words)
    if finding.standing is Standing.BLOCKING_GAP:
        return said + words.too_long.format(pace, months, _limit(report, words))
    return said + words.takes.format(pace, months, words.teaches.format(words.names(finding.taught_by)))


def _levels(levels: Fraction, words: _Words) -> str:
    number = f"{float(levels):g}"
    return number if words is _ZH else f"{number} level" + ("" if levels == 1 else "s")


def _months(months: Fraction, words: _Words) -> str:
    """With one decimal, upwards: nobody shall be promised less time than it takes."""
    tenths = -int(-months * 10 // 1)
    number = f"{tenths / 10:g}"
    return number if words is _ZH else f"{number} month" + ("" if tenths == 10 else "s")


def _limit(report: Report, words: _Words) -> str:
    return _months(Fraction(report.limit), words)
