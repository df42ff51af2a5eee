"""The command line's parser: what is wrong with a flag is one line, not the whole usage."""

from __future__ import annotations

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """As argparse's, with one line and status 2 for what is wrong."""

    def error(self, message: str) -> NoReturn:
        """Say it and leave."""
        self.exit(2, f"error: {message} (see {self.prog} --help)\n")
