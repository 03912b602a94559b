"""恒远精工 Hengyuan Precision on paper: its units and posts. A maker of precision drives, about 300 places."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostPlan:
    """A post of a unit; the first of each unit leads it. Pay is the monthly band in CNY."""

    title: str
    title_en: str
    code: str
    family: str
    level: int
    criticality: str
    places: int
    pay: tuple[int, int]
    vacant: int = 0
    """Places nobody has held yet."""


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A unit. `young` ones were opened less than two years ago; until then their people were elsewhere or not here."""

    code: str
    name: str
    name_en: str
    parent: str
    posts: tuple[PostPlan, ...]
    young: bool = False


def _post(  # noqa: PLR0917 - the columns of the table below
    code: str,
    title: str,
    title_en: str,
    grade: str,
    places: int,
    pay: tuple[int, int],
    vacant: int = 0,
) -> PostPlan:
    """`grade` is family, level and criticality: `quality 3 HIGH`."""
    family, level, criticality = grade.split()
    return PostPlan(title, title_en, code, family, int(level), criticality, places, pay, vacant)


def _lead(title: str, title_en: str, grade: str, pay: tuple[int, int], vacant: int = 0) -> PostPlan:
    return _post("M", title, title_en, grade, 1, pay, vacant)


def _shift(code: str, name: str, name_en: str, parent: str, operators: PostPlan, *, young: bool = False) -> UnitPlan:
    leader = _lead("班长", "Shift Leader", "production 4 MEDIUM", (8200, 9800))
    return UnitPlan(code, name, name_en, parent, (leader, operators), young)


def _region(code: str, name: str, name_en: str, managers: int, vacant: int = 0) -> UnitPlan:
    return UnitPlan(
        code, name, name_en, "SL",
        (
            _lead("区域销售经理", "Regional Sales Manager", "sales 6 HIGH", (22000, 30000)),
            _post("AM", "客户经理", "Account Manager", "sales 4 HIGH", managers, (12000, 19000), vacant),
        ),
    )  # fmt: skip


_OPERATORS = "设备操作员", "Machine Operator", "production 2 MEDIUM"

