"""Commands: what an agent or a bot types behind `::` is done, and its author gets an answer."""

from django.utils.translation import gettext as _

from engine.commands.carry_out import do_command, do_refuse
from engine.pipeline.passage import Followup, Passage


def step(passage: Passage) -> None:
    """Only typed lines; what the platform tells agents passes here, too."""
    if passage.typed:
        passage.follow(Followup(do_command, do_refuse))
        passage.note(_("The result of the command follows."))
