"""Every setting, typed, from the environment (`AAROGYA_*`). Nothing else reads the environment."""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """`demo` loads the demo clinic into an empty database; `production` refuses to serve one."""

    DEMO = "demo"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """The table of settings: the name in the environment is the field's with `AAROGYA_` before it."""

    model_config = SettingsConfigDict(env_prefix="AAROGYA_", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(3000, ge=1, le=65535, description="Port for pages, API and sockets alike.")
    workers: int = Field(1, ge=1, le=64, description="Server processes on that port.")
    data_dir: Path = Field(Path(".data"), description="Where the embedded PostgreSQL and Redis keep their data.")
    database_url: str | None = Field(None, description="PostgreSQL to use, postgresql://…; unset: an embedded one.")
    redis_url: str | None = Field(None, description="Redis to use, redis://…; unset: an embedded one.")
    environment: Environment = Field(Environment.DEMO, description="`demo` or `production`.")
    public_url: str | None = Field(None, description="Address in people's browsers; unset: http://HOST:PORT.")
    pool_size: int = Field(20, ge=2, le=500, description="Most database connections a process holds.")
    log_level: str = Field("INFO", description="Python's level names.")
    home_time_zone: str = Field("Asia/Kolkata", description="IANA zone whose midnight bounds the quarters.")

    @property
    def origin(self) -> str:
        """Scheme, host and port as a browser sends them in `Origin`."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def is_tls(self) -> bool:
        """Whether people reach us over TLS, so cookies can be Secure."""
        return self.origin.startswith("https://")


@lru_cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
