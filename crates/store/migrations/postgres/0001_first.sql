-- The first schema, as SQLite has it. Ids and JSON are text in byte order (COLLATE "C"), so that
-- pages and claims come in one order on every database; moments are epoch milliseconds, booleans
-- 0 and 1.
-- No foreign keys: rows that belong together are written and removed in one transaction each, and
-- checking them again would double the descents of the busiest statements.

CREATE TABLE accounts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    email TEXT COLLATE "C" NOT NULL,
    plan TEXT COLLATE "C" NOT NULL,
    suspended BIGINT NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
    -- NULL: no limit.
    credit_limit BIGINT,
    -- The sums of credit_entries, kept with them so that a submit can be refused by one statement.
    used BIGINT NOT NULL DEFAULT 0,
    held BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),
    -- Tasks that are not terminal.
    unfinished BIGINT NOT NULL DEFAULT 0 CHECK (unfinished >= 0),
    -- Outputs of finished tasks, ever.
    made BIGINT NOT NULL DEFAULT 0,
    -- The most tasks that may be unfinished; NULL: the server's setting.
    unfinished_cap BIGINT,
    -- Requests a minute; NULL: the server's setting.
    rate_cap BIGINT,
    -- Sealed. The former one signs beside the present one until its time is up.
    signing_secret TEXT COLLATE "C" NOT NULL,
    former_secret TEXT COLLATE "C",
    former_until BIGINT,
    created BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    -- HMAC-SHA256 under the pepper, lower-case hex.
    digest TEXT COLLATE "C" NOT NULL UNIQUE,
    label TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    revoked BIGINT
);
CREATE INDEX api_keys_account ON api_keys (account, created);

CREATE TABLE tasks (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C",
    task_type TEXT COLLATE "C" NOT NULL,
    spec TEXT COLLATE "C" NOT NULL,
    parent TEXT COLLATE "C",
    base_url TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL
        CHECK (status IN ('queued', 'running', 'storing', 'finished', 'failed', 'cancelled')),
    progress BIGINT NOT NULL CHECK (progress BETWEEN 0 AND 100),
    accepted_at BIGINT,
    expected_ms BIGINT,
    price BIGINT NOT NULL CHECK (price >= 0),
    failure TEXT COLLATE "C",
    webhook_url TEXT COLLATE "C",
    webhook_secret TEXT COLLATE "C",
    stored BIGINT NOT NULL CHECK (stored >= 0),
    lane TEXT COLLATE "C" NOT NULL,
    need TEXT COLLATE "C" NOT NULL CHECK (need IN ('inputs', 'permit', 'owner')),
    nudge BIGINT NOT NULL,
    nudge_seen BIGINT NOT NULL,
    cancel_asked BIGINT NOT NULL CHECK (cancel_asked IN (0, 1)),
    not_before BIGINT NOT NULL,
    queue_deadline BIGINT NOT NULL,
    open BIGINT NOT NULL CHECK (open IN (0, 1)),
    created BIGINT NOT NULL,
    finished BIGINT,
    expires BIGINT,
    version BIGINT NOT NULL,
    -- The lease: which node, and the fence number of its claim.
    owner TEXT COLLATE "C",
    epoch BIGINT NOT NULL DEFAULT 0,
    -- Times that a node died while it decoded, rendered or joined for this task.
    deaths BIGINT NOT NULL DEFAULT 0,
    deleted BIGINT NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    CHECK ((status IN ('finished', 'failed', 'cancelled')) = (finished IS NOT NULL)),
    CHECK ((finished IS NULL) = (expires IS NULL)),
    CHECK ((status IN ('failed', 'cancelled')) = (failure IS NOT NULL)),
    CHECK ((status = 'finished') = (stored > 0)),
    CHECK (finished IS NOT NULL OR open = 1),
    CHECK ((accepted_at IS NULL) = (expected_ms IS NULL))
);
-- What the claim looks through: one account after the other within a lane.
CREATE INDEX tasks_waiting ON tasks (need, lane, account, not_before, id)
    WHERE open = 1 AND owner IS NULL;