PLAN: tuple[UnitPlan, ...] = (
    UnitPlan("HY", "恒远精工", "Hengyuan Precision", "", (
        _lead("总经理", "General Manager", "management 10 HIGH", (68000, 75000)),
    )),
    UnitPlan("GMO", "总经办", "General Manager's Office", "HY", (
        _lead("总经办主任", "Chief of Staff", "management 7 MEDIUM", (26000, 32000)),
        _post("AS", "总经理助理", "Assistant to the General Manager", "administration 5 MEDIUM", 1, (14000, 18000)),
        _post("IA", "内审专员", "Internal Auditor", "audit 5 MEDIUM", 2, (14000, 18000)),
    )),
    UnitPlan("RD", "研发中心", "R&D Centre", "HY", (
        _lead("研发总监", "R&D Director", "research 9 HIGH", (48000, 56000)),
        _post("PA", "科研项目专员", "Research Project Officer", "research 4 LOW", 2, (10000, 14000)),
    )),
    UnitPlan("RD-1", "一部（机械设计）", "Mechanical Design", "RD", (
        _lead("研发经理", "R&D Manager", "research 7 HIGH", (30000, 36000)),
        _post("SR", "高级研究工程师", "Senior Research Engineer", "research 6 HIGH", 2, (24000, 29000)),
        _post("RE", "研究工程师", "Research Engineer", "research 4 HIGH", 7, (15000, 22000), 1),
    )),
    UnitPlan("RD-2", "二部（电控系统）", "Control Systems", "RD", (
        _lead("研发经理", "R&D Manager", "research 7 HIGH", (30000, 36000)),
        _post("SR", "高级研究工程师", "Senior Research Engineer", "research 6 HIGH", 2, (24000, 29000)),
        _post("RE", "研究工程师", "Research Engineer", "research 4 HIGH", 6, (15000, 22000)),
    )),
    UnitPlan("RD-3", "三部（工艺与材料）", "Process and Materials", "RD", (
        _lead("研发经理", "R&D Manager", "research 7 HIGH", (29000, 35000)),
        _post("RE", "研究工程师", "Research Engineer", "research 4 HIGH", 4, (15000, 22000)),
        _post("LT", "实验员", "Laboratory Technician", "research 2 LOW", 3, (7500, 9500)),
    )),
    UnitPlan("ET", "工程技术部", "Engineering", "HY", (
        _lead("工程技术部经理", "Engineering Manager", "engineering 8 HIGH", (34000, 40000)),
        _post("TW", "技术文员", "Technical Clerk", "administration 2 LOW", 1, (6500, 8000)),
    )),
    UnitPlan("ET-PE", "工艺工程组", "Process Engineering", "ET", (
        _lead("工艺组长", "Process Engineering Lead", "engineering 6 HIGH", (21000, 25000)),
        _post("PE", "工艺工程师", "Process Engineer", "engineering 4 HIGH", 5, (13000, 18000)),
    )),
    UnitPlan("ET-EQ", "设备工程组", "Equipment Engineering", "ET", (
        _lead("设备组长", "Equipment Lead", "engineering 6 HIGH", (20000, 24000)),
        _post("EE", "设备工程师", "Equipment Engineer", "engineering 4 HIGH", 4, (13000, 18000)),
        _post("MT", "维修技师", "Maintenance Technician", "engineering 3 MEDIUM", 5, (9000, 12000)),
    )),
    UnitPlan("ET-TL", "模具工装组", "Tooling", "ET", (
        _lead("模具组长", "Tooling Lead", "engineering 6 MEDIUM", (19000, 23000)),
        _post("TE", "模具工程师", "Tooling Engineer", "engineering 4 HIGH", 4, (12500, 17500), 1),
    )),
    UnitPlan("QA", "品质部", "Quality", "HY", (
        _lead("品质部经理", "Quality Manager", "quality 8 HIGH", (32000, 38000)),
        _post("QS", "质量体系工程师", "Quality Systems Engineer", "quality 5 MEDIUM", 2, (13000, 17000)),
        _post("ST", "数据统计员", "Data Statistician", "administration 3 LOW", 3, (7500, 9500), 1),
    )),
    UnitPlan("QA-IQA", "进料品质组（IQA）", "Incoming Quality (IQA)", "QA", (
        _lead("IQA 组长", "Incoming Quality Lead", "quality 6 HIGH", (18000, 22000)),
        _post("SQ", "IQA 供应商质量保证", "Supplier Quality Engineer (IQA)", "quality 4 HIGH", 4, (12000, 17000), 1),
        _post("IN", "进料检验员", "Incoming Inspector", "quality 2 MEDIUM", 4, (6800, 8200)),
    )),
    UnitPlan("QA-IPQC", "制程品质组（IPQC）", "In-process Quality (IPQC)", "QA", (
        _lead("IPQC 组长", "In-process Quality Lead", "quality 6 HIGH", (16000, 20000)),
        _post("IN", "制程检验员", "In-process Inspector", "quality 2 MEDIUM", 8, (6800, 8400)),
    )),
    UnitPlan("QA-OQA", "出货品质组（OQA）", "Outgoing Quality (OQA)", "QA", (
        _lead("OQA 组长", "Outgoing Quality Lead", "quality 6 HIGH", (16000, 20000)),
        _post("CE", "客诉工程师", "Complaint Engineer", "quality 4 HIGH", 2, (12000, 16000)),
        _post("IN", "出货检验员", "Outgoing Inspector", "quality 2 MEDIUM", 5, (6800, 8400)),
    )),
    UnitPlan("PD", "生产部", "Production", "HY", (
        _lead("生产总监", "Production Director", "production 9 HIGH", (38000, 45000)),
        _post("PC", "生产计划员", "Production Planner", "production 4 MEDIUM", 3, (9500, 12500)),
        _post("ST", "数据统计员", "Data Statistician", "administration 3 LOW", 2, (7200, 9000)),
    )),
    UnitPlan("PD-W1", "一车间（机加工）", "Workshop 1 (Machining)", "PD", (
        _lead("车间主任", "Workshop Manager", "production 6 HIGH", (17000, 21000)),
        _post("TC", "车间工艺员", "Workshop Technician", "production 3 MEDIUM", 2, (8500, 10500)),
    )),
    _shift("PD-W1A", "一车间甲班", "Workshop 1 Shift A", "PD-W1", _post("OP", *_OPERATORS, 15, (6800, 9000))),
    _shift("PD-W1B", "一车间乙班", "Workshop 1 Shift B", "PD-W1", _post("OP", *_OPERATORS, 15, (6800, 9000), 1)),
    UnitPlan("PD-W2", "二车间（装配）", "Workshop 2 (Assembly)", "PD", (
        _lead("车间主任", "Workshop Manager", "production 6 HIGH", (17000, 21000)),
        _post("TC", "车间工艺员", "Workshop Technician", "production 3 MEDIUM", 2, (8500, 10500)),
    )),
    _shift("PD-W2A", "二车间甲班", "Workshop 2 Shift A", "PD-W2", _post(
        "AS", "装配工", "Assembler", "production 2 MEDIUM", 15, (6600, 8600))),
    _shift("PD-W2B", "二车间乙班", "Workshop 2 Shift B", "PD-W2", _post(
        "AS", "装配工", "Assembler", "production 2 MEDIUM", 15, (6600, 8600), 1)),
    UnitPlan("PD-W3", "三车间（表面处理）", "Workshop 3 (Surface Treatment)", "PD", (
        _lead("车间主任", "Workshop Manager", "production 6 HIGH", (17000, 21000)),
    ), young=True),
    _shift("PD-W3A", "三车间甲班", "Workshop 3 Shift A", "PD-W3", _post(
        "OP", *_OPERATORS, 12, (6900, 9200), 1), young=True),
    UnitPlan("SL", "销售部", "Sales", "HY", (
        _lead("销售总监", "Sales Director", "sales 9 HIGH", (42000, 50000)),
        _post("SA", "销售助理", "Sales Assistant", "sales 2 LOW", 3, (7000, 9000)),
    )),
    _region("SL-E", "华东大区", "East China", 5),
    _region("SL-S", "华南大区", "South China", 4),
    _region("SL-N", "华北大区", "North China", 3),
    _region("SL-X", "海外业务部", "Overseas", 4, vacant=1),
    UnitPlan("SL-CS", "客户服务组", "Customer Service", "SL", (
        _lead("客服组长", "Customer Service Lead", "sales 5 MEDIUM", (13000, 16000)),
        _post("CS", "客服专员", "Customer Service Officer", "sales 3 MEDIUM", 4, (7500, 9500)),
    )),
    UnitPlan("PU", "采购部", "Purchasing", "HY", (
        _lead("采购部经理", "Purchasing Manager", "purchasing 7 HIGH", (26000, 31000)),
        _post("SE", "采购工程师", "Sourcing Engineer", "purchasing 4 HIGH", 3, (12000, 16000)),
        _post("BU", "采购员", "Buyer", "purchasing 3 MEDIUM", 5, (8000, 11000)),
    )),
    UnitPlan("LG", "仓储物流部", "Warehousing and Logistics", "HY", (
        _lead("仓储物流部经理", "Logistics Manager", "logistics 6 MEDIUM", (20000, 25000)),
        _post("SV", "仓库主管", "Warehouse Supervisor", "logistics 4 MEDIUM", 2, (10000, 12500)),
        _post("WK", "仓管员", "Storekeeper", "logistics 2 LOW", 9, (6300, 7800)),
        _post("FD", "叉车司机", "Forklift Driver", "logistics 2 MEDIUM", 4, (7000, 8500)),
        _post("LO", "物流专员", "Logistics Officer", "logistics 3 LOW", 3, (7500, 9500)),
    )),
    UnitPlan("HR", "人力资源部", "Human Resources", "HY", (
        _lead("人力资源总监", "HR Director", "hr 8 HIGH", (34000, 40000)),
        _post("SP", "人事专员", "HR Specialist", "hr 3 MEDIUM", 3, (8500, 11500)),
        _post("BP", "人力资源业务伙伴", "HR Business Partner", "hr 5 MEDIUM", 2, (14000, 18000)),
        _post("RC", "招聘专员", "Recruiter", "hr 3 LOW", 2, (8500, 11500)),
        _post("TR", "培训专员", "Training Officer", "hr 3 LOW", 1, (8500, 11500)),
        _post("CB", "薪酬绩效专员", "Compensation Officer", "hr 4 MEDIUM", 1, (10000, 13500)),
    )),
    UnitPlan("FN", "财务部", "Finance", "HY", (
        _lead("财务总监", "Finance Director", "finance 9 HIGH", (42000, 50000)),
        _post("SA", "主管会计", "Senior Accountant", "finance 5 HIGH", 2, (16000, 20000)),
        _post("CA", "成本会计", "Cost Accountant", "finance 4 MEDIUM", 2, (10500, 14000)),
        _post("AC", "会计", "Accountant", "finance 3 MEDIUM", 4, (8500, 11500)),
        _post("CS", "出纳", "Cashier", "finance 2 LOW", 1, (6800, 8200)),
    )),
    UnitPlan("IT", "信息技术部", "Information Technology", "HY", (
        _lead("信息技术部经理", "IT Manager", "it 7 HIGH", (28000, 34000)),
        _post("SA", "系统管理员", "System Administrator", "it 4 HIGH", 2, (13000, 17000)),
        _post("SE", "软件工程师", "Software Engineer", "it 5 HIGH", 4, (17000, 24000)),
        _post("DA", "数据分析师", "Data Analyst", "it 4 MEDIUM", 1, (14000, 18000)),
    )),
    UnitPlan("AD", "行政部", "Administration", "HY", (
        _lead("行政部经理", "Administration Manager", "administration 6 LOW", (18000, 22000)),
        _post("AA", "行政助理", "Administrative Assistant", "administration 2 LOW", 4, (6500, 8500), 1),
        _post("RD", "前台", "Receptionist", "administration 1 LOW", 1, (5800, 6800)),
        _post("DR", "司机", "Driver", "administration 1 LOW", 3, (6500, 7800)),
        _post("SG", "保安员", "Security Guard", "administration 1 LOW", 6, (5200, 6200)),
        _post("CK", "食堂管理员", "Canteen Keeper", "administration 1 LOW", 2, (5500, 6500)),
    )),
    UnitPlan("EHS", "安全环保部", "Environment, Health and Safety", "HY", (
        _lead("安全环保部经理", "EHS Manager", "ehs 7 HIGH", (24000, 29000)),
        _post("EN", "安全工程师", "Safety Engineer", "ehs 4 HIGH", 3, (12000, 16000)),
    )),
)  # fmt: skip

PLAN_OF = {unit.code: unit for unit in PLAN}


def post_code(unit: UnitPlan, post: PostPlan) -> str:
    """Code of a post, unique in the company: unit and post, `QA-IQA-SQ`."""
    return f"{unit.code}-{post.code}"


def children_of(code: str) -> list[UnitPlan]:
    """Units right below one."""
    return [unit for unit in PLAN if unit.parent == code]


def depth_of(code: str) -> int:
    """How many units are above; 0 for the root."""
    parent = PLAN_OF[code].parent
    return depth_of(parent) + 1 if parent else 0
