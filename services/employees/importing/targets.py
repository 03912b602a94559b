"""The fields a file's columns can be mapped to, per kind of import, and what columns for them are usually called.

Labels and help texts are in `services/employees/messages`; `Target.messages` says where.
Synonyms are compared without case, spaces, signs and marks (`headings_key`), so `EMP_NO`, `Emp No.` and `emp-no` are
one. Sources: headings of the Oracle HR, AdventureWorks and employees-db samples; rosters (花名册) as exported by
Chinese attendance and HR programs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.employees.importing.shapes import Shape


class ImportKind(Enum):
    """What a file's rows are; the values are those of `mainstay.employees.v1.ImportKind`."""

    UNITS = 1
    PEOPLE = 2
    ASSIGNMENTS = 3
    PAY = 4
    POSTS = 5


class DataClass(Enum):
    """How far a value may travel; the values are those of `mainstay.contract.v1.DataClass`."""

    INTERNAL = 2
    PERSONAL = 3
    PERSONAL_SENSITIVE = 4


class Mask(Enum):
    """The look of a masked sensitive value; the values are those of `mainstay.contract.v1.Mask`."""

    ALL = 1
    PHONE = 2
    ENDS = 3
    YEAR = 4


@dataclass(frozen=True, slots=True)
class Target:
    """A field to map to."""

    field: str
    required: bool
    data_class: DataClass
    synonyms: tuple[str, ...]
    mask: Mask = Mask.ALL
    shapes: frozenset[Shape] = frozenset()
    """Shapes its values have; empty when they may look like anything."""
    telling: bool = False
    """The shape alone says that a column is this, whatever its heading."""
    distinct: bool = False
    """No two rows share a value."""
    words: str = ""
    """Name of its label and help in the messages; the field's own name when empty."""

    @property
    def messages(self) -> str:
        """Where its `label` and `help` are in the messages."""
        return f"import_targets.{self.words or self.field}"


_I, _P, _S = DataClass.INTERNAL, DataClass.PERSONAL, DataClass.PERSONAL_SENSITIVE
_DATE = frozenset({Shape.DATE})
_CODE = frozenset({Shape.CODE, Shape.INTEGER})
_WORDS = frozenset({Shape.HAN_NAME, Shape.HAN, Shape.LATIN})
_PLACE = _WORDS | _CODE | {Shape.OTHER}
_AMOUNT = frozenset({Shape.DECIMAL, Shape.INTEGER})

_NUMBER = (
    "工号", "员工号", "员工编号", "职工号", "职工编号", "人员编号", "员工代码", "人员代码", "编号",
    "number", "employee number", "employee no", "employee id", "emp no", "emp id", "staff no", "staff id",
    "personnel number", "person number", "badge", "business entity id", "worker id", "user id", "id",
)  # fmt: skip
_MANAGER = (
    "直接上级工号", "上级工号", "主管工号", "经理工号", "汇报人工号", "直属上级工号", "上级编号", "主管编号",
    "领导工号",
    "直接上级", "直属上级", "汇报对象", "上级", "manager number", "manager id", "manager no", "manager emp no",
    "supervisor id", "supervisor number", "reports to", "line manager", "manager", "supervisor", "mgr",
)  # fmt: skip
_UNIT = (
    "部门", "所属部门", "部门名称", "部门编码", "部门编号", "部门代码", "组织", "组织单元", "所在部门", "一级部门",
    "单位", "所属组织", "班组", "department", "department name", "department id", "dept", "dept no", "dept name",
    "unit", "unit code", "org unit", "organization", "organisation", "team", "division",
)  # fmt: skip
_POST = (
    "岗位", "岗位名称", "岗位编码", "职位", "职务", "职位名称", "职务名称", "工种", "职称",
    "post", "position", "job title", "title", "job", "job id", "job code", "role", "designation", "position title",
)  # fmt: skip
_STARTS = (
    "开始日期", "生效日期", "起始日期", "任职开始日期", "开始时间", "生效时间", "调入日期", "自", "from date", "from",
    "start date", "starts on", "start", "effective date", "effective from", "valid from", "rate change date", "since",
)  # fmt: skip
_ENDS = (
    "结束日期", "截止日期", "失效日期", "终止日期", "任职结束日期", "结束时间", "调出日期", "至", "to date", "to",
    "end date", "ends on", "end", "effective to", "valid to", "until", "expiry date",
)  # fmt: skip


def _target_number(*, distinct: bool) -> Target:
    return Target("number", True, _I, _NUMBER, shapes=_CODE, distinct=distinct)


def _manager() -> Target:
    return Target("manager_number", False, _I, _MANAGER, shapes=_CODE)


def _unit() -> Target:
    return Target("unit", False, _I, _UNIT, shapes=_PLACE)


