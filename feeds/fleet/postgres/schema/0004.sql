-- Counts of readers: requests that wait to be counted, the state of the count, and one row a day.

-- Whoever adds or removes batches holds the lock of the only row of reader_queue, so that their numbers
-- are in the order of commits.
CREATE TABLE feeds.reader_queue (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    bytes bigint NOT NULL DEFAULT 0,
    lost bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO feeds.reader_queue DEFAULT VALUES;
CREATE TABLE feeds.reader_batches (number bigserial PRIMARY KEY, content bytea NOT NULL);

-- The last batch of each process that adds some.
CREATE TABLE feeds.reader_senders (
    sender bytea PRIMARY KEY,
    last bigint NOT NULL,
    at double precision NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE feeds.reader_keys (week bigint PRIMARY KEY, key bytea NOT NULL);
CREATE TABLE feeds.reader_states (
    week bigint NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (week, key)
);

CREATE TABLE feeds.reader_days (
    day bigint NOT NULL,
    key bytea NOT NULL, -- a digest of feed and format, which may be too long for an index
    feed text NOT NULL,
    format text NOT NULL,
    readers bigint NOT NULL,
    reported bigint NOT NULL,
    apps bigint NOT NULL,
    push bigint NOT NULL,
    bots bigint NOT NULL,
    browsers bigint NOT NULL,
    requests bigint NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (day, key)
);
CREATE INDEX reader_days_of_feeds ON feeds.reader_days (md5(feed), day);

-- One row: the epoch of the process that counts, and its last report.
CREATE TABLE feeds.reader_counter (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch bigint NOT NULL DEFAULT 0,
    records bigint NOT NULL DEFAULT 0,
    report bytea NOT NULL DEFAULT ''
) WITH (fillfactor = 50);
INSERT INTO feeds.reader_counter DEFAULT VALUES;

INSERT INTO feeds.schema (version, readable_by) VALUES (4, 1);
