"""The recipes that claims compare, by the short names that they have in the catalogue."""

from __future__ import annotations

from helpers import recipes
from helpers.recipes import Recipe
from helpers.recipes.architectures import BUDGETS
from helpers.recipes.listing import FINE
from helpers.recipes.studies import DEGRADATIONS

LOSSES = {
    "Reg": "regression",
    "Absolute": "absolute_teacher",
    "Relative": "relative_teacher",
    "RAML": "raml",
    "RAML-abs": "raml_absolute",
    "Contr": "contrastive",
    "Contr+": "contrastive_plus",
    "Triplet": "triplet",
    "MS": "multi_similarity",
    "RKD": "rkd",
    "DarkRank": "dark_rank",
    "student alone": "contrastive_symmetric",
    "student–teacher": "raml_student_teacher",
    "student–student": "raml_student_student",
    "Contr mined by student": "contrastive_mined_by_student",
    "Contr mined by teacher": "contrastive_mined_by_teacher",
    "Contr at random": "contrastive_mined_at_random",
    "Triplet mined by student": "triplet_mined_by_student",
    "Triplet mined by teacher": "triplet_mined_by_teacher",
    "Triplet at random": "triplet_mined_at_random",
}
FROM_TEACHER = ("Reg", "RAML", "RAML-abs", "Contr+")
VERY_SMALL = {
    "triplets alone": "batch_hard_triplet",
    "absolute teacher": "triplet_and_absolute",
    "relative teacher": "triplet_and_relative",
    "hints": "triplet_and_hints",
    "attention": "triplet_and_attention",
}


def contestants() -> dict[str, Recipe]:
    """Every recipe of the catalogue by its name, with seed 0, which stands for all seeds."""
    named = {
        "teacher": recipes.teacher(96),
        "alone 48": recipes.alone(96, 48),
        "student 48": recipes.student(96, 48),
        "student 24": recipes.student(96, 24),
        "λ = 0": recipes.raml_with_weights(0.0, 0.0, "scratch"),
        "λ = 0 from teacher": recipes.raml_with_weights(0.0, 0.0, "teacher"),
        "uncoupled": recipes.uncoupled(),
        "2 views": recipes.raml_with_views(2),
        "Reg, labelled images": recipes.with_pool(0),
        "Reg, 2,000 unlabelled": recipes.with_pool(2000),
        "taught by 200 steps": recipes.taught_by(200),
        "taught by 70 steps": recipes.taught_by(70),
        "image 32 to plateau": recipes.to_plateau(recipes.small_image(32)),
        "narrow 32 to plateau": recipes.to_plateau(recipes.small_network("narrow", 32)),
    }
    named |= {name: recipes.copying(loss) for name, loss in LOSSES.items()}
    named |= {f"{n} from teacher": recipes.copying(LOSSES[n], "teacher") for n in FROM_TEACHER}
    named |= {name: recipes.taught(loss) for name, loss in VERY_SMALL.items()}
    return named | _of_budgets() | _of_poor_images()


def _of_budgets() -> dict[str, Recipe]:
    """Small images and small networks, by the side of the image that costs the same."""
    named = {}
    for size in BUDGETS:
        named |= {
            f"image {size}": recipes.small_image(size),
            f"image {size} from scratch": recipes.small_image(size, "scratch"),
            f"image {size}, fine marks": recipes.small_image(size, mark_size=FINE),
            f"narrow {size} from scratch": recipes.small_network("narrow", size, "scratch"),
            f"narrow {size}, fine marks": recipes.small_network("narrow", size, mark_size=FINE),
            f"adapted {size}": recipes.adapted(size),
        }
        kinds = ("narrow", "shallow", "coarse")
        named |= {f"{kind} {size}": recipes.small_network(kind, size) for kind in kinds}
    return named


def _of_poor_images() -> dict[str, Recipe]:
    teacher = {f"{q}: teacher": recipes.degraded(q) for q in DEGRADATIONS}
    alone = {
        f"{q}: triplets alone": recipes.degraded(q, "batch_hard_triplet") for q in DEGRADATIONS
    }
    return teacher | alone
