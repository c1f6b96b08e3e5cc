-- The log: every event of every tenant, in one table that only grows.
--
-- An applied file is never edited; a change is a new file with the next number.

-- Which log this is. Clients compare the epoch: another epoch means that positions they know mean nothing here.
CREATE TABLE log_identity (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL
) STRICT;

-- How far each tenant's log goes, and when it last grew. The writer raises it in the transaction of the events.
CREATE TABLE tenant_head (
    tenant TEXT    NOT NULL PRIMARY KEY,
    pos    INTEGER NOT NULL CHECK (pos > 0),
    at     INTEGER NOT NULL -- microseconds since 1970, UTC
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tenant_head_never_back BEFORE UPDATE ON tenant_head
WHEN new.pos < old.pos OR new.at < old.at
BEGIN
    SELECT RAISE(ABORT, 'a log never gets shorter and its time never runs back');
END;

CREATE TRIGGER tenant_head_never_deleted BEFORE DELETE ON tenant_head
BEGIN
    SELECT RAISE(ABORT, 'a log is never forgotten');
END;

-- The first seven columns are those of postgres-es, so that its tools read the table.
CREATE TABLE events (
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence > 0),
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    payload        TEXT    NOT NULL, -- JSON
    metadata       TEXT    NOT NULL, -- JSON: actor, idempotency key, fingerprint
    tenant         TEXT    NOT NULL,
    tenant_pos     INTEGER NOT NULL CHECK (tenant_pos > 0),
    recorded_at    INTEGER NOT NULL, -- microseconds since 1970, UTC
    command_id     BLOB    NOT NULL, -- UUID, 16 bytes; has no index on purpose: it would halve the batched rate
    ticket_id      BLOB,             -- UUID, 16 bytes, where the event is about one ticket
    -- The leaf hash of the Merkle tree (`leaf_hash BLOB`) joins here with the audit's own migration.
    PRIMARY KEY (tenant, tenant_pos)
) STRICT;

-- Two writers with one expected sequence cannot both succeed.
CREATE UNIQUE INDEX events_stream ON events (aggregate_type, aggregate_id, sequence);

-- The history of one ticket.
CREATE INDEX events_ticket ON events (tenant, ticket_id, tenant_pos) WHERE ticket_id IS NOT NULL;

-- Which days are open, without reading the log.
CREATE INDEX events_day_turns ON events (tenant, aggregate_id, tenant_pos, event_type)
    WHERE event_type IN ('day_opened', 'day_closed');

CREATE TRIGGER events_never_altered BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never altered');
END;

CREATE TRIGGER events_never_deleted BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never deleted');
END;
