-- The first schema. Ids and JSON are TEXT, moments are epoch milliseconds, booleans 0 and 1.
-- No foreign keys: rows that belong together are written and removed in one transaction each, and
-- checking them again would double the descents of the busiest statements.

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    plan TEXT NOT NULL,
    suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
    -- NULL: no limit.
    credit_limit INTEGER,
    -- The sums of credit_entries, kept with them so that a submit can be refused by one statement.
    used INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    -- Tasks that are not terminal.
    unfinished INTEGER NOT NULL DEFAULT 0 CHECK (unfinished >= 0),
    -- Outputs of finished tasks, ever.
    made INTEGER NOT NULL DEFAULT 0,
    -- The most tasks that may be unfinished; NULL: the server's setting.
    unfinished_cap INTEGER,
    -- Requests a minute; NULL: the server's setting.
    rate_cap INTEGER,
    -- Sealed. The former one signs beside the present one until its time is up.
    signing_secret TEXT NOT NULL,
    former_secret TEXT,
    former_until INTEGER,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    -- HMAC-SHA256 under the pepper, lower-case hex.
    digest TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created INTEGER NOT NULL,
    revoked INTEGER
) STRICT;
CREATE INDEX api_keys_account ON api_keys (account, created);

CREATE TABLE tasks (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    key_id TEXT,
    task_type TEXT NOT NULL,
    spec TEXT NOT NULL,
    parent TEXT,
    base_url TEXT NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('queued', 'running', 'storing', 'finished', 'failed', 'cancelled')),
    progress INTEGER NOT NULL CHECK (progress BETWEEN 0 AND 100),
    accepted_at INTEGER,
    expected_ms INTEGER,
    price INTEGER NOT NULL CHECK (price >= 0),
    failure TEXT,
    webhook_url TEXT,
    webhook_secret TEXT,
    stored INTEGER NOT NULL CHECK (stored >= 0),
    lane TEXT NOT NULL,
    need TEXT NOT NULL CHECK (need IN ('inputs', 'permit', 'owner')),
    nudge INTEGER NOT NULL,
    nudge_seen INTEGER NOT NULL,
    cancel_asked INTEGER NOT NULL CHECK (cancel_asked IN (0, 1)),
    not_before INTEGER NOT NULL,
    queue_deadline INTEGER NOT NULL,
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    created INTEGER NOT NULL,
    finished INTEGER,
    expires INTEGER,
    version INTEGER NOT NULL,
    -- The lease: which node, and the fence number of its claim.
    owner TEXT,
    epoch INTEGER NOT NULL DEFAULT 0,
    -- Times that a node died while it decoded, rendered or joined for this task.
    deaths INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    CHECK ((status IN ('finished', 'failed', 'cancelled')) = (finished IS NOT NULL)),
    CHECK ((finished IS NULL) = (expires IS NULL)),
    CHECK ((status IN ('failed', 'cancelled')) = (failure IS NOT NULL)),
    CHECK ((status = 'finished') = (stored > 0)),
    CHECK (finished IS NOT NULL OR open = 1),
    CHECK ((accepted_at IS NULL) = (expected_ms IS NULL))
) STRICT;
-- What the claim looks through: one account after the other within a lane.
CREATE INDEX tasks_waiting ON tasks (need, lane, account, not_before, id)
    WHERE open = 1 AND owner IS NULL;
CREATE INDEX tasks_owned ON tasks (owner) WHERE owner IS NOT NULL;
CREATE INDEX tasks_nudged ON tasks (owner) WHERE owner IS NOT NULL AND nudge > nudge_seen;
CREATE INDEX tasks_listed ON tasks (account, created, id);
CREATE INDEX tasks_expiring ON tasks (expires) WHERE expires IS NOT NULL;
CREATE INDEX tasks_of_parent ON tasks (parent) WHERE parent IS NOT NULL;

