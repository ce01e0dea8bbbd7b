"""What the web processes, the relay and watercooler share: the wire and the log in Redis.

Nothing in here knows Django's ORM; the database belongs to ``board``.
"""
