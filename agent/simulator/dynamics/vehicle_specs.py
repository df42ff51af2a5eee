"""The fleet: size, weight and strength of CARLA 0.9.16's vehicles.

Lengths, widths and heights are those of the bounding boxes CARLA 0.9.16 answers (BerkeleyLearnVerify/Scenic keeps a
snapshot of them). Mass, wheelbase, wheel radius and power are the makers' figures, rounded. The rest follows from them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

from agent.simulator.nouns import Label

GRAVITY_MPS2 = 9.81
AIR_DENSITY_KGPM3 = 1.2
TYRE_FRICTION = 2.45
"""CARLA's: `tire_friction` 3.5 on Unreal's default surface, 0.7. More than rubber has on asphalt, but the
Traffic Manager drives bends as fast as that allows."""
FRONT_AXLE_SHARE = 0.48
"""Of the wheelbase: the origin lies a little ahead of the middle, so the car understeers mildly and stays stable."""


@dataclass(frozen=True, slots=True)
class VehicleSpec:
    """What the dynamics need to know of one model. The origin is the bounding box's middle, on the ground.

    Attributes:
        label: semantic class.
        number_of_wheels: 2, 4 or 6.
        length_m, width_m, height_m: bounding box.
        wheelbase_m: front axle to rear axle.
        front_axle_m, rear_axle_m: distances of the axles from the origin, both positive.
        mass_kg: unladen.
        yaw_inertia_kgm2: about the vertical axis through the origin.
        wheel_radius_m: under load.
        max_steer_rad: greatest angle of the front wheels at rest.
        steer_rate_radps: fastest turn of the front wheels away from straight on; back to it goes twice as fast.
        max_drive_n: greatest traction force at the wheels.
        max_power_w: traction force times speed never exceeds it.
        max_reverse_mps: the engine stops pushing backwards at this speed.
        max_brake_n: of the service brake, all wheels.
        coast_brake_n: engine braking with the throttle released.
        drag_area_m2: drag coefficient times frontal area.
        rolling_resistance: share of the weight.
        tyre_stiffness: cornering stiffness per unit of axle load [1/rad].
        tyre_friction: on dry asphalt.
        front_load_n, rear_load_n: on the axles; follow from the others, as
        radius_m: of the circle around the box from above.
    """

    label: Label
    number_of_wheels: int
    length_m: float
    width_m: float
    height_m: float
    wheelbase_m: float
    front_axle_m: float
    rear_axle_m: float
    mass_kg: float
    yaw_inertia_kgm2: float
    wheel_radius_m: float
    max_steer_rad: float
    steer_rate_radps: float
    max_drive_n: float
    max_power_w: float
    max_reverse_mps: float
    max_brake_n: float
    coast_brake_n: float
    drag_area_m2: float
    rolling_resistance: float
    tyre_stiffness: float
    tyre_friction: float
    front_load_n: float = field(init=False)
    rear_load_n: float = field(init=False)
    radius_m: float = field(init=False)

    def __post_init__(self) -> None:
        weight_n = self.mass_kg * GRAVITY_MPS2
        object.__setattr__(self, "front_load_n", weight_n * self.rear_axle_m / self.wheelbase_m)
        object.__setattr__(self, "rear_load_n", weight_n - self.front_load_n)
        object.__setattr__(self, "radius_m", 0.5 * math.hypot(self.length_m, self.width_m))


@dataclass(frozen=True, slots=True)
class _Kind:
    """What models of one kind share; forces are accelerations of the model's own mass."""

    label: Label
    wheels: int
    max_steer_deg: float
    drive_mps2: float
    drag_coefficient: float
    rolling_resistance: float
    max_reverse_mps: float


