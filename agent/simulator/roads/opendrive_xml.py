"""XML from strangers, read safely: bounded, without DTD and entities, every number finite and in range."""

from __future__ import annotations

import math
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from agent.simulator.roads.road_errors import RoadError

_GREATEST_CHARACTERS = 64 * 1024 * 1024  # the largest CARLA towns have about half of that
_GREATEST_DEPTH = 64


def parse_xml(text: str) -> Element:
    """The root element.

    Raises:
        RoadError: too long, too deep, not XML, or with a document type declaration.
    """
    if len(text) > _GREATEST_CHARACTERS:
        raise RoadError(f"the map has {len(text)} characters, at most {_GREATEST_CHARACTERS} are read")
    builder, depth = TreeBuilder(), 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _GREATEST_DEPTH:
            raise RoadError(f"the map nests elements deeper than {_GREATEST_DEPTH}")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    parser = expat.ParserCreate("utf-8")  # whatever the declaration says: the text is decoded already
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(text.encode("utf-8"), True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise RoadError(f"the map is not XML: {error}") from None
    root: Element = builder.close()
    return root


def number(element: Element, name: str, default: float | None = None, limit: float = 1e6) -> float:
    """A finite attribute within [-limit, limit]; `default` where it is missing.

    Raises:
        RoadError: missing without a default, not a number, not finite, out of range.
    """
    text = element.get(name)
    if text is None:
        if default is None:
            raise RoadError(f"<{element.tag}> has no {name}")
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= limit:  # NaN fails every comparison
        raise RoadError(f"<{element.tag}> has {name}={text[:40]!r}, wanted a number within {limit:g}")
    return value


def whole_number(element: Element, name: str) -> int:
    """An attribute that is an integer, as CARLA wants its ids.

    Raises:
        RoadError: missing or something else.
    """
    text = element.get(name)
    try:
        return int(str(text)[:20])
    except ValueError:
        found = "no" if text is None else repr(text[:40])
        raise RoadError(f"<{element.tag}> has {found} {name}, wanted a whole number") from None


def _refuse_doctype(*_: object) -> None:
    raise RoadError("the map has a document type declaration, which is refused: delete its <!DOCTYPE ...>")
