"""Where a model is fetched from: the official place or a mirror, looked at before anything is sent.

MASKWRIGHT_MIRROR=ENDPOINT asks ENDPOINT/<sha256> instead of the official place: a content-addressed mirror that needs
no index. Only http and https are spoken.
"""

from __future__ import annotations

import os
import re
import string
import urllib.request
from typing import Any
from urllib.parse import quote, urlsplit

from app.problem import Problem
from app.sam.catalog import Model
from app.text import say

VARIABLE = "MASKWRIGHT_MIRROR"
_chosen_mirror = ""
_SHOWN = 100
"""So much of an address is put into a sentence."""


def url_of(model: Model) -> str:
    """The official place, or the mirror's. Problem when that is no address."""
    of_environment = os.environ.get(VARIABLE, "").strip()
    if of_environment:
        mirror = _checked_mirror(of_environment, VARIABLE)
    elif _chosen_mirror:
        mirror = check_mirror(_chosen_mirror)
    else:
        return checked(model.url)
    return f"{mirror.rstrip('/')}/{model.sha256}"


def use_mirror(address: str) -> None:
    """Asks this mirror from now on, unless the environment names one; "" for the official places."""
    global _chosen_mirror
    _chosen_mirror = address.strip()


def check_mirror(address: str) -> str:
    """Returns the address in ASCII, as it is sent. Problem when it cannot be a mirror's."""
    return _checked_mirror(address.strip(), say("The mirror"))


def checked(address: str) -> str:
    """The same in ASCII, as it is sent. Problem when nothing can be fetched from it."""
    fault = _fault(address)
    if fault:
        raise Problem(f"{_readable(address)}: {fault}.")
    return _in_ascii(address)


def _checked_mirror(address: str, told: str) -> str:
    """Returns the address of a mirror in ASCII; Problem when it is no such address. told: what the person calls it."""
    fault = _fault(address) or (say("it goes on with ? or # behind its folder") if set(address) & {"?", "#"} else "")
    if fault:
        raise Problem(
            say(
                "{told} is {address}: {fault}. Write it like https://example.org/models.",
                told=told,
                address=_readable(address),
                fault=fault,
            )
        )
    return _in_ascii(address)


def _fault(address: str) -> str:
    """Why nothing can be fetched from it, as the end of a sentence; "" when something can."""
    if any(sign.isspace() or not sign.isprintable() for sign in address):
        return say("there is a space in it, or a sign that cannot be seen")
    try:
        parts = urlsplit(address)
        named = bool((parts.hostname or "").encode("idna"))
        _ = parts.port
    except ValueError:  # brackets, labels of a name, numbers beyond 65535
        return say("its server or its port cannot exist")
    if parts.scheme not in ("http", "https"):
        return say("only http and https addresses are fetched")
    if "@" in parts.netloc:
        return say("names and passwords are not sent")
    return "" if named else say("it names no server")


def _in_ascii(address: str) -> str:
    """Names of servers in punycode, the rest in percents."""
    parts = urlsplit(address)
    host = (parts.hostname or "").encode("idna").decode("ascii")
    port = "" if parts.port is None else f":{parts.port}"
    netloc = parts.netloc if parts.netloc.isascii() else f"{host}{port}"
    path, query = (quote(part, safe=string.punctuation) for part in (parts.path, parts.query))
    return parts._replace(netloc=netloc, path=path, query=query).geturl()


def _readable(address: str) -> str:
    """Without what cannot be printed, and without a password."""
    shown = re.sub(r"//[^/]*@", "//", "".join(sign if sign.isprintable() else "?" for sign in address))
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


class HttpRedirects(urllib.request.HTTPRedirectHandler):
    """Goes where a server sends us on to, if something can be fetched there; urllib would speak ftp as well."""

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        """Follows a redirect of any kind; Problem when its address cannot exist or may not be fetched."""
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except Problem:
            fp.close()
            raise
        except ValueError as error:  # urllib takes the address apart before it asks below
            fp.close()
            place = urlsplit(req.full_url).netloc
            raise Problem(
                say("Download failed: {place} sent us on to an address that cannot exist.", place=place)
            ) from error

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """Checks the new address before it is asked; Problem when it may not be fetched."""
        return super().redirect_request(req, fp, code, msg, headers, checked(newurl))