_PEOPLE = (
    _target_number(distinct=True),
    Target(
        "name", False, _P,
        ("姓名", "员工姓名", "名字", "中文名", "中文姓名", "name", "full name", "employee name", "display name"),
        shapes=frozenset({Shape.HAN_NAME, Shape.LATIN}),
    ),
    Target("first_name", False, _P, ("名", "first name", "given name", "forename"), shapes=_WORDS),
    Target("last_name", False, _P, ("姓", "姓氏", "last name", "surname", "family name"), shapes=_WORDS),
    Target(
        "name_en", False, _P,
        ("英文名", "英文姓名", "拼音", "姓名拼音", "english name", "name en", "latin name", "name in english"),
        shapes=frozenset({Shape.LATIN}),
    ),
    Target(
        "work_mail", False, _P,
        ("工作邮箱", "公司邮箱", "邮箱", "电子邮箱", "电子邮件", "企业邮箱", "email", "mail", "work mail", "work email",
         "email address", "e-mail"),
        shapes=frozenset({Shape.MAIL}), telling=True,
    ),
    Target(
        "mobile", False, _S,
        ("手机", "手机号", "手机号码", "移动电话", "联系电话", "电话", "联系方式", "本人电话", "mobile",
         "mobile number",
         "mobile phone", "cell phone", "phone", "phone number", "telephone", "tel"),
        mask=Mask.PHONE, shapes=frozenset({Shape.PHONE}), telling=True,
    ),
    Target(
        "national_id", False, _S,
        ("身份证", "身份证号", "身份证号码", "证件号", "证件号码", "公民身份号码", "national id", "national id number",
         "identity number", "id card", "id number", "ssn", "social security number", "passport number"),
        mask=Mask.ENDS, shapes=frozenset({Shape.NATIONAL_ID, Shape.INTEGER, Shape.CODE}), telling=True, distinct=True,
    ),
    Target(
        "birth_date", False, _S,
        ("出生日期", "生日", "出生年月日", "出生年月", "birth date", "date of birth", "birthday", "dob"),
        mask=Mask.YEAR, shapes=_DATE,
    ),
    Target(
        "home_address", False, _S,
        ("家庭住址", "家庭地址", "住址", "现住址", "居住地址", "通讯地址", "户籍地址", "地址", "home address",
         "address",
         "street address", "residence"),
        shapes=_WORDS | {Shape.OTHER},
    ),
    Target(
        "hired_on", True, _I,
        ("入职日期", "入职时间", "入司日期", "入司时间", "到岗日期", "报到日期", "入厂日期", "参加工作日期",
         "hire date",
         "hired on", "date hired", "date of joining", "joining date", "join date", "start date", "first day"),
        shapes=_DATE,
    ),
    Target(
        "last_day", False, _I,
        ("离职日期", "离职时间", "离司日期", "最后工作日", "退休日期", "last day", "leave date", "leaving date",
         "termination date", "date left", "end date", "exit date"),
        shapes=_DATE,
    ),
    Target(
        "probation_ends_on", False, _I,
        ("试用期结束日期", "试用期截止日期", "试用期到期日", "试用期至", "试用到期日", "probation end",
         "probation ends on",
         "probation end date", "end of probation"),
        shapes=_DATE,
    ),
    Target(
        "confirmed_on", False, _I,
        ("转正日期", "转正时间", "实际转正日期", "confirmation date", "confirmed on", "date confirmed"),
        shapes=_DATE,
    ),
    _unit(),
    Target("post", False, _I, _POST, shapes=_PLACE),
    _manager(),
    Target("time_zone", False, _I, ("时区", "time zone", "timezone", "tz"), shapes=frozenset({Shape.LATIN})),
    Target(
        "contract_kind", False, _I,
        ("合同类型", "合同种类", "合同性质", "劳动合同类型", "contract kind", "contract type"),
        shapes=_WORDS | {Shape.OTHER},
    ),
    Target(
        "contract_starts_on", False, _I,
        ("合同开始日期", "合同起始日期", "合同起始日", "合同生效日期", "contract start", "contract start date",
         "contract from"),
        shapes=_DATE,
    ),
    Target(
        "contract_ends_on", False, _I,
        ("合同结束日期", "合同到期日期", "合同到期日", "合同终止日期", "合同截止日期", "contract end",
         "contract end date",
         "contract to", "contract expiry"),
        shapes=_DATE,
    ),
)  # fmt: skip

_ASSIGNMENTS = (
    _target_number(distinct=False),
    _unit(),
    Target("post", False, _I, _POST, shapes=_PLACE),
    Target("starts_on", True, _I, _STARTS, shapes=_DATE),
    Target("ends_on", False, _I, _ENDS, shapes=_DATE),
    _manager(),
)

