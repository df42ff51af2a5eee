"""A planned map -> OpenDRIVE text (ASAM 1.6, junctions, signals and controllers as CARLA's towns write them)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement

from agent.simulator.roads.course import Stretch
from agent.simulator.roads.map_plan import Cubic, JunctionPlan, Link, MapPlan, RoadPlan, Signal, Thing
from agent.simulator.roads.opendrive_writer import attributes, write_geometry, write_sections, write_text

GEO = "+proj=tmerc +lat_0=49.0 +lon_0=8.4 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"


def map_xodr(plan: MapPlan) -> str:
    """The document; equal plans give equal text."""
    root = open_document(plan.name, [stretch for road in plan.roads for stretch in road.stretches])
    for road in plan.roads:
        _write_road(root, road)
    for controller in plan.controllers:
        head = attributes(name=controller.name, id=controller.id, sequence=0)
        found = SubElement(root, "controller", head)
        for signal in controller.signals:
            SubElement(found, "control", attributes(signalId=signal, type="0"))
    for junction in plan.junctions:
        _write_junction(root, junction)
    return write_text(root)


def open_document(name: str, stretches: Sequence[Stretch]) -> Element:
    """The root with its header."""
    root = Element("OpenDRIVE")
    xs, ys = [stretch.x_m for stretch in stretches], [stretch.y_m for stretch in stretches]
    extent = {"north": max(ys) + 50.0, "south": min(ys) - 50.0, "east": max(xs) + 50.0, "west": min(xs) - 50.0}
    header = attributes(revMajor="1", revMinor="6", name=name, version="1.00", **extent)
    SubElement(SubElement(root, "header", header), "geoReference").text = GEO
    return root


def _write_road(root: Element, plan: RoadPlan) -> None:
    head = attributes(name=plan.name, length=plan.length_m, id=plan.id, junction=str(plan.junction), rule="RHT")
    road = SubElement(root, "road", head)
    link = SubElement(road, "link")
    for name, end in (("predecessor", plan.predecessor), ("successor", plan.successor)):
        if end is not None:
            SubElement(link, name, _link(end))
    kind = SubElement(road, "type", attributes(s=0.0, type=plan.kind))
    SubElement(kind, "speed", attributes(max=plan.limit_kmh, unit="km/h"))
    write_geometry(road, plan.stretches)
    _write_cubics(SubElement(road, "elevationProfile"), "elevation", plan.elevation)
    _write_cubics(SubElement(road, "lateralProfile"), "superelevation", plan.superelevation)
    write_sections(road, plan.sections, plan.lane_offset)
    objects = SubElement(road, "objects")
    for number, thing in enumerate(plan.things):
        write_thing(objects, f"{plan.id}{number:03d}", thing)
    signals = SubElement(road, "signals")
    for signal in plan.signals:
        _write_signal(signals, signal)


def _link(end: Link) -> dict[str, str]:
    if end.contact is None:
        return attributes(elementType="junction", elementId=end.id)
    return attributes(elementType="road", elementId=end.id, contactPoint=end.contact)


def _write_cubics(parent: Element, name: str, cubics: Iterable[Cubic]) -> None:
    for s, a, b, c, d in cubics:
        SubElement(parent, name, attributes(s=s, a=a, b=b, c=c, d=d))


def write_thing(objects: Element, thing_id: str, thing: Thing) -> None:
    """An <object>."""
    look = attributes(id=thing_id, name=thing.name, type=thing.type)
    if thing.subtype:
        look |= attributes(subtype=thing.subtype)
    look |= attributes(s=thing.s_m, t=thing.t_m, zOffset=thing.z_m, hdg=thing.hdg_rad, orientation="none")
    sizes = {"width": thing.width_m, "height": thing.height_m, "radius": thing.radius_m, "length": thing.deep_m}
    sizes = {name: value for name, value in sizes.items() if value}
    found = SubElement(objects, "object", look | attributes(**sizes))
    if thing.length_m:
        end_t = thing.t_m if thing.end_t_m is None else thing.end_t_m
        repeat = attributes(s=thing.s_m, length=thing.length_m, distance=thing.distance_m, tStart=thing.t_m, tEnd=end_t)
        repeat |= attributes(zOffsetStart=thing.z_m, zOffsetEnd=thing.z_m)
        for name, value in sizes.items():
            if name in ("width", "height"):
                repeat |= attributes(**{f"{name}Start": value, f"{name}End": value})
        SubElement(found, "repeat", repeat)
    if thing.corners:
        outline = SubElement(found, "outline")
        for u, v in thing.corners:
            SubElement(outline, "cornerLocal", attributes(u=u, v=v, z=0.0))


def _write_signal(signals: Element, signal: Signal) -> None:
    place = attributes(name=signal.name, id=signal.id, s=signal.s_m, t=signal.t_m, zOffset=signal.z_m)
    place |= attributes(hOffset=signal.hdg_rad, roll=0.0, pitch=0.0, orientation=signal.orientation)
    kind = attributes(dynamic="yes" if signal.dynamic else "no", country="OpenDRIVE", type=signal.type)
    kind |= attributes(subtype=signal.subtype, value=signal.value, text="")
    wide, tall = signal.size_m
    found = SubElement(signals, "signal", place | kind | attributes(height=tall, width=wide))
    if signal.lanes is not None:
        SubElement(found, "validity", attributes(fromLane=signal.lanes[0], toLane=signal.lanes[1]))


def _write_junction(root: Element, plan: JunctionPlan) -> None:
    junction = SubElement(root, "junction", attributes(id=plan.id, name=plan.name))
    for number, connection in enumerate(plan.connections):
        head = attributes(id=number, incomingRoad=connection.incoming, connectingRoad=connection.connecting)
        found = SubElement(junction, "connection", head | {"contactPoint": "start"})
        for first, last in connection.lanes:
            SubElement(found, "laneLink", {"from": str(first), "to": str(last)})
    for controller in plan.controllers:
        SubElement(junction, "controller", attributes(id=controller, type="0", sequence=0))
