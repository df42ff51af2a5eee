"""Every benchmark in turn: `make bench`."""

from tests.bench import live, saliency_cost

live.main()
saliency_cost.main()
