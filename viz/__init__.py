"""What a person sees: pictures, the window, the video."""

import os

os.environ.setdefault(
    "PYGAME_HIDE_SUPPORT_PROMPT", "1"
)  # before any import of pygame: doors print their own lines only