_CAR = _Kind(Label.CAR, 4, 70.0, 5.5, 0.32, 0.012, 12.0)
_VAN = _Kind(Label.TRUCK, 4, 70.0, 4.0, 0.40, 0.012, 10.0)
_TRUCK = _Kind(Label.TRUCK, 4, 60.0, 3.0, 0.80, 0.009, 8.0)
_TRUCK6 = _Kind(Label.TRUCK, 6, 60.0, 2.5, 0.80, 0.009, 8.0)
_BUS = _Kind(Label.BUS, 4, 60.0, 2.5, 0.60, 0.009, 8.0)
_MOTORCYCLE = _Kind(Label.MOTORCYCLE, 2, 60.0, 6.5, 0.60, 0.015, 3.0)
_BICYCLE = _Kind(Label.BICYCLE, 2, 60.0, 2.0, 1.00, 0.006, 1.5)

# blueprint without "vehicle.": kind, (length, width, height, wheelbase, wheel radius) m, mass kg, power kW
_FLEET: dict[str, tuple[_Kind, tuple[float, float, float, float, float], float, float]] = {
    "audi.a2": (_CAR, (3.705, 1.789, 1.549, 2.40, 0.31), 990, 66),
    "audi.etron": (_CAR, (4.856, 2.033, 1.649, 2.93, 0.37), 2490, 265),
    "audi.tt": (_CAR, (4.181, 1.994, 1.385, 2.51, 0.34), 1410, 169),
    "bmw.grandtourer": (_CAR, (4.611, 2.242, 1.667, 2.78, 0.34), 1570, 110),
    "chevrolet.impala": (_CAR, (5.357, 2.033, 1.411, 3.02, 0.36), 1800, 186),
    "citroen.c3": (_CAR, (3.988, 1.851, 1.617, 2.54, 0.32), 1090, 81),
    "dodge.charger_2020": (_CAR, (5.008, 1.882, 1.535, 3.05, 0.36), 1830, 276),
    "dodge.charger_police": (_CAR, (4.974, 2.038, 1.542, 3.05, 0.36), 1900, 276),
    "dodge.charger_police_2020": (_CAR, (5.238, 1.930, 1.638, 3.05, 0.36), 1900, 276),
    "ford.crown": (_CAR, (5.366, 1.801, 1.575, 2.91, 0.34), 1870, 178),
    "ford.mustang": (_CAR, (4.718, 1.895, 1.301, 2.74, 0.34), 1300, 200),
    "jeep.wrangler_rubicon": (_CAR, (3.866, 1.905, 1.878, 2.42, 0.40), 1770, 209),
    "lincoln.mkz_2017": (_CAR, (4.902, 2.128, 1.511, 2.85, 0.35), 1690, 183),
    "lincoln.mkz_2020": (_CAR, (4.892, 1.837, 1.490, 2.85, 0.35), 1690, 183),
    "mercedes.coupe": (_CAR, (5.027, 2.152, 1.651, 2.94, 0.36), 1750, 245),
    "mercedes.coupe_2020": (_CAR, (4.674, 1.812, 1.442, 2.84, 0.35), 1650, 190),
    "micro.microlino": (_CAR, (2.207, 1.481, 1.376, 1.57, 0.27), 510, 15),
    "mini.cooper_s": (_CAR, (3.806, 1.970, 1.475, 2.47, 0.32), 1170, 128),
    "mini.cooper_s_2021": (_CAR, (4.553, 2.097, 1.767, 2.57, 0.34), 1360, 141),
    "nissan.micra": (_CAR, (3.633, 1.845, 1.501, 2.43, 0.30), 970, 59),
    "nissan.patrol": (_CAR, (4.605, 1.932, 1.855, 2.85, 0.39), 2300, 118),
    "nissan.patrol_2021": (_CAR, (5.566, 2.150, 2.045, 3.08, 0.40), 2750, 298),
    "seat.leon": (_CAR, (4.193, 1.816, 1.474, 2.58, 0.32), 1280, 110),
    "tesla.model3": (_CAR, (4.792, 2.163, 1.488, 2.88, 0.35), 1845, 258),
    "toyota.prius": (_CAR, (4.514, 2.007, 1.525, 2.70, 0.32), 1380, 90),
    "tesla.cybertruck": (_VAN, (6.274, 2.390, 2.098, 3.64, 0.44), 3000, 440),
    "ford.ambulance": (_VAN, (6.366, 2.351, 2.431, 3.51, 0.38), 3800, 186),
    "mercedes.sprinter": (_VAN, (5.915, 1.988, 2.561, 3.67, 0.35), 2200, 120),
    "volkswagen.t2": (_VAN, (4.480, 2.069, 2.038, 2.40, 0.33), 1250, 51),
    "volkswagen.t2_2021": (_VAN, (4.442, 1.775, 1.987, 2.40, 0.33), 1250, 51),
    "carlamotors.carlacola": (_TRUCK, (5.204, 2.627, 2.467, 2.80, 0.42), 5500, 130),
    "carlamotors.european_hgv": (_TRUCK, (7.936, 2.891, 3.462, 4.30, 0.50), 9000, 330),
    "carlamotors.firetruck": (_TRUCK6, (8.468, 2.891, 3.827, 4.80, 0.50), 15000, 330),
    "mitsubishi.fusorosa": (_BUS, (10.273, 3.944, 4.253, 5.60, 0.45), 8000, 180),
    "harley-davidson.low_rider": (_MOTORCYCLE, (2.350, 0.766, 1.649, 1.63, 0.33), 380, 64),
    "kawasaki.ninja": (_MOTORCYCLE, (2.044, 0.797, 1.523, 1.40, 0.31), 280, 90),
    "vespa.zx125": (_MOTORCYCLE, (1.817, 0.866, 1.590, 1.25, 0.25), 190, 8),
    "yamaha.yzf": (_MOTORCYCLE, (2.191, 0.866, 1.530, 1.40, 0.31), 280, 90),
    "bh.crossbike": (_BICYCLE, (1.509, 0.866, 1.612, 1.05, 0.35), 90, 0.5),
    "diamondback.century": (_BICYCLE, (1.656, 0.582, 1.620, 1.00, 0.34), 85, 0.5),
    "gazelle.omafiets": (_BICYCLE, (1.843, 0.659, 1.776, 1.10, 0.35), 92, 0.4),
}

