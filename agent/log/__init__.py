"""The log of a run: written while it drives, read back bit for bit. The format is in agent/LOG_FORMAT.md."""

from agent.log.assembly import LoggedStep
from agent.log.reader import LoggedRun, read_log
from agent.log.records import LoggedEvent
from agent.log.seekable import SeekableLog
from agent.log.timeline import Timeline
from agent.log.writer import LogWriter

__all__ = ["LogWriter", "LoggedEvent", "LoggedRun", "LoggedStep", "SeekableLog", "Timeline", "read_log"]
