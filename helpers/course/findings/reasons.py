"""How we read each verdict: one sentence if a claim holds, if it holds partly, if it fails.

They are readings, not results, and each may say only what its verdict has shown. What is leaning or
undecided needs no reason.
"""

from __future__ import annotations

from helpers.course.findings.claims import FAILS, HOLDS, PARTLY
from helpers.course.findings.rule import NOT_CONFIRMED

_TEXT = """
raml-1
  The marks that tell species apart vanish one after another as images shrink.
  Marks vanish one after another, but not every step takes one that matters.
  What tells species apart survives at least one of these steps.
raml-2a
  The teacher says image by image what labels would, and its relations say more.
  RAML beats some losses with labels and not others.
  This is about RAML's loss alone: whether labels are needed is the question of raml-2b.
raml-2b
  The teacher's place of each image says what a label would and more, also of unlabelled pictures.
  Copying places needs no labels, but does not beat every loss that has them.
  Where labels are, they are worth at least what copying places gains.
raml-3
  Bold marks survive in a smaller image, and the full network starts close to the teacher's space.
  One gives up pixels, the other capacity; which weighs more depends on budget and network.
  At one budget at least, lost pixels weigh as much as lost capacity.
raml-4a
  How the views of an image lie to each other says what other images do not.
  What relations are worth against further images depends on the start.
  At equal cost a step sees a quarter of the images: relations do not make up for them.
raml-4b
  How the views of an image lie to each other says what each alone does not.
  Relations add something from one start and not from the other.
  Where embeddings are copied their relations come along.
raml-5
  A student copies only what it sees, and coupled views show it more.
  Only one of the two, coupling or the number of views, matters as claimed.
  At equal cost more views of an image mean fewer images in a step.
raml-6
  A network knows marks by their size in pixels; the student has learned to bring small images back.
  The teacher is not lost at every size, so the student is not always so far ahead.
  The teacher knows small images too well for the student to be so far ahead.
raml-7
  In the symmetric test query and database share the student's errors, which then do less harm.
  Shared errors do less harm, but a database of large images holds more detail.
  The teacher's database makes up for the errors that a student's own would share.
aml-1a
  The nearer a loss asks for the teacher's own place of an image, the better its queries do.
  Not every step towards the teacher's own place of an image pays.
  Asking for the teacher's own place of an image is no better than pairs with labels.
aml-1b
  They copy relations only, which leaves the space free to turn away from the teacher's.
  The space is free to turn away from the teacher's, but not every loss lets it.
  The space is free to turn away from the teacher's, but does not go so far.
aml-1c
  They ask only that positives come before negatives, which many places fulfil.
  How well an order places a query depends on the loss.
  An order among the teacher's embeddings places queries too.
aml-2a
  With labels a student learns what its teacher does not know.
  Only one of the two losses makes more of the labels than the lost pixels cost.
  The authors' student saw all of its teacher's pixels, this one a ninth of them.
aml-2b
  A copy is at best as good as its original, while labels go on to separate species.
  A copy is at best as good as its original, but labels do not always gain more.
  The copy is at least level with what it should stay behind.
aml-2c
  The teacher, which saw more pixels, knows which differences count.
  The teacher helps in part.
  The teacher adds nothing worth having to the labels.
aml-2d
  Looking at the teacher gets in the way of a good space of one's own.
  Looking at the teacher gets in the way with some of these losses only.
  Looking at the teacher does not get in the way.
aml-3
  To meet another network's space is harder than to make one's own.
  More pictures can make up for having to meet another network's space.
  A good teacher's database is worth a space of one's own.
aml-4
  Relations fix a space up to a rotation, and that was what was missing.
  Not every relational loss copies so well that only a rotation is missing.
  A rotation is not what is missing.
teachers-1
  A triplet says which of two images is nearer; the teacher says how near.
  Only one of the two ways to listen to the teacher helps.
  What the teacher adds to a triplet is not worth having here.
teachers-2
  Triplets alone leave a very small network much room, and the teacher fills it.
  The teacher fills some of the room.
  The teacher's gain stays below this mark.
teachers-3a
  Feature maps say where the teacher looks, which an embedding does not.
  Only one of the two ways to follow the teacher's look helps.
  Where the teacher looks is no help to a network this small.
teachers-3b
  Pictures of other species show parts of the teacher's space that training species do not reach.
  How much unlabelled pictures help depends on their number.
  In so few steps the labelled pictures are hardly used up.
teachers-3c
  The teacher knows from the good image what the poor one only hints at.
  Against some damage the teacher helps, against other it does not.
  Labels show what the damage has left as well as the teacher does, against one damage at least.
teachers-4
  Distances between images say nothing of where in the teacher's space they lie.
  Distances say nothing of places, but a student may end up near them all the same.
  The student ends up near the teacher's places although nothing asks it to.
course-scratch
  The start is not the reason: a wide network makes more of few pixels.
  Without its start the small image keeps its lead at some budgets only.
  The small image owed its lead to the start, at one budget at least.
course-coarse
  Shrinking averages every pixel and leaves the teacher's weights in use.
  What a learned step loses depends on the budget.
  A learned step sees every pixel and loses no more than averaging.
course-longer
  The small network was not merely slower to learn.
  The small network was slower to learn only in part.
  What the small network lacks after a short training it learns in a longer one.
course-fine
  Fine marks are gone from the small image, and no network finds what is gone.
  A narrow network needs some budget to make use of the marks it sees.
  The full network makes as much of the marks that are left, at one budget at least.
course-adapted
  Statistics are quickly put right; filters that know marks by their size are learned anew.
  How much of statistics and filters must change depends on how small the image is.
  One of the two steps does not matter.
course-strangers
  Labels fix only how images lie to each other, and each network starts from other weights.
  The spaces agree in part.
  Something in the training or the start lines the two spaces up.
course-naive
  Small images all move alike: they find each other but not the large ones.
  Small images move away from the large ones, but not equally far at every size.
  Small images do not move so far that the large ones are out of reach.
course-enlarged
  Enlarging gives marks their size back, but the teacher never learned to read blurred ones.
  Enlarging gives marks their size back, which at one size is worth as much as training.
  The teacher reads blurred marks well enough.
course-start
  The last layer of the teacher already leads into its space.
  The teacher's weights lead into its space, which not every loss makes use of.
  Filters for large images are no better a start for small ones than chance.
course-terms
  Similarities among one's own views stay the same however a space is turned.
  One term can align in part.
  The term that can be turned is not so far behind.
course-mining
  Most random pairs are told apart already and teach nothing.
  Which pairs teach depends on the loss and on who finds them.
  The hardest pairs of a batch teach no more than its random ones.
course-teachers
  A better teacher builds a better database, and the student follows it there.
  A better teacher builds a better database, but its space can be harder to follow.
  What a better teacher gains in its database the student loses by not following.
"""


def _read(text: str) -> dict[str, dict[str, str]]:
    """Three sentences under each key, in the order of the verdicts."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return {
        key: dict(zip((HOLDS, PARTLY, FAILS), sentences, strict=True))
        for key, *sentences in zip(*[iter(lines)] * 4, strict=True)
    }


REASONS = _read(_TEXT)


def reason(why: dict[str, str], verdict: str) -> str:
    """The sentence for a computed verdict; empty for one that says nothing of the world."""
    return why.get(FAILS if verdict == NOT_CONFIRMED else verdict, "")