CREATE INDEX tasks_owned ON tasks (owner) WHERE owner IS NOT NULL;
CREATE INDEX tasks_nudged ON tasks (owner) WHERE owner IS NOT NULL AND nudge > nudge_seen;
CREATE INDEX tasks_listed ON tasks (account, created, id);
CREATE INDEX tasks_expiring ON tasks (expires) WHERE expires IS NOT NULL;
CREATE INDEX tasks_of_parent ON tasks (parent) WHERE parent IS NOT NULL;

CREATE TABLE inputs (
    task TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('start', 'end', 'video', 'audio', 'parent')),
    blob TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    bytes BIGINT NOT NULL,
    mime TEXT COLLATE "C" NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    PRIMARY KEY (task, role)
);
CREATE INDEX inputs_blob ON inputs (blob);

CREATE TABLE attempts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    task TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    slots TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    key_name TEXT COLLATE "C" NOT NULL,
    origin TEXT COLLATE "C" NOT NULL,
    upstream_model TEXT COLLATE "C" NOT NULL,
    class TEXT COLLATE "C" NOT NULL CHECK (class IN ('A', 'B', 'C', 'D', 'E')),
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('due', 'intent', 'accepted', 'collecting', 'abandoned',
        'succeeded', 'rejected', 'failed', 'unknown')),
    submit_key TEXT COLLATE "C" NOT NULL,
    prepared TEXT COLLATE "C" NOT NULL,
    body_hash TEXT COLLATE "C" NOT NULL,
    nonce TEXT COLLATE "C" NOT NULL,
    upstream_job TEXT COLLATE "C",
    not_before BIGINT NOT NULL,
    sent_at BIGINT,
    accepted_at BIGINT,
    deadline BIGINT,
    resolve_until BIGINT,
    failure TEXT COLLATE "C",
    certainty TEXT COLLATE "C" NOT NULL CHECK (certainty IN ('unknown', 'estimated', 'known')),
    cost_micros BIGINT,
    currency TEXT COLLATE "C",
    created BIGINT NOT NULL,
    ended BIGINT,
    UNIQUE (task, seq),
    CHECK (status NOT IN ('succeeded', 'rejected', 'failed') OR ended IS NOT NULL),
    CHECK (status NOT IN ('accepted', 'collecting', 'abandoned') OR upstream_job IS NOT NULL),
    CHECK ((certainty = 'unknown') = (cost_micros IS NULL)),
    CHECK ((cost_micros IS NULL) = (currency IS NULL))
);
-- One key per purchase; the same key on each resend of it, which is the same row.
CREATE UNIQUE INDEX attempts_submit_key ON attempts (provider, submit_key) WHERE submit_key <> '';
CREATE INDEX attempts_nonce ON attempts (nonce) WHERE nonce <> '';
CREATE INDEX attempts_job ON attempts (provider, upstream_job) WHERE upstream_job IS NOT NULL;
-- What the permit check counts, without touching the table.
CREATE INDEX attempts_permits ON attempts (provider, key_name, status, resolve_until)
    WHERE status IN ('intent', 'accepted', 'abandoned', 'unknown');

-- The latest attempt at each slot. A new one takes the place only of one that holds it no more.
CREATE TABLE attempt_slots (
    task TEXT COLLATE "C" NOT NULL,
    slot BIGINT NOT NULL,
    attempt TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (task, slot)
);

CREATE TABLE answers (
    attempt TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of the answer: the same answer twice is one row.
    digest TEXT COLLATE "C" NOT NULL,
    task TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (attempt, digest)
);
CREATE INDEX answers_task ON answers (task);

CREATE TABLE outputs (
    attempt TEXT COLLATE "C" NOT NULL,
    job_index BIGINT NOT NULL,
    task TEXT COLLATE "C" NOT NULL,
    -- 0 until the task ends, and for ever where the output came too late.
    position BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    blob TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    bytes BIGINT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    frames BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    PRIMARY KEY (attempt, job_index)
);
CREATE INDEX outputs_task ON outputs (task);
CREATE UNIQUE INDEX outputs_position ON outputs (task, position) WHERE position > 0;
CREATE UNIQUE INDEX outputs_blob ON outputs (blob);

