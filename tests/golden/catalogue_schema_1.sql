-- The catalogue in one SQLite file. Instants are microseconds since 1970 UTC. `document` holds the whole
-- record as JSON (infra/catalogues/documents.py); the columns beside it are what is searched.
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (1);

CREATE TABLE segments (
    key TEXT PRIMARY KEY,
    camera TEXT NOT NULL,
    site TEXT NOT NULL,
    district TEXT NOT NULL,
    lat REAL NOT NULL,
    lon REAL NOT NULL,
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX segments_by_time ON segments (start_us, key);
CREATE INDEX segments_by_camera ON segments (camera, start_us, key);
CREATE INDEX segments_by_end ON segments (camera, end_us, start_us, key);

-- The longest segment ever seen: nothing that overlaps a window starts earlier than that before it, so
-- an overlap is one range of an index and never a scan of a camera's history.
CREATE TABLE longest (us INTEGER NOT NULL) STRICT;
INSERT INTO longest VALUES (0);

-- Gaps may last for months but are few: the primary key serves them.
CREATE TABLE gaps (
    camera TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    end_us INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (camera, start_us, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE keyframes (
    segment TEXT NOT NULL,
    offset INTEGER NOT NULL,
    camera TEXT NOT NULL,
    instant_us INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (segment, offset)
) STRICT, WITHOUT ROWID;
CREATE INDEX keyframes_by_camera ON keyframes (camera, instant_us, segment, offset);

-- Which encoder has looked at which segment; and, for each encoder that ever asked, what it has not
-- looked at yet, so that the next work is found without passing over all that is done.
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
    PRIMARY KEY (encoder, start_us, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_by_key ON pending (key);

CREATE TRIGGER encoder_added AFTER INSERT ON encoders BEGIN
    INSERT INTO pending
    SELECT new.encoder, start_us, key FROM segments
    WHERE NOT EXISTS (
        SELECT 1 FROM marks WHERE marks.key = segments.key AND marks.encoder = new.encoder
    );
END;
CREATE TRIGGER mark_added AFTER INSERT ON marks BEGIN
    DELETE FROM pending WHERE key = new.key AND encoder = new.encoder;
END;
CREATE TRIGGER segment_added AFTER INSERT ON segments BEGIN
    INSERT INTO pending SELECT encoder, new.start_us, new.key FROM encoders;
    UPDATE longest SET us = new.end_us - new.start_us WHERE us < new.end_us - new.start_us;
END;
CREATE TRIGGER segment_changed AFTER UPDATE ON segments BEGIN
    UPDATE pending SET start_us = new.start_us WHERE key = new.key;
    UPDATE longest SET us = new.end_us - new.start_us WHERE us < new.end_us - new.start_us;
END;
CREATE TRIGGER segment_removed AFTER DELETE ON segments BEGIN
    DELETE FROM keyframes WHERE segment = old.key;
    DELETE FROM marks WHERE key = old.key;
    DELETE FROM pending WHERE key = old.key;
END;
