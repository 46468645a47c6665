"""What the interface answers of histories and of the log, for the OpenAPI document."""

from api.schemas.outputs.common import of
from lifecycle.queries.views.history import CheckpointPage, ConsistencyProof, FeedPage, HistoryPage

HISTORY = of(HistoryPage, "A page of the history, oldest first.")
FEED = of(FeedPage, "A page of the global log.")
CONSISTENCY = of(ConsistencyProof, "A proof between two checkpoints.")
CHECKPOINTS = of(CheckpointPage, "A page of signed checkpoints.")
