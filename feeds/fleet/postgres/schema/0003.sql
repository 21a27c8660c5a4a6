-- Subscriptions to feeds, requests for them, and the progress of their deliverer.

CREATE TABLE feeds.push_subscriptions (
    key bytea PRIMARY KEY, -- a digest of topic and callback, which may be too long for an index
    host text NOT NULL, -- of the callback
    topic text NOT NULL,
    callback text NOT NULL,
    until double precision NOT NULL,
    since double precision NOT NULL,
    secret bytea NOT NULL,
    algorithm text NOT NULL,
    acknowledged double precision NOT NULL,
    due double precision NOT NULL,
    failures bigint NOT NULL,
    failing double precision NOT NULL,
    reason text NOT NULL,
    not_before double precision NOT NULL,
    moment bigint NOT NULL,
    digest bytea NOT NULL
) WITH (fillfactor = 80);

-- The numbers of subscriptions by host, and of all of them, for which the host is empty.
CREATE TABLE feeds.push_counts (host text PRIMARY KEY, subscriptions bigint NOT NULL);
INSERT INTO feeds.push_counts VALUES ('', 0);

CREATE FUNCTION feeds.push_began() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE feeds.push_counts SET subscriptions = subscriptions + 1 WHERE host = '';
    IF new.host != '' THEN
        INSERT INTO feeds.push_counts AS counts VALUES (new.host, 1)
        ON CONFLICT (host) DO UPDATE SET subscriptions = counts.subscriptions + 1;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER push_began AFTER INSERT ON feeds.push_subscriptions
FOR EACH ROW EXECUTE FUNCTION feeds.push_began();

CREATE FUNCTION feeds.push_ended() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE feeds.push_counts SET subscriptions = subscriptions - 1 WHERE host IN (old.host, '');
    DELETE FROM feeds.push_counts WHERE host = old.host AND host != '' AND subscriptions = 0;
    RETURN NULL;
END $$;
CREATE TRIGGER push_ended AFTER DELETE ON feeds.push_subscriptions
FOR EACH ROW EXECUTE FUNCTION feeds.push_ended();

-- The last request and the last denial of each key. A replacement gets a number of its own.
CREATE SEQUENCE feeds.push_numbers;
CREATE TABLE feeds.push_intents (
    key bytea NOT NULL,
    is_denial boolean NOT NULL,
    is_pending boolean NOT NULL DEFAULT true,
    number bigint NOT NULL DEFAULT nextval('feeds.push_numbers'),
    host text NOT NULL,
    topic text NOT NULL,
    callback text NOT NULL,
    mode text NOT NULL,
    at double precision NOT NULL,
    lease bigint NOT NULL,
    secret bytea NOT NULL,
    algorithm text NOT NULL,
    token text NOT NULL,
    client text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (key, is_denial)
);
CREATE UNIQUE INDEX push_intents_number ON feeds.push_intents (number);
CREATE INDEX push_intents_pending ON feeds.push_intents (host) WHERE is_pending;
CREATE INDEX push_intents_settled ON feeds.push_intents (at) WHERE NOT is_pending;

-- One row: a new value for each recorded intent. Those who change intents hold its lock.
CREATE TABLE feeds.push_asked (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    change uuid
) WITH (fillfactor = 50);
INSERT INTO feeds.push_asked DEFAULT VALUES;

-- One row for each intent that was recorded within a minute.
CREATE TABLE feeds.push_arrivals (at double precision NOT NULL, client text NOT NULL);
CREATE INDEX push_arrivals_by_client ON feeds.push_arrivals (client, at);
CREATE INDEX push_arrivals_by_time ON feeds.push_arrivals (at);

-- One row: the epoch of the deliverer, and what it has recorded. Another database has other epochs.
CREATE TABLE feeds.push_deliverer (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch bigint NOT NULL DEFAULT (random() * 1e12)::bigint,
    identity text NOT NULL DEFAULT '',
    moment bigint NOT NULL DEFAULT 0,
    report bytea NOT NULL DEFAULT '',
    withdrawn boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);
INSERT INTO feeds.push_deliverer DEFAULT VALUES;

INSERT INTO feeds.schema (version, readable_by) VALUES (3, 1);
