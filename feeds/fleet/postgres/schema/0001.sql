-- The journal of a fleet, and the state that is not articles.
-- A migration adds, and changes nothing that a program of the version before reads or writes.

DO $$ BEGIN
    IF to_regnamespace('feeds') IS NULL THEN CREATE SCHEMA feeds; END IF;
END $$;

-- The migrations applied. Programs that know version readable_by, or a later one, can use this version.
CREATE TABLE feeds.schema (
    version integer PRIMARY KEY,
    readable_by integer NOT NULL,
    applied timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row: the head and the lease, which every append compares and sets under the lock of the row.
CREATE TABLE feeds.journal (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    identity uuid NOT NULL DEFAULT gen_random_uuid(),
    number bigint NOT NULL DEFAULT 0,
    digest bytea NOT NULL DEFAULT '',
    generation_at double precision NOT NULL DEFAULT 0,
    generation_commit text NOT NULL DEFAULT '',
    epoch bigint NOT NULL DEFAULT 0,
    leader text NOT NULL DEFAULT '',
    until timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);
INSERT INTO feeds.journal DEFAULT VALUES;

CREATE TABLE feeds.batches (
    number bigint PRIMARY KEY,
    digest bytea NOT NULL,
    content bytea NOT NULL,
    format integer NOT NULL,
    revision bigint NOT NULL,
    newest double precision NOT NULL,
    appended timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE feeds.batches ALTER content SET STORAGE EXTERNAL; -- it is compressed

CREATE TABLE feeds.snapshots (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    number bigint NOT NULL,
    digest bytea NOT NULL,
    written_in integer NOT NULL,
    size bigint NOT NULL, -- of the file, in bytes
    written timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE feeds.snapshot_chunks (
    snapshot bigint NOT NULL REFERENCES feeds.snapshots ON DELETE CASCADE,
    part integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (snapshot, part)
);
ALTER TABLE feeds.snapshot_chunks ALTER content SET STORAGE EXTERNAL;

CREATE TABLE feeds.hosts (
    host text PRIMARY KEY,
    seen timestamptz NOT NULL,
    report json NOT NULL
);

CREATE TABLE feeds.requests (request text PRIMARY KEY);

-- One row: a new value for each change of the state beside the store, null before the first one.
CREATE TABLE feeds.state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    change uuid
);
INSERT INTO feeds.state DEFAULT VALUES;

CREATE TABLE feeds.probes (
    key bytea PRIMARY KEY, -- a digest of the URL, which may be too long for an index
    url text NOT NULL,
    at bigint NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    failures bigint NOT NULL,
    since bigint NOT NULL,
    not_before bigint NOT NULL,
    length bigint NOT NULL,
    type text NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL
);

INSERT INTO feeds.schema (version, readable_by) VALUES (1, 1);
