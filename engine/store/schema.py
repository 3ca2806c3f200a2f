"""The tables of a project, one migration a step. Released steps never change."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

project = Migrations("graft-project")
checkpoints = Migrations("graft-checkpoints")


@project()
def m001_first_schema(db: Database) -> None:
    _run(
        db,
        """
        CREATE TABLE setting (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL              -- JSON
        ) WITHOUT ROWID;

        CREATE TABLE reader (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        );

        -- Where items lie. Source files are referenced, never changed.
        CREATE TABLE source (
            id INTEGER PRIMARY KEY,
            folder TEXT NOT NULL UNIQUE,     -- absolute
            relative TEXT                    -- from the project's folder, when that is possible
        );

        CREATE TABLE item (
            id INTEGER PRIMARY KEY,
            source_id INTEGER NOT NULL REFERENCES source(id),
            path TEXT NOT NULL,              -- from the source's folder, '/' between parts
            position INTEGER NOT NULL DEFAULT 0, -- row of a CSV
            kind TEXT NOT NULL CHECK (kind IN ('image', 'text', 'audio')),
            text TEXT,
            hash TEXT NOT NULL,              -- of the content
            bytes INTEGER NOT NULL,
            modified REAL NOT NULL DEFAULT 0,-- seconds since 1970
            width INTEGER,                   -- px
            height INTEGER,                  -- px
            mode TEXT,                       -- Pillow's, for example 'RGB'
            frames INTEGER NOT NULL DEFAULT 1,
            group_key TEXT,                  -- items that must stay in one split
            split TEXT CHECK (split IN ('train', 'validation', 'test')),
            state TEXT NOT NULL DEFAULT 'indexed'
                CHECK (state IN ('indexed', 'checked', 'broken')),
            problem TEXT,                    -- JSON, a GraftError's wire form
            UNIQUE (source_id, path, position)
        );
        CREATE INDEX item_hash ON item(hash);
        CREATE INDEX item_group ON item(group_key);

        CREATE TABLE class (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            position INTEGER NOT NULL,
            color INTEGER NOT NULL,          -- place in the theme's palette
            definition TEXT NOT NULL DEFAULT ''
        );

        -- Append-only: who said what, when, and how it came. No class: taken back.
        CREATE TABLE label (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id INTEGER NOT NULL REFERENCES item(id),
            class_id INTEGER REFERENCES class(id),
            reader_id INTEGER NOT NULL REFERENCES reader(id),
            how TEXT NOT NULL CHECK (how IN ('hand', 'suggestion', 'import')),
            at TEXT NOT NULL                 -- ISO 8601, UTC
        );
        CREATE INDEX label_item ON label(item_id, id, class_id);
        CREATE TRIGGER label_no_update BEFORE UPDATE ON label
            BEGIN SELECT RAISE(ABORT, 'labels are append-only'); END;
        CREATE TRIGGER label_no_delete BEFORE DELETE ON label
            BEGIN SELECT RAISE(ABORT, 'labels are append-only'); END;
        CREATE VIEW current_label AS
            SELECT * FROM label WHERE id = (
                SELECT max(id) FROM label AS other WHERE other.item_id = label.item_id
            ) AND class_id IS NOT NULL;

        -- The data as it was when a run began; runs on the same data share one.
        CREATE TABLE dataset (
            id INTEGER PRIMARY KEY,
            hash TEXT NOT NULL UNIQUE,
            classes TEXT NOT NULL,           -- JSON, names in the order of the outputs
            created TEXT NOT NULL
        );
        CREATE TABLE dataset_item (
            dataset_id INTEGER NOT NULL REFERENCES dataset(id),
            item_id INTEGER NOT NULL REFERENCES item(id),
            hash TEXT NOT NULL,
            split TEXT NOT NULL,
            target INTEGER NOT NULL,         -- place in dataset.classes
            PRIMARY KEY (dataset_id, item_id)
        ) WITHOUT ROWID;

        CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('running', 'finished', 'stopped', 'failed', 'interrupted')),
            created TEXT NOT NULL,
            ended TEXT,
            task TEXT NOT NULL,
            dataset_id INTEGER NOT NULL REFERENCES dataset(id),
            model TEXT NOT NULL,             -- JSON: what was built, from which weights
            weights_hash TEXT NOT NULL,      -- of the pre-trained weights, '' from scratch
            recipe TEXT NOT NULL,            -- JSON
            plan TEXT NOT NULL,              -- JSON: the freeze plan of each phase, resolved
            seed INTEGER NOT NULL,
            versions TEXT NOT NULL,          -- JSON
            device TEXT NOT NULL,
            pid INTEGER,
            pid_started REAL,
            epochs INTEGER NOT NULL DEFAULT 0,
            seconds REAL NOT NULL DEFAULT 0,
            samples_per_second REAL NOT NULL DEFAULT 0,
            best_validation REAL,
            error TEXT                       -- JSON, a GraftError's wire form
        );
        CREATE TRIGGER run_is_a_record BEFORE UPDATE OF created, task, dataset_id, model,
            weights_hash, recipe, plan, seed, versions ON run
            BEGIN SELECT RAISE(ABORT, 'what made a run never changes'); END;
        CREATE TRIGGER dataset_is_a_record BEFORE UPDATE ON dataset
            BEGIN SELECT RAISE(ABORT, 'the data of a run never changes'); END;
        CREATE TRIGGER dataset_item_is_a_record BEFORE UPDATE ON dataset_item
            BEGIN SELECT RAISE(ABORT, 'the data of a run never changes'); END;

        CREATE TABLE metric (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL,              -- 'train/loss', 'validation/accuracy', 'lr', ...
            step INTEGER NOT NULL,
            epoch REAL NOT NULL,
            value REAL,
            PRIMARY KEY (run_id, name, step)
        ) WITHOUT ROWID;

        CREATE TABLE prediction (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            item_id INTEGER NOT NULL REFERENCES item(id),
            split TEXT NOT NULL,
            target INTEGER NOT NULL,
            predicted INTEGER NOT NULL,
            probabilities BLOB NOT NULL,     -- float32, little-endian, one a class
            PRIMARY KEY (run_id, item_id)
        ) WITHOUT ROWID;

        -- Items a run could not use, and why.
        CREATE TABLE run_problem (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            item_id INTEGER NOT NULL REFERENCES item(id),
            problem TEXT NOT NULL,           -- JSON, a GraftError's wire form
            PRIMARY KEY (run_id, item_id)
        ) WITHOUT ROWID;
        """,
    )


@project()
def m002_plans_and_judgements(db: Database) -> None:
    _run(
        db,
        """
        -- Phases with a name, to use again on this model or another.
        CREATE TABLE freeze_plan (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            model TEXT NOT NULL,
            phases TEXT NOT NULL,            -- JSON, wire forms of phases
            stages TEXT NOT NULL,            -- JSON, [title, [module, ...]] input to output
            created TEXT NOT NULL,
            changed TEXT NOT NULL
        );

        -- What a run took, beside what was expected of it.
        ALTER TABLE run ADD COLUMN peak_memory INTEGER;       -- bytes
        ALTER TABLE run ADD COLUMN epoch_seconds REAL;        -- median, validation included
        ALTER TABLE run ADD COLUMN checkpoint_bytes INTEGER;  -- that the best one added
        ALTER TABLE run ADD COLUMN price TEXT;                -- JSON

        -- What a guard said while or after it trained.
        CREATE TABLE run_remark (
            id INTEGER PRIMARY KEY,
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            remedy TEXT                      -- JSON: text, and changes by field of a recipe
        );
        CREATE INDEX run_remark_run ON run_remark(run_id, id);

        -- The cheap controls that a run is held against.
        CREATE TABLE run_control (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            value REAL NOT NULL,
            low REAL,
            high REAL,
            detail TEXT,                     -- JSON
            PRIMARY KEY (run_id, kind, name)
        ) WITHOUT ROWID;

        -- How far each parameter went from where it began (2-norms).
        CREATE TABLE run_movement (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            distance REAL NOT NULL,
            size REAL NOT NULL,              -- where it began
            PRIMARY KEY (run_id, name)
        ) WITHOUT ROWID;
        """,
    )


@project()
def m003_shifts(db: Database) -> None:
    _run(
        db,
        """
        -- Whether other items look like those that a run learned from.
        CREATE TABLE run_shift (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            split TEXT NOT NULL,             -- validation, test, or new: not in the project
            answer TEXT NOT NULL,            -- JSON
            created TEXT NOT NULL,
            PRIMARY KEY (run_id, split)
        ) WITHOUT ROWID;
        """,
    )


@checkpoints()
def m001_tensors_by_content(db: Database) -> None:
    _run(
        db,
        """
        -- Stored once by the hash of (dtype, shape, bytes).
        CREATE TABLE tensor (
            hash TEXT PRIMARY KEY,
            dtype TEXT NOT NULL,
            shape TEXT NOT NULL,             -- JSON
            bytes INTEGER NOT NULL,
            parts INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE part (
            hash TEXT NOT NULL,
            number INTEGER NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (hash, number)
        );
        -- A row here means that all of it is here.
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
        CREATE INDEX checkpoint_run ON checkpoint(run_id, id);
        CREATE TABLE checkpoint_tensor (
            checkpoint_id INTEGER NOT NULL REFERENCES checkpoint(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            hash TEXT NOT NULL REFERENCES tensor(hash),
            PRIMARY KEY (checkpoint_id, name)
        ) WITHOUT ROWID;
        CREATE INDEX checkpoint_tensor_hash ON checkpoint_tensor(hash);
        """,
    )


def _run(db: Database, script: str) -> None:
    """Runs several statements inside the migration's transaction.

    By lines: sqlite-utils looks for the end of a statement after every character,
    which would make this the slowest part of a new project.
    """
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
    assert not statement.strip(), "the script breaks off"
