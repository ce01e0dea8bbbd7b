"""The whole domain: projects, sprints, tasks, and the record of every change."""
