-- History by what else than observedAt it may be asked by (timeproperty, 4.11).  Rows come in
-- the order in which the broker learns of them, so that ranges of pages are enough; deletions
-- are few.
CREATE INDEX history_created ON history USING brin (created) WITH (autosummarize = on);
CREATE INDEX history_modified ON history USING brin (modified) WITH (autosummarize = on);
CREATE INDEX history_deleted ON history (hid, attr, deleted) WHERE deleted IS NOT NULL;
