//! The layout of the file, and how an older one becomes today's.

use rusqlite::Connection;
use store::StoreError;

use super::trouble::Trouble;

/// "tide": tells our files from others'.
const APPLICATION: i32 = 0x7469_6465;

/// Step `n` makes layout `n + 1`. A step is never edited once it was released.
pub(super) const STEPS: &[&str] = &[
    // Times are milliseconds since 1970-01-01T00:00:00Z.
    "
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_subject ON audit (subject, number);

    CREATE TABLE api_key (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        origin TEXT NOT NULL CHECK (origin IN ('manifest', 'operator')),
        enabled INTEGER NOT NULL,
        expires INTEGER,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE api_key_plan (
        key TEXT NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        plan TEXT NOT NULL,
        PRIMARY KEY (key, position)
    ) STRICT, WITHOUT ROWID;

    -- The SHA-256 of a value and its first characters; the value itself is kept nowhere.
    CREATE TABLE api_key_value (
        digest BLOB NOT NULL PRIMARY KEY,
        key TEXT NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        prefix TEXT NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX api_key_value_by_key ON api_key_value (key, position);
    ",
    "
    CREATE TABLE usage (
        day TEXT NOT NULL,
        plan TEXT NOT NULL,
        key TEXT NOT NULL,
        admitted INTEGER NOT NULL,
        granted INTEGER NOT NULL,
        PRIMARY KEY (day, plan, key)
    ) STRICT, WITHOUT ROWID;
    ",
    // A resource's settings are JSON, so that a new kind of resource is no new layout.
    "
    CREATE TABLE resource (
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        settings TEXT NOT NULL,
        origin TEXT NOT NULL CHECK (origin IN ('manifest', 'operator')),
        revision INTEGER NOT NULL,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        PRIMARY KEY (kind, name)
    ) STRICT, WITHOUT ROWID;
    ",
    // A target's settings are JSON. An event is tried in the order of its next attempt.
    "
    CREATE TABLE schedule_mark (
        schedule TEXT NOT NULL PRIMARY KEY,
        timetable TEXT NOT NULL,
        since INTEGER NOT NULL,
        passed INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE outgoing_event (
        id TEXT NOT NULL PRIMARY KEY,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        event BLOB NOT NULL,
        born INTEGER NOT NULL,
        next INTEGER NOT NULL,
        attempts INTEGER NOT NULL
    ) STRICT;
    ",
    // How many deliveries of a publication there are stands in it, so that the last one finds out.
    "
    CREATE TABLE publication (
        number INTEGER PRIMARY KEY,
        topic TEXT NOT NULL,
        message BLOB NOT NULL,
        awaiting INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE delivery (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        publication INTEGER NOT NULL REFERENCES publication (number),
        subscription TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        due INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX delivery_in_order ON delivery (subscription);
    CREATE INDEX delivery_by_due ON delivery (subscription, due);
    CREATE INDEX delivery_of_publication ON delivery (publication);

    CREATE TABLE accepted_id (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        topic TEXT NOT NULL,
        deduplication TEXT NOT NULL,
        message TEXT NOT NULL,
        sequence TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX accepted_id_by_time ON accepted_id (at);
    ",
    // The event is last, so that what is asked for without it is read without it.
    "
    CREATE TABLE invocation (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        request_id TEXT NOT NULL,
        function TEXT NOT NULL,
        qualifier TEXT NOT NULL,
        client BLOB,
        trace TEXT NOT NULL,
        accepted INTEGER NOT NULL,
        due INTEGER NOT NULL,
        runs INTEGER NOT NULL,
        refusals INTEGER NOT NULL,
        owed BLOB,
        event BLOB NOT NULL
    ) STRICT;
    CREATE INDEX invocation_by_due ON invocation (function, due, number, accepted);
    ",
    // A key is its queue's id times 2^40 plus a number that only grows, so that a queue's messages lie
    // together in the order in which they came, without an index.
    "
    CREATE TABLE queue (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        -- NULL once it was dropped and has rows left.
        name TEXT UNIQUE,
        fifo INTEGER NOT NULL,
        secret BLOB NOT NULL,
        -- Messages with a lower number were purged.
        floor INTEGER NOT NULL,
        next INTEGER NOT NULL,
        stored INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE message (
        key INTEGER PRIMARY KEY,
        id BLOB NOT NULL,
        sent INTEGER NOT NULL,
        -- When it was moved here from another queue.
        came INTEGER,
        message_group TEXT,
        body TEXT NOT NULL,
        extras TEXT
    ) STRICT;
    CREATE INDEX message_moved ON message (key >> 40, sent) WHERE came IS NOT NULL;

    -- Of messages that were received or delayed: hidden until when, received how often and when first.
    CREATE TABLE claim (
        key INTEGER PRIMARY KEY,
        until INTEGER NOT NULL,
        count INTEGER NOT NULL,
        first INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE deduplication (
        queue INTEGER NOT NULL,
        digest BLOB NOT NULL,
        at INTEGER NOT NULL,
        number INTEGER NOT NULL,
        id BLOB NOT NULL,
        PRIMARY KEY (queue, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX deduplication_by_time ON deduplication (at);
    ",
    // The latest revision of a name is the one that is served.
    "
    CREATE TABLE deployment (
        name TEXT NOT NULL,
        revision INTEGER NOT NULL,
        bundle TEXT NOT NULL,
        source TEXT NOT NULL,
        inputs TEXT NOT NULL,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (name, revision)
    ) STRICT, WITHOUT ROWID;
    ",
    // Of the body.
    "ALTER TABLE message ADD COLUMN md5 BLOB;",
    // So many messages from the key on stand like that, as far as they are there.
    "ALTER TABLE claim ADD COLUMN length INTEGER NOT NULL DEFAULT 1;",
];

fn known() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

/// Refuses a file that is not ours before anything in it is changed.
pub(super) fn recognize(connection: &Connection, trouble: &Trouble) -> Result<(), StoreError> {
    let number = |sql: &str| -> Result<i64, StoreError> {
        connection.query_row(sql, [], |row| row.get(0)).map_err(|error| trouble.meaning(&error))
    };
    let is_empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
    if !is_empty && number("PRAGMA application_id")? != i64::from(APPLICATION) {
        return Err(trouble.foreign());
    }
    let found = layout(connection, trouble)?;
    if found > known() { Err(trouble.newer(found, known())) } else { Ok(()) }
}

pub(super) fn layout(connection: &Connection, trouble: &Trouble) -> Result<u32, StoreError> {
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0));
    version.map_err(|error| trouble.meaning(&error))
}

/// Each step is a transaction: a server that dies in between goes on where it was.
pub(super) fn migrate(connection: &Connection, trouble: &Trouble) -> Result<(), StoreError> {
    for to in layout(connection, trouble)? + 1..=known() {
        step(connection, to).map_err(|error| {
            let _ = connection.execute_batch("ROLLBACK");
            trouble.meaning(&error)
        })?;
    }
    Ok(())
}

/// Makes layout `to` of the one before it.
pub(super) fn step(connection: &Connection, to: u32) -> rusqlite::Result<()> {
    let at = usize::try_from(to).unwrap_or(usize::MAX) - 1;
    let step = STEPS[at];
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION}; {step} PRAGMA user_version = {to}; COMMIT;"
    ))
}
