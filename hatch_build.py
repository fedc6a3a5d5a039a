"""What a wheel carries beyond the sources: compiled translations and the bundled front end."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = "src/yuzhou/ui/static/ui/dist"


class CarryBuilt(BuildHookInterface):
    """Compiles the catalogues, and bundles the front end where that was not done yet and node is at hand."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before the files of the wheel are gathered; an editable installation reads the tree itself."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        self._compile(root)
        if not (root / BUNDLE / "style.css").exists():
            self._bundle(root)

    def _compile(self, root: Path) -> None:
        sys.path.insert(0, str(root / "src"))
        from yuzhou.project.messages import compile_catalogues

        compile_catalogues(sorted((root / "src").rglob("locale/*/LC_MESSAGES/*.po")))

    def _bundle(self, root: Path) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("the front end is not bundled, and npm is not installed: run `npm ci && npm run build` first")
        subprocess.run([npm, "ci"], cwd=root, check=True)
        subprocess.run([npm, "run", "build"], cwd=root, check=True)
