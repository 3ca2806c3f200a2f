BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'graft-checkpoints','m001_tensors_by_content','2026-11-21 03:46:17.878835+00:00');
CREATE TABLE checkpoint (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run_id INTEGER NOT NULL,
            epoch INTEGER NOT NULL,          -- epochs completed
            step INTEGER NOT NULL,           -- steps completed
            best INTEGER NOT NULL,           -- 1: the best on validation so far
            resumable INTEGER NOT NULL,      -- 1: optimizer state is here too
            value REAL,                      -- the metric selected by
            state TEXT NOT NULL,             -- JSON
            created TEXT NOT NULL
        );
INSERT INTO "checkpoint" VALUES(1,1,1,1,1,1,0.5,'{"a": 1}','2026-11-21T03:46:17.888+00:00');
CREATE TABLE checkpoint_tensor (
            checkpoint_id INTEGER NOT NULL REFERENCES checkpoint(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            hash TEXT NOT NULL REFERENCES tensor(hash),
            PRIMARY KEY (checkpoint_id, name)
        ) WITHOUT ROWID;
INSERT INTO "checkpoint_tensor" VALUES(1,'head','c776a7858c60c62c7b522fdeba52ddd005cdbaed');
CREATE TABLE part (
            hash TEXT NOT NULL,
            number INTEGER NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (hash, number)
        );
INSERT INTO "part" VALUES('c776a7858c60c62c7b522fdeba52ddd005cdbaed',0,X'61626364');
CREATE TABLE tensor (
            hash TEXT PRIMARY KEY,
            dtype TEXT NOT NULL,
            shape TEXT NOT NULL,             -- JSON
            bytes INTEGER NOT NULL,
            parts INTEGER NOT NULL
        ) WITHOUT ROWID;
INSERT INTO "tensor" VALUES('c776a7858c60c62c7b522fdeba52ddd005cdbaed','uint8','[4]',4,1);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX checkpoint_run ON checkpoint(run_id, id);
CREATE INDEX checkpoint_tensor_hash ON checkpoint_tensor(hash);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('checkpoint',1);
COMMIT;
