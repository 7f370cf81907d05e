"""Files that analysts bring along: previewed without storing anything, accepted as instruments ``upload:SYMBOL``."""

from engine.uploads.errors import UploadRefused as UploadRefused
from engine.uploads.preview import Preview as Preview
from engine.uploads.preview import Series as Series
from engine.uploads.preview import preview as preview
from engine.uploads.problems import LineProblem as LineProblem
from engine.uploads.statistics import Statistics as Statistics
from engine.uploads.summary import Summary as Summary
from engine.uploads.uploads import Upload as Upload
from engine.uploads.uploads import Uploads as Uploads
