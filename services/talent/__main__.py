"""`python -m services.talent`: beside every service's commands, `import-skills` and `demo-profiles`."""

from __future__ import annotations

from libs.kit.run import main
from services.talent.demo_load import demo_profiles
from services.talent.service import service
from services.talent.skill_import import import_skills

if __name__ == "__main__":
    main(service, {"import-skills": import_skills, "demo-profiles": demo_profiles})
