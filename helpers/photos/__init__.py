"""Photographs: any folder of photos as a labelled image set, and Grocery Store by name.

``load`` decodes a folder once into a memory-mapped cache; ``class_disjoint`` cuts it into classes
seen and unseen in training; ``split_protocol`` and ``leave_one_out`` say which photos are queries
and which are the database; ``split_by_occasion`` draws a split that no burst of photos crosses.
"""

from helpers.photos.collection import PhotoCollection, folder_of, load
from helpers.photos.labels import LabelsError, Photo, PhotosNotFound, read_labels
from helpers.photos.occasions import occasions, split_by_occasion
from helpers.photos.protocols import Protocol, class_disjoint, leave_one_out, split_protocol
from helpers.photos.sources import fetch

__all__ = [
    "LabelsError",
    "Photo",
    "PhotoCollection",
    "PhotosNotFound",
    "Protocol",
    "class_disjoint",
    "fetch",
    "folder_of",
    "leave_one_out",
    "load",
    "occasions",
    "read_labels",
    "split_by_occasion",
    "split_protocol",
]
