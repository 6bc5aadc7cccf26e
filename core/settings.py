"""Every setting, typed, from the environment (`AAROGYA_*`). Nothing else reads the environment."""

import base64
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """`demo` loads the demo clinic into an empty database; `production` refuses to serve one."""

    DEMO = "demo"
    PRODUCTION = "production"


DEMO_SECRET = "aarogya-demo-secret-that-everybody-knows"  # noqa: S105  (production refuses it)

DEMO_KEYS = "demo:" + base64.b64encode(b"aarogya-demo-key-for-all-to-see!").decode()


def pairs(given: SecretStr) -> list[tuple[str, str]]:
    """What `id:secret,…` holds, in its order."""
    parts = [pair.strip().partition(":") for pair in given.get_secret_value().split(",")]
    return [(identity, secret) for identity, _, secret in parts]


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
    pool_size: int = Field(
        20, ge=2, le=500, description="Most database connections a process holds, besides four for glances."
    )
    log_level: str = Field("INFO", description="Python's level names.")
    encryption_keys: SecretStr = Field(
        SecretStr(DEMO_KEYS), description="`id:key,…`, 32 bytes each in base64; the first seals, all open."
    )
    lookup_key: SecretStr = Field(SecretStr(DEMO_SECRET), description="Makes a sealed phone number findable; kept.")
    token_keys: SecretStr = Field(
        SecretStr("demo:" + DEMO_SECRET), description="`id:secret,…`, 32 characters or more each; the first signs."
    )
    smtp_url: SecretStr | None = Field(
        None, description="smtp[s]://USER:PASSWORD@HOST:PORT for mail; unset: files under the data folder."
    )
    mail_from: str = Field("Aarogya Setu <no-reply@example.org>", description="Who mail comes from.")
    sms_url: SecretStr | None = Field(
        None, description="An Apprise URL for text messages, with {to} for the number; unset: files."
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks, with commas, of proxies whose X-Forwarded-For and X-Request-Id we believe.",
    )
    metrics_token: SecretStr | None = Field(
        None, description="What Prometheus sends as a bearer to read /metrics; unset: all in a demo, else nobody."
    )
    home_time_zone: str = Field("Asia/Kolkata", description="IANA zone whose midnight bounds the quarters.")

    @field_validator("encryption_keys")
    @classmethod
    def _are_keys(cls, given: SecretStr) -> SecretStr:
        for identity, key in pairs(given):
            try:
                size = len(base64.b64decode(key, validate=True))
            except ValueError:
                size = 0
            if not (identity.isascii() and identity.isalnum() and len(identity) <= 32 and size == 32):
                raise ValueError("each must be ID:KEY, letters and digits, then 32 bytes in base64")
        return given

    @field_validator("token_keys")
    @classmethod
    def _are_secrets(cls, given: SecretStr) -> SecretStr:
        for identity, secret in pairs(given):
            if not (identity.isascii() and identity.isalnum() and len(identity) <= 32 and len(secret) >= 32):
                raise ValueError("each must be ID:SECRET, letters and digits, then 32 characters or more")
        return given

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, given: str) -> str:
        for network in filter(None, given.replace(" ", "").split(",")):
            ip_network(network)
        return given.replace(" ", "")

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
