"""Azure DevOps: one organisation with its projects and git repositories, over REST and over git's own protocol."""
