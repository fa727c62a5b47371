"""Sessions in the database, as Django's, found by a query that is written once a process."""

from typing import Any, Final

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from training.compiled import CompiledQuery, Slot

_alive: Final[CompiledQuery[Session]] = CompiledQuery(
    lambda: Session.objects.filter(
        session_key=Slot("key", CharField()), expire_date__gt=Slot("now", DateTimeField())
    )
)


class SessionStore(DatabaseSessionStore):
    """Django's; each page of whoever is signed in begins with this query."""

    def _get_session_from_db(self) -> Any:
        found = _alive.get(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found
