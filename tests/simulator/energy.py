"""The kinetic energy of a vehicle, which neither tyres nor bumps may raise."""

from __future__ import annotations

from agent.simulator.dynamics.vehicle import VehicleState
from agent.simulator.dynamics.vehicle_specs import VehicleSpec


def kinetic_energy_j(spec: VehicleSpec, state: VehicleState) -> float:
    """Of the body's motion over ground, turning included [J]."""
    moving = 0.5 * spec.mass_kg * (state.forward_mps**2 + state.lateral_mps**2)
    return moving + 0.5 * spec.yaw_inertia_kgm2 * state.yaw_rate_radps**2
