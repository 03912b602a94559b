"""`python -m services.talent`: beside every service's commands, `import-skills`."""

from __future__ import annotations

from libs.kit.run import main
from services.talent.service import service
from services.talent.skill_import import import_skills

if __name__ == "__main__":
    main(service, {"import-skills": import_skills})