_PAY = (
    _target_number(distinct=False),
    Target(
        "amount", True, _S,
        ("工资", "月薪", "年薪", "薪资", "薪酬", "基本工资", "金额", "合同工资", "税前工资", "岗位工资", "amount",
         "salary",
         "pay", "rate", "base salary", "base pay", "wage", "gross pay", "monthly salary", "annual salary"),
        shapes=_AMOUNT,
    ),
    Target("currency", False, _I, ("币种", "货币", "币别", "currency", "currency code", "ccy"),
           shapes=frozenset({Shape.LATIN, Shape.HAN_NAME, Shape.CODE})),
    Target(
        "starts_on", True, _I,
        (*_STARTS, "起薪日期", "调薪日期", "合同开始日期", "入职日期", "hire date"), shapes=_DATE,
    ),
    Target("ends_on", False, _I, (*_ENDS, "合同结束日期"), shapes=_DATE),
    Target("pay_period", False, _I,
           ("计薪周期", "薪资周期", "发薪周期", "周期", "pay period", "period", "pay frequency", "frequency", "per"),
           shapes=_WORDS),
)  # fmt: skip

_UNITS = (
    Target("code", True, _I,
           ("编码", "代码", "部门编码", "部门代码", "部门编号", "组织编码", "组织代码", "单位编码", "code", "unit code",
            "department code", "department id", "department no", "dept no", "dept id", "unit id", "org code", "id"),
           shapes=_CODE, distinct=True),
    Target("name", True, _I,
           ("名称", "部门", "部门名称", "组织名称", "单位名称", "组织", "name", "unit name", "unit", "department name",
            "dept name", "department", "org name"),
           shapes=_PLACE, words="unit_name"),
    Target("name_en", False, _I, ("英文名称", "英文名", "部门英文名", "name en", "english name"),
           shapes=frozenset({Shape.LATIN, Shape.CODE}), words="unit_name_en"),
    Target("parent", False, _I,
           ("上级部门", "上级组织", "上级编码", "上级部门编码", "父部门", "所属上级", "隶属", "上级", "parent",
            "parent code",
            "parent id", "parent unit", "parent department", "group name", "belongs to", "division"),
           shapes=_PLACE),
    Target("head_number", False, _I,
           ("负责人工号", "部门负责人工号", "主管工号", "经理工号", "负责人", "部门负责人", "部门主管",
            "head number", "head",
            "manager id", "manager number", "manager", "head of department", "lead"),
           shapes=_CODE),
)  # fmt: skip

_POSTS = (
    Target("code", True, _I,
           ("岗位编码", "岗位代码", "岗位编号", "职位编码", "编码", "代码", "code", "post code", "job id", "job code",
            "title id", "position code", "position id", "id"),
           shapes=_CODE, distinct=True),
    Target("title", True, _I,
           ("岗位名称", "岗位", "职位名称", "职位", "职务", "名称", "title", "job title", "post title", "position",
            "post", "name", "position title"),
           shapes=_PLACE),
    Target("title_en", False, _I, ("岗位英文名", "英文名称", "英文名", "title en", "english title"),
           shapes=frozenset({Shape.LATIN, Shape.CODE})),
    Target("unit", False, _I, _UNIT, shapes=_PLACE, words="post_unit"),
    Target("family", False, _I, ("职族", "职类", "岗位序列", "序列", "职位序列", "job family", "family", "category"),
           shapes=_PLACE),
    Target("level", False, _I, ("职级", "级别", "等级", "岗级", "level", "grade", "job level", "rank"),
           shapes=frozenset({Shape.INTEGER})),
    Target("criticality", False, _I, ("关键程度", "重要程度", "关键性", "criticality", "importance"), shapes=_WORDS),
    Target("headcount", False, _I,
           ("编制", "编制人数", "定编", "定员", "编制数", "headcount", "places", "positions", "openings", "fte"),
           shapes=frozenset({Shape.INTEGER})),
)  # fmt: skip

TARGETS: Mapping[ImportKind, tuple[Target, ...]] = {
    ImportKind.UNITS: _UNITS,
    ImportKind.PEOPLE: _PEOPLE,
    ImportKind.ASSIGNMENTS: _ASSIGNMENTS,
    ImportKind.PAY: _PAY,
    ImportKind.POSTS: _POSTS,
}

ONE_OF: Mapping[ImportKind, tuple[frozenset[str], ...]] = {
    ImportKind.UNITS: (),
    ImportKind.PEOPLE: (frozenset({"name", "first_name", "last_name", "name_en"}),),
    ImportKind.ASSIGNMENTS: (frozenset({"unit", "post", "manager_number"}),),
    ImportKind.PAY: (),
    ImportKind.POSTS: (),
}
"""Groups of fields of which at least one must be mapped, beside those that are `required` themselves."""


def target(kind: ImportKind, field: str) -> Target | None:
    """The target of that name, or None when the kind has none."""
    return next((each for each in TARGETS[kind] if each.field == field), None)
