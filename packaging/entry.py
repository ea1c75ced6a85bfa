"""Where the frozen program starts. The processes that it starts are itself again: those of multiprocessing turn off
here, before anything of the program is imported."""

import multiprocessing
import sys


def add_plugins() -> None:
    """Lets plugins that lie in a folder of the user's data be found: a frozen program has no pip of its own.
    They come last, so that none takes the place of what is shipped."""
    from app.paths import plugins_dir

    folder = plugins_dir()
    if folder.is_dir():
        sys.path.append(str(folder))


if __name__ == "__main__":
    multiprocessing.freeze_support()
    add_plugins()
    from app.__main__ import main

    main()
