"""What runs a pipeline: the interpreter of its YAML file, and the agent that runs its jobs."""
