"""Writes the spreadsheets of the README's tour: a second company's people with twelve mistakes, and corrected."""

from __future__ import annotations

from pathlib import Path

from services.employees.demo import second_company

FOLDER = Path(__file__).resolve().parent.parent / ".data" / "demo-files"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, corrected in (("deming.xlsx", False), ("deming-corrected.xlsx", True)):
        (FOLDER / name).write_bytes(second_company(corrected=corrected))
        print(FOLDER / name)


if __name__ == "__main__":
    main()
