"""What can go away under the app, for a while and for real."""

import psycopg


class Database:
    """A database that can go away for a while, from under those who use it too."""

    def __init__(self, url: str) -> None:
        self.server = url.rpartition("/")[0] + "/postgres"
        self.name = url.rpartition("/")[2]

    def close(self) -> None:
        """No new connections, and the present ones end."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
            self.end_connections()

    def end_connections(self) -> None:
        """Each; when this returns they have ended."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [self.name]
            )

    def open(self) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")

    def connections(self) -> int:
        """How many there are at this moment."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            return connection.execute(query, [self.name]).fetchone()[0]
