"""Every setting of Lucarne: its name, type, default and what it means.

The reference page and ``lucarne config show`` are generated from this file, so the
descriptions are the documentation. How values are found is in ``conf``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)


def _split(value: Any) -> Any:
    """Let lists be written ``a,b`` in the environment and in secret files."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Codecs = Annotated[
    tuple[Literal["h264", "av1"], ...], NoDecode, BeforeValidator(_split)
]


class Section(BaseModel):
    """A table of ``lucarne.toml``; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(Section):
    url: str = Field(
        default="",
        description="Public address, for example https://tv.example.org, without a "
        "trailing slash. Empty: the address the server listens on.",
    )
    allowed_hosts: Words = Field(
        default=(),
        description="Further host names that the portal answers to, besides the "
        "one of site.url and the machine's own loopback names.",
    )
    time_zone: str = Field(
        default="UTC",
        description="Time zone in which dates are shown, such as Europe/Paris.",
    )

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("an address begins with http:// or https://")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("an address has no path: Lucarne needs its own host name")
        return value.rstrip("/")


class Server(Section):
    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(
        default=8000, ge=1, le=65535, description="TCP port the server listens on."
    )
    trusted_proxies: Words = Field(
        default=(),
        description="Addresses or networks of proxies whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed, such as 127.0.0.1 or 10.0.0.0/8.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much the server writes to standard error."
    )


class Database(Section):
    url: SecretStr = Field(
        default=SecretStr(""),
        description="Where rows and jobs live: postgresql://user:password@host/name. "
        "Empty: SQLite files in the data folder.",
    )

    @field_validator("url")
    @classmethod
    def _is_postgres(cls, value: SecretStr) -> SecretStr:
        address = value.get_secret_value()
        if address and not address.startswith(("postgresql://", "postgres://")):
            raise ValueError("a database address begins with postgresql://")
        return value


class Jobs(Section):
    concurrency: int = Field(
        default=0,
        ge=0,
        le=64,
        description="How many encodes run at once in one process; each keeps about two "
        "cores busy. 0: one for every two cores.",
    )

    @property
    def slots(self) -> int:
        """How many encodes run at once, at least one."""
        return self.concurrency or max(1, (os.cpu_count() or 1) // 2)


class Uploads(Section):
    max_bytes: int = Field(
        default=50_000_000_000,
        ge=1,
        description="Largest film that is taken in, in bytes.",
    )
    reserve_bytes: int = Field(
        default=1_000_000_000,
        ge=0,
        description="Free disk space, in bytes, that an upload never eats into.",
    )
    keep_days: int = Field(
        default=7,
        ge=1,
        le=365,
        description="How many days an upload that nobody goes on with is kept.",
    )
    person_bytes: int = Field(
        default=0,
        ge=0,
        description="How many bytes the films of one person may have together, what "
        "she is sending included. 0: as many as there is room for. `lucarne quota` "
        "makes exceptions.",
    )
    person_films: int = Field(
        default=0,
        ge=0,
        description="How many films one person may have. 0: any number.",
    )
    channel_bytes: int = Field(
        default=0,
        ge=0,
        description="How many bytes the films of one channel may have together. 0: as "
        "many as there is room for.",
    )
    channel_films: int = Field(
        default=0,
        ge=0,
        description="How many films one channel may have. 0: any number.",
    )
    overlap: bool = Field(
        default=True,
        description="Whether films are prepared while they arrive, so that they can be "
        "watched as soon as their last byte is here.",
    )
    fetch_private_networks: bool = Field(
        default=False,
        description="Whether films may be fetched from addresses in private networks, "
        "this machine's own included. Anyone who may publish can then reach them.",
    )
    fetch_minutes: int = Field(
        default=360,
        ge=1,
        description="How many minutes fetching one film from an address may take.",
    )
    watched_folder: str = Field(
        default="",
        description="Folder whose films are published by themselves, in the first "
        "channel, or in the one that a folder in it is named after. Empty: none.",
    )


class Media(Section):
    ffmpeg: str = Field(
        default="",
        description="Path of an FFmpeg to use instead of the one that comes with "
        "Lucarne. Empty: the one that comes with Lucarne.",
    )
    max_height: int = Field(
        default=1080,
        ge=144,
        le=4320,
        description="Tallest rendition, in pixels, of a film in 16:9.",
    )
    max_frame_rate: int = Field(
        default=60,
        ge=10,
        le=120,
        description="Highest frame rate of a rendition, in 1/s.",
    )
    segment_ms: int = Field(
        default=4000,
        ge=1000,
        le=10_000,
        description="Length of a segment, in milliseconds.",
    )
    chunk_ms: int = Field(
        default=40_000,
        ge=4000,
        le=600_000,
        description="Longest run of segments encoded in one go, in milliseconds.",
    )
    audio_kbps: int = Field(
        default=128, ge=32, le=512, description="Bit rate of stereo sound, in kbit/s."
    )
    loudness: Literal["web", "r128", "off"] = Field(
        default="web",
        description="How loud films are made, each as a whole: -16 LUFS as streaming "
        "services have it (web), -23 LUFS as broadcasters have it (r128), or as each "
        "film is (off). The uploaded file is left as it is.",
    )
    max_copy_kbps: int = Field(
        default=20_000,
        ge=0,
        description="Highest bit rate, in kbit/s, at which a film's own picture is "
        "offered without re-encoding while the ladder is made.",
    )
    max_pixels: int = Field(
        default=36_000_000,
        ge=1,
        description="Most pixels a picture of a film may have.",
    )
    max_decoded_frames: int = Field(
        default=3_000_000, ge=1, description="Most pictures a film may have."
    )


class Fine(Section):
    """The second pass over a film: smaller at the same quality."""

    when: Literal["economy", "always", "never"] = Field(
        default="economy",
        description="Which films are encoded a second time, smaller at the same "
        "quality: those whose viewing pays for it (economy), all (always), or only "
        "those somebody asks for (never).",
    )
    curves: Literal["auto", "every", "fine"] = Field(
        default="auto",
        description="Which films have their ladder measured, for the studio to show: "
        "every one, some seconds to minutes of one core each (every), those that are "
        "encoded a second time (fine), or every one unless fine.when is never (auto).",
    )
    codecs: Codecs = Field(
        default=("h264", "av1"),
        min_length=1,
        description="What the second pass makes. AV1 beside H.264 takes more time "
        "and halves what those who can play it fetch.",
    )
    price_per_gb: float = Field(
        default=0.01,
        ge=0,
        description="What a gigabyte costs to deliver, in any currency.",
    )
    price_per_cpu_hour: float = Field(
        default=0.02,
        ge=0,
        description="What an hour of one processor core costs, in the same currency.",
    )
    horizon_days: int = Field(
        default=180,
        ge=1,
        le=3650,
        description="For how many days a film is expected to be watched as much as in "
        "the last thirty.",
    )


class Security(Section):
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key that signs sessions and media addresses. Empty: read from "
        "security.secret_key_file.",
    )
    secret_key_file: str = Field(
        default="",
        description="File that holds the key; made at the first start. Empty: "
        "secret.key in the data folder.",
    )


@dataclass(frozen=True, kw_only=True)
class Paths:
    """What lies where in the data folder."""

    data: Path
    config: Path  # lucarne.toml, optional
    secrets: Path  # secret files, optional
    secret_key: Path
    database: Path  # Django's SQLite file
    engine: Path  # the jobs' SQLite file
    store: Path  # what is served
    incoming: Path  # films being received
    scratch: Path  # work in progress, same file system as the store
    alive: Path  # one locked file per process that runs jobs


class Settings(BaseSettings):
    """All settings; ``conf.load`` collects the values, this class judges them."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    data: Path = Field(
        default=Path("data"),
        description="Data folder. Not in lucarne.toml, which lies inside it.",
    )
    site: Site = Site()
    server: Server = Server()
    database: Database = Database()
    jobs: Jobs = Jobs()
    uploads: Uploads = Uploads()
    media: Media = Media()
    fine: Fine = Fine()
    security: Security = Security()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # conf.load reads the others, to say who said what

    @property
    def paths(self) -> Paths:
        data = self.data
        named = self.security.secret_key_file
        return Paths(
            data=data,
            config=data / "lucarne.toml",
            secrets=data / "secrets",
            secret_key=Path(named) if named else data / "secret.key",
            database=data / "lucarne.sqlite3",
            engine=data / "engine.sqlite3",
            store=data / "store",
            incoming=data / "incoming",
            scratch=data / "scratch",
            alive=data / "alive",
        )

    @property
    def url(self) -> str:
        """Where people find the portal, without a trailing slash."""
        if self.site.url:
            return self.site.url
        host = self.server.host
        if host in {"0.0.0.0", "::", ""}:  # noqa: S104  listening is not calling
            host = "127.0.0.1"
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host name the portal answers to."""
        own = urlsplit(self.url).hostname or "localhost"
        names = (*self.site.allowed_hosts, own, "localhost", "127.0.0.1", "[::1]")
        return tuple(
            dict.fromkeys(
                f"[{n}]" if n.count(":") > 1 and n[0] != "[" else n for n in names
            )
        )