BLUEPRINTS: tuple[str, ...] = tuple(f"vehicle.{name}" for name in sorted(_FLEET))
"""Every vehicle id with figures of its own."""

_UNKNOWN = (_CAR, (4.60, 1.90, 1.50, 2.70, 0.34), 1500.0, 120.0)


@cache
def spec_for(blueprint: str) -> VehicleSpec:
    """Figures of a CARLA vehicle id such as "vehicle.audi.tt"; a middling car for an unknown one."""
    kind, size_m, mass_kg, power_kw = _FLEET.get(blueprint.removeprefix("vehicle."), _UNKNOWN)
    length_m, width_m, height_m, wheelbase_m, wheel_radius_m = size_m
    max_steer_rad = math.radians(kind.max_steer_deg)
    return VehicleSpec(
        label=kind.label,
        number_of_wheels=kind.wheels,
        length_m=length_m,
        width_m=width_m,
        height_m=height_m,
        wheelbase_m=wheelbase_m,
        front_axle_m=FRONT_AXLE_SHARE * wheelbase_m,
        rear_axle_m=(1.0 - FRONT_AXLE_SHARE) * wheelbase_m,
        mass_kg=mass_kg,
        yaw_inertia_kgm2=mass_kg * (length_m**2 + width_m**2) / 12.0,  # a box of even density
        wheel_radius_m=wheel_radius_m,
        max_steer_rad=max_steer_rad,
        steer_rate_radps=2.5 * max_steer_rad,  # Unreal 4 PhysX vehicle: SteeringInputRate rises 2.5/s, falls 5/s
        max_drive_n=kind.drive_mps2 * mass_kg,
        max_power_w=1000.0 * power_kw,
        max_reverse_mps=kind.max_reverse_mps,
        max_brake_n=GRAVITY_MPS2 * mass_kg,
        coast_brake_n=0.25 * mass_kg,
        drag_area_m2=kind.drag_coefficient * 0.85 * width_m * height_m,
        rolling_resistance=kind.rolling_resistance,
        tyre_stiffness=11.0,
        tyre_friction=TYRE_FRICTION,
    )
