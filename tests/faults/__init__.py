"""``make faults``: what kills, outages and wrong clocks do to the sweep, on real servers with real workers."""
