-- The files of the corpus: contents by their digests, and the names of the published ones.

-- One row: version grows with every change of names, and is the time in microseconds if that is greater,
-- so that a database that lost its end repeats no version. Removed names up to pruned are forgotten.
CREATE TABLE feeds.asset_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version bigint NOT NULL DEFAULT 0,
    revision bigint NOT NULL DEFAULT -1,
    pruned bigint NOT NULL DEFAULT 0
);
INSERT INTO feeds.asset_state DEFAULT VALUES;

CREATE TABLE feeds.asset_names (
    key bytea PRIMARY KEY, -- a digest of the name, which may be too long for an index
    name text NOT NULL,
    digest text, -- null if the name was removed
    size bigint NOT NULL,
    modified bigint NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX asset_names_version ON feeds.asset_names (version);
CREATE INDEX asset_names_digest ON feeds.asset_names (digest);

CREATE TABLE feeds.asset_contents (
    digest text PRIMARY KEY,
    kept timestamptz NOT NULL DEFAULT clock_timestamp() -- last written, named or checked
);

CREATE TABLE feeds.asset_chunks (
    digest text NOT NULL REFERENCES feeds.asset_contents ON DELETE CASCADE,
    part integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (digest, part)
);
ALTER TABLE feeds.asset_chunks ALTER content SET STORAGE EXTERNAL; -- pictures are compressed

INSERT INTO feeds.schema (version, readable_by) VALUES (2, 1);
