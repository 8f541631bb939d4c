-- The catalogue in one SQLite file. Instants are microseconds since 1970 UTC. `document` holds the whole
-- record as JSON (infra/catalogues/documents.py); the columns beside it are what is searched or added up.
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (3);

CREATE TABLE segments (
    key TEXT PRIMARY KEY,
    camera TEXT NOT NULL,
    site TEXT NOT NULL,
    district TEXT NOT NULL,
    lat REAL NOT NULL,
    lon REAL NOT NULL,
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    run TEXT NOT NULL,
    retention_class TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    checksum BLOB NOT NULL, -- 16 bytes, big-endian (footage/day.py)
    document TEXT NOT NULL
) STRICT;
CREATE INDEX segments_by_time ON segments (start_us, key);
CREATE INDEX segments_by_end ON segments (camera, end_us, start_us, key);
-- Covers all that a day summary adds up, so that no document is read for a summary.
CREATE INDEX segments_by_camera ON segments (
    camera, start_us, key, end_us, run, site, district, retention_class, size_bytes, checksum
);

-- The sum of the segments of a camera that start on a UTC day (footage/day.py). The catalogue changes a
-- sum in the same transaction as the segments and marks of the day; a day without segments has no row.
CREATE TABLE days (
    camera TEXT NOT NULL,
    day_us INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (camera, day_us)
) STRICT, WITHOUT ROWID;

-- The longest segment, and the longest time between a segment's first and last keyframe, ever seen:
-- nothing that overlaps a window starts earlier than that before the window, so an overlap is one range
-- of an index and never a scan of a camera's history.
CREATE TABLE longest (record TEXT PRIMARY KEY, us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO longest VALUES ('segments', 0), ('keyframes', 0);

-- Gaps of up to a day are found by their start. Longer gaps may last for months but are few, and have
-- indexes of their own, so that a question passes over none of a camera's history of short gaps.
CREATE TABLE gaps (
    camera TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    end_us INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (camera, start_us, reason)
) STRICT, WITHOUT ROWID;
CREATE INDEX gaps_by_time ON gaps (start_us, camera, reason);
CREATE INDEX long_gaps ON gaps (camera, start_us, reason) WHERE end_us - start_us > 86400000000;
CREATE INDEX long_gaps_by_time ON gaps (start_us, camera, reason)
WHERE end_us - start_us > 86400000000;
-- The begin of a camera's recording is read past none of the holes of its imports. A file made before
-- this index existed gets it when opened.
CREATE INDEX IF NOT EXISTS telling_gaps ON gaps (camera, start_us) WHERE reason <> 'no_pictures';

-- All keyframes of a segment in one row (infra/catalogues/packed_keyframes.py).
CREATE TABLE keyframes (
    segment TEXT NOT NULL UNIQUE,
    camera TEXT NOT NULL,
    first_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL,
    packed BLOB NOT NULL
) STRICT;
CREATE INDEX keyframes_by_camera ON keyframes (camera, first_us);

-- Which encoder has looked at which segment; and, for each encoder that ever asked, what it has not
-- looked at yet, so that the next work is found without passing over all that is done. `waiting` counts
-- the rows of `pending`, so that a backlog of months is told by reading a row for each camera.
CREATE TABLE marks (
    key TEXT NOT NULL,
    encoder TEXT NOT NULL,
    PRIMARY KEY (key, encoder)
) STRICT, WITHOUT ROWID;
CREATE TABLE encoders (encoder TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE pending (
    encoder TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    key TEXT NOT NULL,
    camera TEXT NOT NULL,
    PRIMARY KEY (encoder, start_us, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_by_camera ON pending (encoder, camera, start_us);
CREATE TABLE waiting (
    encoder TEXT NOT NULL,
    camera TEXT NOT NULL,
    segments INTEGER NOT NULL,
    PRIMARY KEY (encoder, camera)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER encoder_added AFTER INSERT ON encoders BEGIN
    INSERT INTO pending
    SELECT new.encoder, start_us, key, camera FROM segments
    WHERE NOT EXISTS (
        SELECT 1 FROM marks WHERE marks.key = segments.key AND marks.encoder = new.encoder
    );
END;
CREATE TRIGGER mark_added AFTER INSERT ON marks BEGIN
    DELETE FROM pending
    WHERE encoder = new.encoder AND key = new.key
    AND start_us = (SELECT start_us FROM segments WHERE segments.key = new.key);
END;
CREATE TRIGGER mark_removed AFTER DELETE ON marks BEGIN
    INSERT INTO pending
    SELECT encoder, start_us, key, camera FROM segments CROSS JOIN encoders
    WHERE key = old.key AND encoder = old.encoder;
END;
CREATE TRIGGER segment_added AFTER INSERT ON segments BEGIN
    INSERT INTO pending SELECT encoder, new.start_us, new.key, new.camera FROM encoders;
    UPDATE longest SET us = new.end_us - new.start_us
    WHERE record = 'segments' AND us < new.end_us - new.start_us;
END;
CREATE TRIGGER segment_changed AFTER UPDATE ON segments BEGIN
    DELETE FROM pending
    WHERE encoder IN (SELECT encoder FROM encoders)
    AND start_us = old.start_us AND key = old.key;
    INSERT INTO pending
    SELECT encoder, new.start_us, new.key, new.camera FROM encoders
    WHERE NOT EXISTS (
        SELECT 1 FROM marks WHERE marks.key = new.key AND marks.encoder = encoders.encoder
    );
    UPDATE longest SET us = new.end_us - new.start_us
    WHERE record = 'segments' AND us < new.end_us - new.start_us;
END;
CREATE TRIGGER segment_removed AFTER DELETE ON segments BEGIN
    DELETE FROM keyframes WHERE segment = old.key;
    DELETE FROM marks WHERE key = old.key;
    DELETE FROM pending
    WHERE encoder IN (SELECT encoder FROM encoders)
    AND start_us = old.start_us AND key = old.key;
END;
CREATE TRIGGER pending_added AFTER INSERT ON pending BEGIN
    INSERT INTO waiting
    SELECT new.encoder, new.camera, 0 WHERE NOT EXISTS (
        SELECT 1 FROM waiting WHERE encoder = new.encoder AND camera = new.camera
    );
    UPDATE waiting SET segments = segments + 1
    WHERE encoder = new.encoder AND camera = new.camera;
END;
CREATE TRIGGER pending_removed AFTER DELETE ON pending BEGIN
    UPDATE waiting SET segments = segments - 1
    WHERE encoder = old.encoder AND camera = old.camera;
END;
CREATE TRIGGER keyframes_added AFTER INSERT ON keyframes BEGIN
    UPDATE longest SET us = new.last_us - new.first_us
    WHERE record = 'keyframes' AND us < new.last_us - new.first_us;
END;
CREATE TRIGGER keyframes_changed AFTER UPDATE ON keyframes BEGIN
    UPDATE longest SET us = new.last_us - new.first_us
    WHERE record = 'keyframes' AND us < new.last_us - new.first_us;
END;
