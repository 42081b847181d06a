"""What one refresh of the status asks the cloud for."""

from tests.rehearsal import Rehearsal

# Signing in, and what clients ask once before their first call.
ONCE = ("/oauth2/", "/.well-known/", "/metadata/endpoints", "/discovery", "/connectionData", "/_apis/ResourceAreas")


def requests_since(rehearsal: Rehearsal, before: int) -> list[str]:
    """The requests after so many exchanges, sorted, without what comes before the first call of a client."""
    return sorted(
        f"{each['method']} {each['url'].partition('?')[0]}"
        for each in rehearsal.traffic()[before:]
        if each["method"] != "OPTIONS" and each["status"] != 401 and not any(part in each["url"] for part in ONCE)
    )
