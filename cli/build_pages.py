"""The part of the build that is Reflex: a process of its own, `python -m cli.build_pages [afresh]`, run by pages.py."""

import sys
from pathlib import Path


def main(*, afresh: bool) -> None:
    """Compile the app into `.web` and bundle it; `afresh` first makes the workshop anew.

    Not `reflex export`: that would initialize the project, which fetches and edits files of ours.
    """
    from reflex.utils import frontend_skeleton, prerequisites
    from reflex.utils.export import export

    prerequisites.initialize_reflex_user_directory()
    if afresh:
        frontend_skeleton.initialize_web_directory()
    export(zipping=False, frontend=True, backend=False)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main(afresh="afresh" in sys.argv[1:])
