"""Azure ML's own hosts (*.azureml.ms)."""
