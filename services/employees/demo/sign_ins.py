"""Whom to sign in as. The first ten numbers of the company are theirs, whatever the seed and the day."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignIn:
    """One way to come in."""

    name: str
    """What one types to sign in."""
    role: str
    """A role of `identity`."""
    number: str
    unit: str
    """Code of the unit the role is limited to; empty when the role's own scope says enough."""
    post: str
    """Code of the post the person holds."""
    description: str
    description_en: str


SIGN_INS: tuple[SignIn, ...] = (
    SignIn("executive", "executive", "E0001", "", "HY-M", "总经理", "General manager"),
    SignIn("hr.admin", "hr_admin", "E0002", "", "HR-M", "人力资源总监，HR 管理员", "HR director, HR administrator"),
    SignIn("manager.quality", "manager", "E0003", "", "QA-M", "品质部经理", "Quality manager"),
    SignIn("manager.engineering", "manager", "E0004", "", "ET-M", "工程技术部经理", "Engineering manager"),
    SignIn("manager.workshop", "manager", "E0005", "", "PD-W1-M", "一车间主任", "Manager of workshop 1"),
    SignIn("it.admin", "it_admin", "E0006", "", "IT-SA", "系统管理员", "System administrator"),
    SignIn("auditor", "auditor", "E0007", "", "GMO-IA", "内审专员", "Internal auditor"),
    SignIn("hr.specialist", "hr_specialist", "E0008", "", "HR-SP", "人事专员", "HR specialist"),
    SignIn("hrbp.production", "hrbp", "E0009", "PD", "HR-BP", "生产部 HRBP", "HR business partner of Production"),
    SignIn(
        "employee", "employee", "E0010", "", "QA-IQA-SQ", "普通员工，IQA 工程师", "Employee, supplier quality engineer"
    ),
)
"""One for each role; `manager` three times, for three kinds of team."""
