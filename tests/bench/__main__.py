"""Every benchmark in turn: `make bench`."""

from tests.bench import evaluating, live, rendering, saliency_cost, sensors

rendering.main([])
sensors.main([])
live.main()
saliency_cost.main()
evaluating.main()
