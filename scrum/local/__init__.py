"""Runs everything on one machine: secrets, database, demo data, free ports, honcho.

Production needs none of it: there a service manager starts the processes (see deploy/).
"""
