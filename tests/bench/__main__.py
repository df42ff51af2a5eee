"""Every benchmark in turn: `make bench`."""

from tests.bench import live, rendering, saliency_cost

rendering.main([])
live.main()
saliency_cost.main()
