"""The pipeline as a kind of work: a conversation is one row of it."""

from engine.models import PipelineLane
from engine.pipeline.load import load
from engine.pipeline.run import commit
from engine.work import Kind

KIND = Kind("pipeline", PipelineLane, load, commit, shared_by="tenant")
