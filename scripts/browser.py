"""Make Debian's Chromium available to the browser tests where that can be done without asking anybody.

Where it cannot (no root, no Debian), the browser tests skip with this reason and everything else runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess


def main() -> int:
    """Install chromium with apt when running as root on Debian and it is missing; always return 0."""
    if shutil.which("chromium"):
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print("Browser tests will be skipped: install Debian's chromium (apt-get install chromium fonts-noto-cjk).")
        return 0
    print("Installing Debian's chromium for the browser tests …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"],
                    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk",
                     "fonts-liberation"]):
        done = subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)
        if done.returncode:
            print("Debian's chromium could not be installed; browser tests will be skipped.")
            return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
