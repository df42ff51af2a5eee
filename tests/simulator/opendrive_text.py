"""Small OpenDRIVE texts for tests."""

from __future__ import annotations

LINE = '<geometry s="0" x="0" y="0" hdg="0" length="100"><line/></geometry>'
ARC_LEFT = '<geometry s="0" x="0" y="0" hdg="0" length="100"><arc curvature="0.02"/></geometry>'
SPIRAL = '<geometry s="0" x="10" y="-5" hdg="0.4" length="80"><spiral curvStart="-0.01" curvEnd="0.04"/></geometry>'
CENTER = '<roadMark sOffset="0" type="broken" color="yellow" width="0.15"/>'


def lane(lane_id: int, kind: str = "driving", width: str = 'a="3.5" b="0" c="0" d="0"', inside: str = "") -> str:
    return f'<lane id="{lane_id}" type="{kind}"><width sOffset="0" {width}/>{inside}</lane>'


def section(left: str = lane(1), right: str = lane(-1), center: str = CENTER, s: float = 0.0) -> str:
    middle = f'<center><lane id="0" type="none">{center}</lane></center>'
    return f'<laneSection s="{s}"><left>{left}</left>{middle}<right>{right}</right></laneSection>'


def road(
    geometry: str = LINE,
    lanes: str = section(),
    *,
    length: float = 100.0,
    extra: str = "",
    objects: str = "",
    head: str = 'id="1" junction="-1"',
) -> str:
    plan = f"<planView>{geometry}</planView>"
    beside = f"<objects>{objects}</objects>"
    return f'<road name="" length="{length}" {head}>{extra}{plan}<lanes>{lanes}</lanes>{beside}</road>'


def document(*roads: str) -> str:
    return f'<?xml version="1.0"?><OpenDRIVE><header revMajor="1" revMinor="4"/>{"".join(roads)}</OpenDRIVE>'
