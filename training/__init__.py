"""The record: who is learning what, and what they earned."""

from training.celery import app as celery_app

__all__ = ("celery_app",)
