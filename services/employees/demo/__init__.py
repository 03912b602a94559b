"""The demo company, a second one to import, and a crowd to load-test with: all made up, from a seed, without I/O."""

from services.employees.demo.crowd import crowd
from services.employees.demo.second import second_company
from services.employees.demo.sign_ins import SIGN_INS
from services.employees.demo.story import company

__all__ = ["SIGN_INS", "company", "crowd", "second_company"]
