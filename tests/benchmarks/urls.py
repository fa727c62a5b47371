"""The product's addresses, and the trivial view that is the first floor."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from training import urls

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def trivial(request: HttpRequest) -> HttpResponse:
    """Answer with one word."""
    return HttpResponse("ready")


urlpatterns = [path("benchmark/trivial/", trivial), *urls.urlpatterns]
