"""`python -m tools.protos`: builds once, builds again when an input changed, never leaves half a build."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools import contract, protos

AUDIT = "protos/mainstay/audit/v1/records.proto"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a part of the contract that stands by itself, with nothing of the portal."""
    for part in ("audit", "contract", "identity"):
        shutil.copytree(contract.ROOT / "protos/mainstay" / part, tmp_path / "protos/mainstay" / part)
    monkeypatch.setattr(protos, "PROTOS", tmp_path / "protos")
    monkeypatch.setattr(protos, "GEN", tmp_path / "gen")
    monkeypatch.setattr(protos, "CACHE", tmp_path / ".cache")
    monkeypatch.setattr(protos, "PLUGIN", tmp_path / "node_modules/@bufbuild/protoc-gen-es")
    return tmp_path


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file()}


def said(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_it_builds_everything_in_one_go(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    protos.main()
    built = {path.relative_to(place / "gen").as_posix() for path in (place / "gen").rglob("*") if path.is_file()}
    assert {"contract.binpb", "mainstay/audit/v1/records_pb2.py", "mainstay/audit/v1/records_pb2.pyi"} <= built
    assert {"buf/validate/validate_pb2.py", "stamp"} <= built
    assert said(capsys).endswith(" events; Python only: the portal's packages are not installed yet")


def test_it_does_nothing_while_nothing_changed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    protos.main()
    before = state(place / "gen")
    capsys.readouterr()
    protos.main()
    assert state(place / "gen") == before
    assert said(capsys) == "protos: gen/ is up to date"


def test_it_builds_again_when_a_proto_changed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    protos.main()
    path = place / AUDIT
    path.write_text(path.read_text(encoding="utf-8").replace("string purpose = 15", "string motive = 15"))
    capsys.readouterr()
    protos.main()
    assert "built gen/" in said(capsys)
    assert "motive" in (place / "gen/mainstay/audit/v1/records_pb2.pyi").read_text(encoding="utf-8")


def test_it_builds_again_when_the_portal_got_its_plugin(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = protos.fingerprint()
    protos.PLUGIN.mkdir(parents=True)
    (protos.PLUGIN / "package.json").write_text('{"version": "2.12.1"}', encoding="utf-8")
    assert protos.fingerprint() != before


@pytest.mark.parametrize(
    ("former", "wrong", "named"),
    [
        ('    key: "account_id"\n', "", "mainstay.audit.v1.CallAudited: is an event without a key"),
        ("message CallAudited {", "message CallAudited {{", "records.proto:12:22: Expected"),
    ],
    ids=["against the rules", "against the language"],
)
def test_a_wrong_contract_leaves_the_former_build(
    former: str, wrong: str, named: str, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    protos.main()
    before = state(place / "gen")
    path = place / AUDIT
    path.write_text(path.read_text(encoding="utf-8").replace(former, wrong), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        protos.main()
    assert ended.value.code
    assert named in capfd.readouterr().err
    assert state(place / "gen") == before
