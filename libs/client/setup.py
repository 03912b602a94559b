"""Puts the generated modules into the wheel: run `make protos` in the project first, then build here."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup  # type: ignore[import-untyped]  # setuptools ships no types
from setuptools.command.build_py import build_py  # type: ignore[import-untyped]  # as above

GENERATED = Path(__file__).resolve().parents[2] / "gen"


class WithContract(build_py):  # type: ignore[misc]  # as above
    def run(self) -> None:
        super().run()
        for name in ("mainstay", "mainstay_surface", "buf"):
            source = GENERATED / name
            if not source.is_dir():
                msg = f"{source} is missing: run `make protos` first"
                raise SystemExit(msg)
            target = Path(self.build_lib) / name
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
            # Type checkers look for the mark in each folder of a package without `__init__.py`.
            for stub in target.rglob("*.pyi"):
                (stub.parent / "py.typed").touch()


setup(cmdclass={"build_py": WithContract})
