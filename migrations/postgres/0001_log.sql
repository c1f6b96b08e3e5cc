-- The log: every event of every tenant, in one table that only grows.
--
-- An applied file is never edited; a change is a new file with the next number.

-- Which log this is. Clients compare the epoch: another epoch means that positions they know mean nothing here.
CREATE TABLE log_identity (
    one   integer PRIMARY KEY CHECK (one = 1),
    epoch text    NOT NULL
);

-- How far each tenant's log goes, and when it last grew. An append raises it in the statement of the events, and so
-- holds the tenant's lock until its commit: positions are visible in their order, on standbys too. The row changes
-- with every append, so that half of each page is left free for its next version.
CREATE TABLE tenant_head (
    tenant text        COLLATE "C" PRIMARY KEY,
    pos    bigint      NOT NULL CHECK (pos > 0),
    at     timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- The first seven columns are those of postgres-es, so that its tools read the table. Text sorts by bytes, as in the
-- program. `json` and not `jsonb`: what was written is what is kept, and nothing here looks inside.
CREATE TABLE events (
    aggregate_type text        COLLATE "C" NOT NULL,
    aggregate_id   text        COLLATE "C" NOT NULL,
    sequence       bigint      NOT NULL CHECK (sequence > 0),
    event_type     text        COLLATE "C" NOT NULL,
    event_version  text        NOT NULL,
    payload        json        NOT NULL,
    metadata       json        NOT NULL, -- actor, idempotency key, fingerprint
    tenant         text        COLLATE "C" NOT NULL,
    tenant_pos     bigint      NOT NULL CHECK (tenant_pos > 0),
    recorded_at    timestamptz NOT NULL,
    command_id     uuid        NOT NULL, -- has no index on purpose: a repeat is found in its stream
    ticket_id      uuid,                 -- where the event is about one ticket
    -- The leaf hash of the Merkle tree (`leaf_hash bytea`) joins here with the audit's own migration.
    CONSTRAINT events_position PRIMARY KEY (tenant, tenant_pos),
    -- Two writers with one expected sequence cannot both succeed; the engine knows the conflict by this name.
    CONSTRAINT events_stream UNIQUE (aggregate_type, aggregate_id, sequence)
);

-- The history of one ticket.
CREATE INDEX events_ticket ON events (tenant, ticket_id, tenant_pos) WHERE ticket_id IS NOT NULL;

-- Which days are open, without reading the log.
CREATE INDEX events_day_turns ON events (tenant, aggregate_id, tenant_pos, event_type)
    WHERE event_type IN ('day_opened', 'day_closed');

CREATE FUNCTION smartqueue_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the log is never altered and never deleted', TG_OP, TG_TABLE_NAME;
END $$;

CREATE TRIGGER events_never_altered BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION smartqueue_refuse();

CREATE TRIGGER tenant_head_never_deleted BEFORE DELETE OR TRUNCATE ON tenant_head
    FOR EACH STATEMENT EXECUTE FUNCTION smartqueue_refuse();

CREATE TRIGGER log_identity_never_altered BEFORE UPDATE OR DELETE OR TRUNCATE ON log_identity
    FOR EACH STATEMENT EXECUTE FUNCTION smartqueue_refuse();

CREATE FUNCTION smartqueue_refuse_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a log never gets shorter and its time never runs back';
END $$;

CREATE TRIGGER tenant_head_never_back BEFORE UPDATE ON tenant_head FOR EACH ROW
    WHEN (new.pos < old.pos OR new.at < old.at OR new.tenant <> old.tenant)
    EXECUTE FUNCTION smartqueue_refuse_back();

-- A second wall between tenants, for every role but the owner: a statement sees and writes the events of the one
-- tenant that it names. The names and heads of all tenants stay visible, because nodes ask for all heads at once.
ALTER TABLE events ENABLE ROW LEVEL SECURITY;

CREATE POLICY events_of_one_tenant ON events
    USING (tenant = current_setting('smartqueue.tenant', true))
    WITH CHECK (tenant = current_setting('smartqueue.tenant', true));
