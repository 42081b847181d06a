"""What runs on clusters, agents and machines: plain Python that knows nothing of the wizard."""
