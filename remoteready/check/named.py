"""What a profile names beside its rules: hosts to reach, and the clients that record on the desk itself."""

import re
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Model(BaseModel):
    """What all parts of a profile share: unchangeable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Kebab = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


def _has_been(day: date) -> date:
    if day > date.today() + timedelta(days=1):  # a day of grace for the far side of the date line
        raise ValueError(f"{day} is still to come")
    return day


PastDate = Annotated[date, AfterValidator(_has_been)]


def _has_english(texts: dict[str, str]) -> dict[str, str]:
    if not texts.get("en", "").strip():
        raise ValueError("needs at least the English text, under `en`")
    return texts


Texts = Annotated[dict[str, str], AfterValidator(_has_english), Field(json_schema_extra={"required": ["en"]})]


class Source(Model):
    """Who set the limit, where it is written, and when that was last checked."""

    name: str = Field(min_length=1, description="Vendor or document that sets the limit")
    url: str | None = Field(default=None, description="Where it is written")
    checked: PastDate = Field(description="The day the source was last looked at")


# --- hosts ----------------------------------------------------------------------------------------------------------


def _is_digest(text: str) -> str:
    digits = re.sub("[: ]", "", text).lower()
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise ValueError(f"{text!r} is no SHA-256: 64 hexadecimal digits, with or without colons")
    return digits


Digest = Annotated[str, AfterValidator(_is_digest)]
Words = Annotated[str, Field(min_length=1, max_length=200)]


class Identity(Model):
    """By what a desk can tell that it talks to the host itself and not to somebody in between."""

    public: bool = Field(
        default=False, description="A host of the public internet, whose certificate comes from a public authority"
    )
    issuer: tuple[Words, ...] = Field(
        default=(), description="Organisation or common name of whoever signs its certificate; one of several"
    )
    certificate_sha256: tuple[Digest, ...] = Field(
        default=(),
        description="SHA-256 of its certificate. A renewal changes it: name the next one, too, or the issuer instead",
    )


class Target(Identity):
    """A host and port that the desk must reach."""

    address: str = Field(description="host:port, protocol://host:port of a VPN, or a {variable} that holds one")


# --- recording clients ----------------------------------------------------------------------------------------------

Port = Annotated[int, Field(ge=1, le=65535, strict=True)]


def _is_absolute(folder: str) -> str:
    if not re.match(r"/|~/|%\w+%[\\/]|\$\w+/|\$\{\w+\}/|[A-Za-z]:[\\/]", folder):
        raise ValueError(f"{folder!r} must be a whole path, such as %ProgramData%\\Vendor\\Recordings or ~/Recordings")
    return folder


Folder = Annotated[str, AfterValidator(_is_absolute)]


class Footprint(Model):
    """By what a recording client is found on one operating system. What its vendor does not publish is left out."""

    services: tuple[Words, ...] = Field(
        default=(), description="Windows services that run while it records, each by name"
    )
    processes: tuple[Words, ...] = Field(default=(), description="Processes that run while it records, each by name")
    ports: tuple[Port, ...] = Field(default=(), description="TCP ports on 127.0.0.1 where it answers programs")
    backlog: tuple[Folder, ...] = Field(
        default=(), description="Folders where recordings wait for their upload; %NAME%, $NAME and ~ are filled in"
    )
    files: tuple[Words, ...] = Field(default=("*",), description="Names of the files there that are recordings: *.enc")


class RecordingClient(Model):
    """A program that records calls or screens on the desk itself."""

    name: Words = Field(description="Its name as people know it")
    linux: Footprint = Footprint()
    macos: Footprint = Footprint()
    windows: Footprint = Footprint()
    source: Source = Field(description="Where its services, ports and folders are written, and when that was checked")

    @model_validator(mode="after")
    def _services_are_of_windows(self) -> Self:
        for system, footprint in (("linux", self.linux), ("macos", self.macos)):
            if footprint.services:
                raise ValueError(f"{system}.services: only Windows has these services; name the processes")
        return self
