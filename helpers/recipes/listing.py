"""Everything that ``make retrain`` trains and the course ships, with seed 0."""

from __future__ import annotations

from itertools import product

from helpers.recipes import studies
from helpers.recipes.architectures import BUDGETS, NETWORKS
from helpers.recipes.course import GROCERY, alone, photo_student, photo_teacher, student, teacher
from helpers.recipes.recipe import Recipe

STARTS = ("scratch", "teacher")

TABLE = (
    "regression",
    "raml_absolute",
    "raml",
    "absolute_teacher",
    "contextual_similarity",
    "contrastive_plus",
    "contrastive",
    "triplet",
    "multi_similarity",
    "relaxed_contrastive",
    "rkd",
    "dark_rank",
    "relative_teacher",
    "contrastive_symmetric",
    "triplet_symmetric",
    "multi_similarity_symmetric",
)
"""The losses of notebook 05's table: absolute, asymmetric, relational, and without a teacher."""

MIXED = ("regression", "raml_absolute", "contrastive_plus", "triplet", "rkd", "dark_rank")
"""The losses of notebook 05's mixer besides RAML: two absolute, two asymmetric, two relational."""

WEIGHTS = ((0.0, 0.2, 0.7718), (0.0, 0.2, 0.6684))
"""RAML's weights λ₁ and λ₂ in the mixer: none, a small one, and that of the authors for CUB200."""

POOLS = (0, 500, 2000)
"""Unlabelled pictures of notebook 06, besides the whole pool."""

TEACHER_STEPS = (70, 200)
"""Teachers of lower quality, besides the course's own."""

FINE = 0.55
"""The other mark size of notebook 04: marks near the pixel at full size."""


class UnknownRecipe(ValueError):
    """No recipe of the course has this name."""


def shipped() -> list[Recipe]:
    """The course's own runs, shipped with weights; teachers before their students."""
    return [
        teacher(96),
        student(96, 48),
        student(96, 24),
        alone(96, 48),
        teacher(128),
        student(128, 64),
    ]


def shipped_photos() -> list[Recipe]:
    """Every recipe on the Grocery photos: only their numbers come with the course."""
    return [photo_teacher(GROCERY), photo_student(GROCERY, 96), photo_student(GROCERY, 64)]


def studied() -> list[Recipe]:
    """The runs of notebooks 04 to 06: only their numbers come with the course."""
    listed = [*architecture_or_resolution(), *distillation_losses(), *learning_from_teachers()]
    return list(dict.fromkeys(listed))


def architecture_or_resolution() -> list[Recipe]:
    """Notebook 04: every way to spend a budget, two starts, two sizes of marks."""
    listed = []
    for budget in BUDGETS:
        listed += [studies.small_image(budget, start) for start in STARTS]
        for kind in NETWORKS:
            listed += both(studies.small_network(kind, budget, "labels"))
            listed.append(studies.small_network(kind, budget, "scratch"))
        listed.append(studies.adapted(budget))
    longer = [studies.small_image(32), studies.small_network("narrow", 32)]
    listed += [studies.to_plateau(recipe) for recipe in longer]
    for budget in BUDGETS:
        image = studies.small_image(budget, mark_size=FINE)
        listed += [image.teacher, image]
        listed += both(studies.small_network("narrow", budget, mark_size=FINE))
    return list(dict.fromkeys(listed))


def both(recipe: Recipe) -> list[Recipe]:
    """A run, after the run on labels that it starts from."""
    return [recipe.first_trained, recipe]


def distillation_losses() -> list[Recipe]:
    """Notebook 05: the table of losses, who mines, and the parts of RAML."""
    listed = [studies.copying(loss, start) for loss in TABLE for start in STARTS]
    listed += [studies.copying(loss) for loss in studies.MINED]
    parts = ("raml_student_teacher", "raml_student_student")
    listed += [studies.copying(part) for part in parts]
    return [*listed, studies.uncoupled(), studies.raml_with_views(2), *mixed()]


def mixed() -> list[Recipe]:
    """Notebook 05's mixer, whose students are shipped with a sample of their embeddings."""
    listed = [studies.copying(loss, start) for loss in MIXED for start in STARTS]
    for first, second in product(*WEIGHTS):
        listed += [studies.raml_with_weights(first, second, start) for start in STARTS]
    return listed


def learning_from_teachers() -> list[Recipe]:
    """Notebook 06: very small networks, more pictures, poor pictures, poor teachers."""
    listed = [studies.taught(loss) for loss in ("batch_hard_triplet", *studies.TEACHERS)]
    listed += [studies.with_pool(count) for count in POOLS]
    for quality in ("clean", *studies.DEGRADATIONS):
        listed.append(studies.degraded(quality, "batch_hard_triplet"))
        listed.append(studies.degraded(quality))
    for steps in TEACHER_STEPS:
        listed += [studies.teacher_of_steps(steps), studies.taught_by(steps)]
    return listed


def find(name: str) -> Recipe:
    """The recipe of the course with this name, seed 0.

    Raises:
        UnknownRecipe: no recipe has the name; the message lists those that exist.
    """
    known = {recipe.name: recipe for recipe in shipped() + shipped_photos() + studied()}
    if name not in known:
        raise UnknownRecipe(f"no recipe is called {name!r}; there is {', '.join(known)}")
    return known[name]