CREATE TABLE uploads (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    blob TEXT COLLATE "C" NOT NULL,
    mime TEXT COLLATE "C" NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX uploads_blob ON uploads (blob);
CREATE INDEX uploads_expiring ON uploads (expires);

CREATE TABLE deliveries (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    task TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    -- Scheme, host and port of the URL: what the per-receiver cap counts.
    receiver TEXT COLLATE "C" NOT NULL,
    secret TEXT COLLATE "C",
    body BYTEA NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'delivered', 'dead', 'dropped')),
    -- Tries of the present round; a redelivery starts a new one.
    tries BIGINT NOT NULL DEFAULT 0,
    -- Tries ever, and why the last round ended.
    sent BIGINT NOT NULL DEFAULT 0,
    why TEXT COLLATE "C",
    due BIGINT NOT NULL,
    created BIGINT NOT NULL,
    -- Its own lease: which node, until when, and the fence number of the claim.
    owner TEXT COLLATE "C",
    lease_until BIGINT NOT NULL DEFAULT 0,
    epoch BIGINT NOT NULL DEFAULT 0,
    CHECK (owner IS NULL OR status IN ('pending', 'dropped'))
);
CREATE INDEX deliveries_task ON deliveries (task);
CREATE INDEX deliveries_waiting ON deliveries (receiver, due, id)
    WHERE status = 'pending' AND owner IS NULL;
CREATE INDEX deliveries_leased ON deliveries (receiver, lease_until)
    WHERE status = 'pending' AND owner IS NOT NULL;

CREATE TABLE delivery_attempts (
    delivery TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    status BIGINT,
    response_head TEXT COLLATE "C" NOT NULL,
    duration_ms BIGINT NOT NULL,
    error TEXT COLLATE "C",
    PRIMARY KEY (delivery, seq)
);

-- Append-only, and kept when the task goes: the account's book.
CREATE TABLE credit_entries (
    task TEXT COLLATE "C" NOT NULL,
    entry TEXT COLLATE "C" NOT NULL CHECK (entry IN ('hold', 'capture', 'release')),
    account TEXT COLLATE "C" NOT NULL,
    credits BIGINT NOT NULL CHECK (credits > 0),
    at BIGINT NOT NULL,
    PRIMARY KEY (task, entry)
);
CREATE INDEX credit_entries_account ON credit_entries (account, at);

CREATE TABLE idempotency (
    account TEXT COLLATE "C" NOT NULL,
    endpoint TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    body_hash TEXT COLLATE "C" NOT NULL,
    task TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, endpoint, key)
);
CREATE INDEX idempotency_task ON idempotency (task);

CREATE TABLE task_events (
    task TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    progress BIGINT NOT NULL,
    attempt TEXT COLLATE "C",
    code TEXT COLLATE "C",
    PRIMARY KEY (task, seq)
);

CREATE TABLE nodes (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    started BIGINT NOT NULL,
    heartbeat BIGINT NOT NULL,
    dead BIGINT NOT NULL DEFAULT 0 CHECK (dead IN (0, 1)),
    -- JSON list of the tasks it decodes, renders or joins for at this moment.
    heavy TEXT COLLATE "C" NOT NULL DEFAULT '[]'
);

CREATE TABLE provider_keys (
    provider TEXT COLLATE "C" NOT NULL,
    key_name TEXT COLLATE "C" NOT NULL,
    max_in_flight BIGINT NOT NULL CHECK (max_in_flight >= 0),
    cool_until BIGINT NOT NULL DEFAULT 0,
    -- Why the provider does not take this key at all; NULL: it does.
    down TEXT COLLATE "C",
    PRIMARY KEY (provider, key_name)
);

CREATE TABLE server_keys (
    purpose TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('link', 'pepper', 'seal')),
    kid TEXT COLLATE "C" NOT NULL,
    sealed TEXT COLLATE "C" NOT NULL,
    -- Link keys: the earliest expiry that this key signs.
    signs_from BIGINT NOT NULL DEFAULT 0,
    created BIGINT NOT NULL,
    PRIMARY KEY (purpose, kid)
);
