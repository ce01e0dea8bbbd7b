"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id by OWASP's first figures: 19 MiB, two rounds, one thread.

    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html. Django's own
    100 MiB for each sign-in under way would let a few guessers use up a small server's memory.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
