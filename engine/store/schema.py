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


@project()
def m004_readers_and_marks(db: Database) -> None:
    _run(
        db,
        """
        -- One import: all of it came at once and can be taken back at once.
        CREATE TABLE import (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            format TEXT NOT NULL,
            reader_id INTEGER NOT NULL REFERENCES reader(id),
            at TEXT NOT NULL,                -- ISO 8601, UTC
            report TEXT NOT NULL DEFAULT '{}', -- JSON: what came
            undone TEXT                      -- when it was taken back
        );
        ALTER TABLE item ADD COLUMN import_id INTEGER REFERENCES import(id);
        CREATE INDEX item_import ON item(import_id);
        ALTER TABLE class ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;

        DROP VIEW current_label;
        DROP TRIGGER label_no_update;
        DROP TRIGGER label_no_delete;
        DROP INDEX label_item;
        ALTER TABLE label RENAME TO label_before;
        -- Append-only: who said what, when, and how it came. No class: taken back.
        CREATE TABLE label (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id INTEGER NOT NULL REFERENCES item(id),
            class_id INTEGER REFERENCES class(id),
            reader_id INTEGER NOT NULL REFERENCES reader(id),
            how TEXT NOT NULL CHECK (how IN ('hand', 'suggestion', 'import', 'adjudication')),
            at TEXT NOT NULL,                -- ISO 8601, UTC
            blind INTEGER NOT NULL DEFAULT 0,-- 1: a second reading, which decides nothing
            suggested_id INTEGER REFERENCES class(id), -- what the model said then
            shown INTEGER NOT NULL DEFAULT 0,-- 1: and the reader saw it
            import_id INTEGER REFERENCES import(id)
        );
        INSERT INTO label (id, item_id, class_id, reader_id, how, at)
            SELECT id, item_id, class_id, reader_id, how, at FROM label_before;
        DROP TABLE label_before;
        CREATE INDEX label_item ON label(item_id, at, id);
        CREATE INDEX label_import ON label(import_id) WHERE import_id IS NOT NULL;

        -- What stands of all that was said: one row an item, kept by triggers.
        CREATE TABLE standing (
            item_id INTEGER PRIMARY KEY REFERENCES item(id),
            label_id INTEGER NOT NULL REFERENCES label(id),
            class_id INTEGER REFERENCES class(id),
            at TEXT NOT NULL
        );
        INSERT INTO standing SELECT item_id, id, class_id, at FROM label WHERE id IN
            (SELECT max(id) FROM label GROUP BY item_id);
        CREATE INDEX standing_class ON standing(class_id);
        CREATE TRIGGER label_stands AFTER INSERT ON label WHEN NEW.blind = 0 BEGIN
            INSERT INTO standing VALUES (NEW.item_id, NEW.id, NEW.class_id, NEW.at)
                ON CONFLICT (item_id) DO UPDATE SET label_id = excluded.label_id,
                    class_id = excluded.class_id, at = excluded.at
                WHERE excluded.at >= standing.at;
        END;
        CREATE TRIGGER label_falls AFTER DELETE ON label WHEN OLD.blind = 0 BEGIN
            DELETE FROM standing WHERE item_id = OLD.item_id;
            INSERT INTO standing SELECT item_id, id, class_id, at FROM label
                WHERE item_id = OLD.item_id AND blind = 0 ORDER BY at DESC, id DESC LIMIT 1;
        END;
        CREATE TRIGGER label_no_update BEFORE UPDATE ON label
            BEGIN SELECT RAISE(ABORT, 'labels are append-only'); END;
        CREATE TRIGGER label_no_delete BEFORE DELETE ON label
            WHEN (SELECT undone FROM import WHERE id = OLD.import_id) IS NULL
            BEGIN SELECT RAISE(ABORT, 'labels are append-only'); END;
        CREATE VIEW current_label AS
            SELECT label.* FROM standing JOIN label ON label.id = standing.label_id
            WHERE standing.class_id IS NOT NULL;
        -- What each second reader says, and items about which one of them says something else
        -- than what stands, unless somebody has decided it since.
        CREATE INDEX label_blind ON label(item_id, reader_id, at, id) WHERE blind = 1;
        CREATE VIEW blind_label AS
            SELECT * FROM label WHERE blind = 1 AND class_id IS NOT NULL AND id = (
                SELECT id FROM label AS other WHERE other.blind = 1
                AND other.item_id = label.item_id AND other.reader_id = label.reader_id
                ORDER BY at DESC, id DESC LIMIT 1
            );
        CREATE VIEW disagreement AS
            SELECT DISTINCT blind_label.item_id FROM blind_label
            JOIN standing ON standing.item_id = blind_label.item_id
            WHERE standing.class_id IS NOT NULL AND standing.class_id != blind_label.class_id
            AND NOT EXISTS (SELECT 1 FROM label WHERE label.item_id = blind_label.item_id
                AND how = 'adjudication' AND label.at >= blind_label.at);

        -- Boxes, outlines, masks, spans, and one of several classes: append-only, too.
        CREATE TABLE mark (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            uid TEXT NOT NULL,               -- of what is marked; every version of it has this
            item_id INTEGER NOT NULL REFERENCES item(id),
            kind TEXT NOT NULL CHECK (kind IN ('class', 'box', 'polygon', 'mask', 'span')),
            class_id INTEGER NOT NULL REFERENCES class(id),
            frame INTEGER NOT NULL DEFAULT 0,
            shape TEXT NOT NULL,             -- JSON, see engine.labels.shapes
            gone INTEGER NOT NULL DEFAULT 0, -- 1: taken away
            reader_id INTEGER NOT NULL REFERENCES reader(id),
            how TEXT NOT NULL CHECK (how IN ('hand', 'suggestion', 'import', 'adjudication')),
            at TEXT NOT NULL,
            blind INTEGER NOT NULL DEFAULT 0,
            import_id INTEGER REFERENCES import(id)
        );
        CREATE INDEX mark_item ON mark(item_id, uid, at, id);
        CREATE INDEX mark_import ON mark(import_id) WHERE import_id IS NOT NULL;
        CREATE TRIGGER mark_no_update BEFORE UPDATE ON mark
            BEGIN SELECT RAISE(ABORT, 'marks are append-only'); END;
        CREATE TRIGGER mark_no_delete BEFORE DELETE ON mark
            WHEN (SELECT undone FROM import WHERE id = OLD.import_id) IS NULL
            BEGIN SELECT RAISE(ABORT, 'marks are append-only'); END;
        CREATE VIEW current_mark AS
            SELECT * FROM mark WHERE gone = 0 AND id = (
                SELECT id FROM mark AS other
                WHERE other.item_id = mark.item_id AND other.uid = mark.uid
                ORDER BY at DESC, id DESC LIMIT 1
            );

        -- Flags and words about an item; the last one counts.
        CREATE TABLE note (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id INTEGER NOT NULL REFERENCES item(id),
            reader_id INTEGER NOT NULL REFERENCES reader(id),
            flagged INTEGER NOT NULL,
            skipped INTEGER NOT NULL,
            text TEXT NOT NULL,
            at TEXT NOT NULL
        );
        CREATE INDEX note_item ON note(item_id, at, id);
        CREATE TRIGGER note_no_update BEFORE UPDATE ON note
            BEGIN SELECT RAISE(ABORT, 'notes are append-only'); END;
        CREATE VIEW current_note AS
            SELECT * FROM note WHERE id = (
                SELECT id FROM note AS other WHERE other.item_id = note.item_id
                ORDER BY at DESC, id DESC LIMIT 1
            );

        -- What a person did, in order: undo and redo, also after a restart.
        CREATE TABLE action (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            reader_id INTEGER NOT NULL REFERENCES reader(id),
            at TEXT NOT NULL,
            title TEXT NOT NULL,
            edit TEXT NOT NULL,              -- JSON, see engine.labels.edits
            state TEXT NOT NULL DEFAULT 'done' CHECK (state IN ('done', 'undone', 'dropped'))
        );
        CREATE INDEX action_state ON action(state, id);

        -- Copies of this project that were taken in.
        CREATE TABLE merged_copy (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            folder TEXT NOT NULL,
            report TEXT NOT NULL             -- JSON
        );
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
