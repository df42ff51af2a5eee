"""Whatever has frames to play: a log, a video, a folder of images, a tub; any frame at any time."""

from agent.footage.footage import Footage
from agent.footage.opening import open_footage

__all__ = ["Footage", "open_footage"]
