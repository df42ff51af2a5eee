"""Every benchmark in turn: `make bench`."""

from tests.bench import evaluating, live, rendering, rhythm, saliency_cost, saliency_growth, sensors

rendering.main([])
sensors.main([])
live.main()
rhythm.main()
saliency_cost.main()
saliency_growth.main(2_000)  # by itself it makes 20,000 calls: a quarter of an hour
evaluating.main()
