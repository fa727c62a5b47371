"""How much of an address of the network is kept. Pure."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(address: str) -> str:
    """Return the network that an address belongs to, not the address; '' when it is none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    length = 48 if isinstance(parsed, IPv6Address) else 24
    return str(ip_network((parsed.packed, length), strict=False))
