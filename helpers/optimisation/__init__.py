"""The training loop: steps, schedule, progress, and a state that can be resumed."""

from helpers.optimisation.loop import Batches, Loss, generator_of, optimise, random_of
from helpers.optimisation.settings import TrainingSettings

__all__ = ["Batches", "Loss", "TrainingSettings", "generator_of", "optimise", "random_of"]
