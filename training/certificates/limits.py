"""How often one address may look certificates up; counted in the cache."""

import ipaddress
import time
from dataclasses import dataclass
from typing import Final

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True)
class Limit:
    """So many lookups of a kind in so many seconds."""

    name: str
    lookups: int
    seconds: int


BY_CODE: Final = Limit("code", lookups=30, seconds=60)
BY_NUMBER: Final = Limit("number", lookups=10, seconds=600)
"""Stricter: registry numbers follow each other, so somebody could try them all."""


class TooManyLookups(Exception):
    """An address has looked up more than its limit allows."""


def count_lookup(request: HttpRequest, limit: Limit) -> None:
    """Count one lookup of the request's address; raise TooManyLookups beyond the limit."""
    window = int(time.time()) // limit.seconds
    key = f"certificates:{limit.name}:{_network(request)}:{window}"
    is_first = cache.add(key, 1, timeout=2 * limit.seconds)
    if not is_first and cache.incr(key) > limit.lookups:
        raise TooManyLookups(limit.name)


def _network(request: HttpRequest) -> str:
    """Return the client's IPv4 address, or the /64 that one holder of IPv6 addresses has."""
    address = get_adapter().get_client_ip(request)
    if ":" not in address:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