CREATE TABLE inputs (
    task TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('start', 'end', 'video', 'audio', 'parent')),
    blob TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    mime TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    PRIMARY KEY (task, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX inputs_blob ON inputs (blob);

CREATE TABLE attempts (
    id TEXT NOT NULL PRIMARY KEY,
    task TEXT NOT NULL,
    seq INTEGER NOT NULL,
    slots TEXT NOT NULL,
    provider TEXT NOT NULL,
    key_name TEXT NOT NULL,
    origin TEXT NOT NULL,
    upstream_model TEXT NOT NULL,
    class TEXT NOT NULL CHECK (class IN ('A', 'B', 'C', 'D', 'E')),
    status TEXT NOT NULL CHECK (status IN ('due', 'intent', 'accepted', 'collecting', 'abandoned',
        'succeeded', 'rejected', 'failed', 'unknown')),
    submit_key TEXT NOT NULL,
    prepared TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    nonce TEXT NOT NULL,
    upstream_job TEXT,
    not_before INTEGER NOT NULL,
    sent_at INTEGER,
    accepted_at INTEGER,
    deadline INTEGER,
    resolve_until INTEGER,
    failure TEXT,
    certainty TEXT NOT NULL CHECK (certainty IN ('unknown', 'estimated', 'known')),
    cost_micros INTEGER,
    currency TEXT,
    created INTEGER NOT NULL,
    ended INTEGER,
    UNIQUE (task, seq),
    CHECK (status NOT IN ('succeeded', 'rejected', 'failed') OR ended IS NOT NULL),
    CHECK (status NOT IN ('accepted', 'collecting', 'abandoned') OR upstream_job IS NOT NULL),
    CHECK ((certainty = 'unknown') = (cost_micros IS NULL)),
    CHECK ((cost_micros IS NULL) = (currency IS NULL))
) STRICT;
-- One key per purchase; the same key on each resend of it, which is the same row.
CREATE UNIQUE INDEX attempts_submit_key ON attempts (provider, submit_key) WHERE submit_key <> '';
CREATE INDEX attempts_nonce ON attempts (nonce) WHERE nonce <> '';
CREATE INDEX attempts_job ON attempts (provider, upstream_job) WHERE upstream_job IS NOT NULL;
-- What the permit check counts, without touching the table.
CREATE INDEX attempts_permits ON attempts (provider, key_name, status, resolve_until)
    WHERE status IN ('intent', 'accepted', 'abandoned', 'unknown');

-- The latest attempt at each slot. A new one takes the place only of one that holds it no more.
CREATE TABLE attempt_slots (
    task TEXT NOT NULL,
    slot INTEGER NOT NULL,
    attempt TEXT NOT NULL,
    PRIMARY KEY (task, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
    attempt TEXT NOT NULL,
    -- SHA-256 of the answer: the same answer twice is one row.
    digest TEXT NOT NULL,
    task TEXT NOT NULL,
    at INTEGER NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (attempt, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_task ON answers (task);

CREATE TABLE outputs (
    attempt TEXT NOT NULL,
    job_index INTEGER NOT NULL,
    task TEXT NOT NULL,
    -- 0 until the task ends, and for ever where the output came too late.
    position INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    blob TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    PRIMARY KEY (attempt, job_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX outputs_task ON outputs (task);
CREATE UNIQUE INDEX outputs_position ON outputs (task, position) WHERE position > 0;
CREATE UNIQUE INDEX outputs_blob ON outputs (blob);

CREATE TABLE uploads (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    blob TEXT NOT NULL,
    mime TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_blob ON uploads (blob);
CREATE INDEX uploads_expiring ON uploads (expires);

CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    task TEXT NOT NULL,
    account TEXT NOT NULL,
    url TEXT NOT NULL,
    -- Scheme, host and port of the URL: what the per-receiver cap counts.
    receiver TEXT NOT NULL,
    secret TEXT,
    body BLOB NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'dead', 'dropped')),
    -- Tries of the present round; a redelivery starts a new one.
    tries INTEGER NOT NULL DEFAULT 0,
    -- Tries ever, and why the last round ended.
    sent INTEGER NOT NULL DEFAULT 0,
    why TEXT,
    due INTEGER NOT NULL,
    created INTEGER NOT NULL,
    -- Its own lease: which node, until when, and the fence number of the claim.
    owner TEXT,
    lease_until INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    CHECK (owner IS NULL OR status IN ('pending', 'dropped'))
) STRICT;
CREATE INDEX deliveries_task ON deliveries (task);
CREATE INDEX deliveries_waiting ON deliveries (receiver, due, id)
    WHERE status = 'pending' AND owner IS NULL;
CREATE INDEX deliveries_leased ON deliveries (receiver, lease_until)
    WHERE status = 'pending' AND owner IS NOT NULL;

CREATE TABLE delivery_attempts (
    delivery TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER,
    response_head TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (delivery, seq)
) STRICT, WITHOUT ROWID;

-- Append-only, and kept when the task goes: the account's book.
CREATE TABLE credit_entries (
    task TEXT NOT NULL,
    entry TEXT NOT NULL CHECK (entry IN ('hold', 'capture', 'release')),
    account TEXT NOT NULL,
    credits INTEGER NOT NULL CHECK (credits > 0),
    at INTEGER NOT NULL,
    PRIMARY KEY (task, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX credit_entries_account ON credit_entries (account, at);

CREATE TABLE idempotency (
    account TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    task TEXT NOT NULL,
    PRIMARY KEY (account, endpoint, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_task ON idempotency (task);

CREATE TABLE task_events (
    task TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    status TEXT NOT NULL,
    progress INTEGER NOT NULL,
    attempt TEXT,
    code TEXT,
    PRIMARY KEY (task, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE nodes (
    id TEXT NOT NULL PRIMARY KEY,
    started INTEGER NOT NULL,
    heartbeat INTEGER NOT NULL,
    dead INTEGER NOT NULL DEFAULT 0 CHECK (dead IN (0, 1)),
    -- JSON list of the tasks it decodes, renders or joins for at this moment.
    heavy TEXT NOT NULL DEFAULT '[]'
) STRICT;

CREATE TABLE provider_keys (
    provider TEXT NOT NULL,
    key_name TEXT NOT NULL,
    max_in_flight INTEGER NOT NULL CHECK (max_in_flight >= 0),
    cool_until INTEGER NOT NULL DEFAULT 0,
    -- Why the provider does not take this key at all; NULL: it does.
    down TEXT,
    PRIMARY KEY (provider, key_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE server_keys (
    purpose TEXT NOT NULL CHECK (purpose IN ('link', 'pepper', 'seal')),
    kid TEXT NOT NULL,
    sealed TEXT NOT NULL,
    -- Link keys: the earliest expiry that this key signs.
    signs_from INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    PRIMARY KEY (purpose, kid)
) STRICT, WITHOUT ROWID;
