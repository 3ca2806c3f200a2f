BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'graft-project','m001_first_schema','2026-11-21 03:46:17.865773+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'graft-project','m002_plans_and_judgements','2026-11-21 06:34:00.044140+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'graft-project','m003_shifts','2026-11-25 01:59:13.543605+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'graft-project','m004_readers_and_marks','2026-11-28 21:39:50.874507+00:00');
CREATE TABLE action (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            reader_id INTEGER NOT NULL REFERENCES reader(id),
            at TEXT NOT NULL,
            title TEXT NOT NULL,
            edit TEXT NOT NULL,              -- JSON, see engine.labels.edits
            state TEXT NOT NULL DEFAULT 'done' CHECK (state IN ('done', 'undone', 'dropped'))
        );
INSERT INTO "action" VALUES(1,2,'2026-11-28T21:39:50.890647+00:00','label 1 item','{"before": [[5, 1]], "after": [[5, 2]], "blind": false, "kind": "relabel"}','done');
INSERT INTO "action" VALUES(2,2,'2026-11-28T21:39:50.895084+00:00','draw a box','{"before": [{"uid": "00ff00ff00ff00ff", "item_id": 6, "class_id": 1, "shape": {"left": 1, "top": 2, "right": 30, "bottom": 40}, "frame": 0, "gone": true, "kind": "box"}], "after": [{"uid": "00ff00ff00ff00ff", "item_id": 6, "class_id": 1, "shape": {"left": 1, "top": 2, "right": 30, "bottom": 40}, "frame": 0, "gone": false, "kind": "box"}], "blind": false, "kind": "redraw"}','done');
INSERT INTO "action" VALUES(3,2,'2026-11-28T21:39:50.895306+00:00','flag','{"before": [{"item_id": 7, "flagged": false, "skipped": false, "text": ""}], "after": [{"item_id": 7, "flagged": true, "skipped": false, "text": "ask Bob"}], "kind": "annotate"}','undone');
CREATE TABLE class (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            position INTEGER NOT NULL,
            color INTEGER NOT NULL,          -- place in the theme's palette
            definition TEXT NOT NULL DEFAULT ''
        , removed INTEGER NOT NULL DEFAULT 0);
INSERT INTO "class" VALUES(1,'cat',0,0,'',0);
INSERT INTO "class" VALUES(2,'dog',1,1,'',0);
CREATE TABLE dataset (
            id INTEGER PRIMARY KEY,
            hash TEXT NOT NULL UNIQUE,
            classes TEXT NOT NULL,           -- JSON, names in the order of the outputs
            created TEXT NOT NULL
        );
INSERT INTO "dataset" VALUES(1,'08c7e166ec87a2f61f98284d0773dc532cd6cf0fe4599174f5c91e02a07ce58c','["cat", "dog"]','2026-11-21T03:46:17+00:00');
CREATE TABLE dataset_item (
            dataset_id INTEGER NOT NULL REFERENCES dataset(id),
            item_id INTEGER NOT NULL REFERENCES item(id),
            hash TEXT NOT NULL,
            split TEXT NOT NULL,
            target INTEGER NOT NULL,         -- place in dataset.classes
            PRIMARY KEY (dataset_id, item_id)
        ) WITHOUT ROWID;
INSERT INTO "dataset_item" VALUES(1,1,'h0','validation',1);
INSERT INTO "dataset_item" VALUES(1,2,'h1','validation',1);
INSERT INTO "dataset_item" VALUES(1,3,'h2','test',0);
INSERT INTO "dataset_item" VALUES(1,4,'h3','test',1);
INSERT INTO "dataset_item" VALUES(1,5,'h4','train',0);
INSERT INTO "dataset_item" VALUES(1,6,'h5','train',1);
INSERT INTO "dataset_item" VALUES(1,7,'h6','train',0);
INSERT INTO "dataset_item" VALUES(1,8,'h7','train',1);
INSERT INTO "dataset_item" VALUES(1,9,'h8','train',0);
INSERT INTO "dataset_item" VALUES(1,10,'h9','train',1);
INSERT INTO "dataset_item" VALUES(1,11,'h10','train',0);
INSERT INTO "dataset_item" VALUES(1,12,'h11','train',1);
INSERT INTO "dataset_item" VALUES(1,13,'h12','train',0);
INSERT INTO "dataset_item" VALUES(1,14,'h13','train',1);
INSERT INTO "dataset_item" VALUES(1,15,'h14','train',0);
INSERT INTO "dataset_item" VALUES(1,16,'h15','train',1);
INSERT INTO "dataset_item" VALUES(1,17,'h16','validation',0);
INSERT INTO "dataset_item" VALUES(1,18,'h17','validation',1);
INSERT INTO "dataset_item" VALUES(1,19,'h18','test',0);
INSERT INTO "dataset_item" VALUES(1,20,'h19','test',1);
CREATE TABLE freeze_plan (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            model TEXT NOT NULL,
            phases TEXT NOT NULL,            -- JSON, wire forms of phases
            stages TEXT NOT NULL,            -- JSON, [title, [module, ...]] input to output
            created TEXT NOT NULL,
            changed TEXT NOT NULL
        );
INSERT INTO "freeze_plan" VALUES(1,'head only','tiny','[]','[]','2026-11-21T00:00:00+00:00','2026-11-21T00:00:00+00:00');
CREATE TABLE import (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            format TEXT NOT NULL,
            reader_id INTEGER NOT NULL REFERENCES reader(id),
            at TEXT NOT NULL,                -- ISO 8601, UTC
            report TEXT NOT NULL DEFAULT '{}', -- JSON: what came
            undone TEXT                      -- when it was taken back
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
            problem TEXT, import_id INTEGER REFERENCES import(id),                    -- JSON, a GraftError's wire form
            UNIQUE (source_id, path, position)
        );
INSERT INTO "item" VALUES(1,1,'0.png',0,'image',NULL,'h0',100,1.5,8,9,'L',1,'p0','validation','indexed',NULL,NULL);
INSERT INTO "item" VALUES(2,1,'1.png',0,'image',NULL,'h1',101,1.5,8,9,'L',1,'p0','validation','indexed',NULL,NULL);
INSERT INTO "item" VALUES(3,1,'2.png',0,'image',NULL,'h2',102,1.5,8,9,'L',1,'p1','test','indexed',NULL,NULL);
INSERT INTO "item" VALUES(4,1,'3.png',0,'image',NULL,'h3',103,1.5,8,9,'L',1,'p1','test','indexed',NULL,NULL);
INSERT INTO "item" VALUES(5,1,'4.png',0,'image',NULL,'h4',104,1.5,8,9,'L',1,'p2','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(6,1,'5.png',0,'image',NULL,'h5',105,1.5,8,9,'L',1,'p2','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(7,1,'6.png',0,'image',NULL,'h6',106,1.5,8,9,'L',1,'p3','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(8,1,'7.png',0,'image',NULL,'h7',107,1.5,8,9,'L',1,'p3','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(9,1,'8.png',0,'image',NULL,'h8',108,1.5,8,9,'L',1,'p4','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(10,1,'9.png',0,'image',NULL,'h9',109,1.5,8,9,'L',1,'p4','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(11,1,'10.png',0,'image',NULL,'h10',110,1.5,8,9,'L',1,'p5','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(12,1,'11.png',0,'image',NULL,'h11',111,1.5,8,9,'L',1,'p5','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(13,1,'12.png',0,'image',NULL,'h12',112,1.5,8,9,'L',1,'p6','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(14,1,'13.png',0,'image',NULL,'h13',113,1.5,8,9,'L',1,'p6','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(15,1,'14.png',0,'image',NULL,'h14',114,1.5,8,9,'L',1,'p7','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(16,1,'15.png',0,'image',NULL,'h15',115,1.5,8,9,'L',1,'p7','train','indexed',NULL,NULL);
INSERT INTO "item" VALUES(17,1,'16.png',0,'image',NULL,'h16',116,1.5,8,9,'L',1,'p8','validation','indexed',NULL,NULL);
INSERT INTO "item" VALUES(18,1,'17.png',0,'image',NULL,'h17',117,1.5,8,9,'L',1,'p8','validation','indexed',NULL,NULL);
INSERT INTO "item" VALUES(19,1,'18.png',0,'image',NULL,'h18',118,1.5,8,9,'L',1,'p9','test','indexed',NULL,NULL);
INSERT INTO "item" VALUES(20,1,'19.png',0,'image',NULL,'h19',119,1.5,8,9,'L',1,'p9','test','indexed',NULL,NULL);
INSERT INTO "item" VALUES(21,1,'broken.png',0,'image',NULL,'hb',0,0.0,NULL,NULL,NULL,1,NULL,NULL,'broken','{"kind": "data", "title": "The file is empty", "cause": "It holds nothing.", "remedy": "Copy it again.", "details": "", "subject": ""}',NULL);
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
INSERT INTO "label" VALUES(1,1,1,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(2,2,2,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(3,3,1,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(4,4,2,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(5,5,1,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(6,6,2,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(7,7,1,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(8,8,2,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(9,9,1,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(10,10,2,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(11,11,1,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(12,12,2,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(13,13,1,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(14,14,2,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(15,15,1,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(16,16,2,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(17,17,1,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(18,18,2,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(19,19,1,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(20,20,2,1,'import','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(21,1,2,2,'hand','2026-11-21T03:46:17.884+00:00',0,NULL,0,NULL);
INSERT INTO "label" VALUES(22,5,2,2,'suggestion','2026-11-28T21:39:50.890371+00:00',0,2,1,NULL);
INSERT INTO "label" VALUES(23,6,2,3,'hand','2026-11-28T21:39:50.895572+00:00',1,NULL,0,NULL);
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
INSERT INTO "mark" VALUES(1,'00ff00ff00ff00ff',6,'box',1,0,'{"left": 1, "top": 2, "right": 30, "bottom": 40}',0,2,'hand','2026-11-28T21:39:50.894796+00:00',0,NULL);
CREATE TABLE merged_copy (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            folder TEXT NOT NULL,
            report TEXT NOT NULL             -- JSON
        );
CREATE TABLE metric (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL,              -- 'train/loss', 'validation/accuracy', 'lr', ...
            step INTEGER NOT NULL,
            epoch REAL NOT NULL,
            value REAL,
            PRIMARY KEY (run_id, name, step)
        ) WITHOUT ROWID;
INSERT INTO "metric" VALUES(1,'train/loss',1,0.5,0.25);
CREATE TABLE note (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id INTEGER NOT NULL REFERENCES item(id),
            reader_id INTEGER NOT NULL REFERENCES reader(id),
            flagged INTEGER NOT NULL,
            skipped INTEGER NOT NULL,
            text TEXT NOT NULL,
            at TEXT NOT NULL
        );
INSERT INTO "note" VALUES(1,7,2,1,0,'ask Bob','2026-11-28T21:39:50.895196+00:00');
INSERT INTO "note" VALUES(2,7,2,0,0,'','2026-11-28T21:39:50.895465+00:00');
CREATE TABLE prediction (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            item_id INTEGER NOT NULL REFERENCES item(id),
            split TEXT NOT NULL,
            target INTEGER NOT NULL,
            predicted INTEGER NOT NULL,
            probabilities BLOB NOT NULL,     -- float32, little-endian, one a class
            PRIMARY KEY (run_id, item_id)
        ) WITHOUT ROWID;
INSERT INTO "prediction" VALUES(1,1,'test',0,1,X'0000803E0000403F');
CREATE TABLE reader (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        );
INSERT INTO "reader" VALUES(1,'import');
INSERT INTO "reader" VALUES(2,'Ann');
INSERT INTO "reader" VALUES(3,'Bob');
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
        , peak_memory INTEGER, epoch_seconds REAL, checkpoint_bytes INTEGER, price TEXT);
INSERT INTO "run" VALUES(1,'Run 1','finished','2026-11-21T03:46:17.886+00:00','2026-11-21T03:46:17.886+00:00','image-classification',1,'{"name": "tiny"}','w','{"epochs": 1}','[{}]',1,'{"graft": "0.1.0"}','cpu',NULL,1795232776.75,0,0.0,0.0,NULL,NULL,1200000000,3.5,4096,'{}');
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
INSERT INTO "run_control" VALUES(1,'majority','majority class',0.5,0.4,0.6,NULL);
CREATE TABLE run_movement (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            distance REAL NOT NULL,
            size REAL NOT NULL,              -- where it began
            PRIMARY KEY (run_id, name)
        ) WITHOUT ROWID;
INSERT INTO "run_movement" VALUES(1,'head.weight',0.5,2.0);
CREATE TABLE run_problem (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            item_id INTEGER NOT NULL REFERENCES item(id),
            problem TEXT NOT NULL,           -- JSON, a GraftError's wire form
            PRIMARY KEY (run_id, item_id)
        ) WITHOUT ROWID;
CREATE TABLE run_remark (
            id INTEGER PRIMARY KEY,
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            remedy TEXT                      -- JSON: text, and changes by field of a recipe
        );
INSERT INTO "run_remark" VALUES(1,1,2,'overfitting','The parts went apart.','{"text": "Stop earlier", "changes": {"epochs": 2}}');
CREATE TABLE run_shift (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            split TEXT NOT NULL,             -- validation, test, or new: not in the project
            answer TEXT NOT NULL,            -- JSON
            created TEXT NOT NULL,
            PRIMARY KEY (run_id, split)
        ) WITHOUT ROWID;
INSERT INTO "run_shift" VALUES(1,'test','{"auc": 0.5, "low": 0.4, "high": 0.6, "p": 0.4, "items": [12, 4], "differ": false, "words": "No difference was found.", "remedy": null, "split": "test", "about": ""}','2026-11-25T01:59:13.546+00:00');
CREATE TABLE setting (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL              -- JSON
        ) WITHOUT ROWID;
INSERT INTO "setting" VALUES('group_key','"cc5e326762229e27ebd00e8ce6c60d26ef461b6b5429bc569f6abe584d43f6b3"');
INSERT INTO "setting" VALUES('id','"22f14f812528a13d0b44906faa69125a"');
INSERT INTO "setting" VALUES('name','"films"');
INSERT INTO "setting" VALUES('task','"image-classification"');
CREATE TABLE source (
            id INTEGER PRIMARY KEY,
            folder TEXT NOT NULL UNIQUE,     -- absolute
            relative TEXT                    -- from the project's folder, when that is possible
        );
INSERT INTO "source" VALUES(1,'/films','../films');
CREATE TABLE standing (
            item_id INTEGER PRIMARY KEY REFERENCES item(id),
            label_id INTEGER NOT NULL REFERENCES label(id),
            class_id INTEGER REFERENCES class(id),
            at TEXT NOT NULL
        );
INSERT INTO "standing" VALUES(1,21,2,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(2,2,2,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(3,3,1,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(4,4,2,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(5,22,2,'2026-11-28T21:39:50.890371+00:00');
INSERT INTO "standing" VALUES(6,6,2,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(7,7,1,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(8,8,2,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(9,9,1,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(10,10,2,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(11,11,1,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(12,12,2,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(13,13,1,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(14,14,2,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(15,15,1,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(16,16,2,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(17,17,1,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(18,18,2,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(19,19,1,'2026-11-21T03:46:17.884+00:00');
INSERT INTO "standing" VALUES(20,20,2,'2026-11-21T03:46:17.884+00:00');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX item_hash ON item(hash);
CREATE INDEX item_group ON item(group_key);
CREATE TRIGGER run_is_a_record BEFORE UPDATE OF created, task, dataset_id, model,
            weights_hash, recipe, plan, seed, versions ON run
            BEGIN SELECT RAISE(ABORT, 'what made a run never changes'); END;
CREATE TRIGGER dataset_is_a_record BEFORE UPDATE ON dataset
            BEGIN SELECT RAISE(ABORT, 'the data of a run never changes'); END;
CREATE TRIGGER dataset_item_is_a_record BEFORE UPDATE ON dataset_item
            BEGIN SELECT RAISE(ABORT, 'the data of a run never changes'); END;
CREATE INDEX run_remark_run ON run_remark(run_id, id);
CREATE INDEX item_import ON item(import_id);
CREATE INDEX label_item ON label(item_id, at, id);
CREATE INDEX label_import ON label(import_id) WHERE import_id IS NOT NULL;
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
CREATE INDEX note_item ON note(item_id, at, id);
CREATE TRIGGER note_no_update BEFORE UPDATE ON note
            BEGIN SELECT RAISE(ABORT, 'notes are append-only'); END;
CREATE VIEW current_note AS
            SELECT * FROM note WHERE id = (
                SELECT id FROM note AS other WHERE other.item_id = note.item_id
                ORDER BY at DESC, id DESC LIMIT 1
            );
CREATE INDEX action_state ON action(state, id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('label',23);
INSERT INTO "sqlite_sequence" VALUES('action',3);
INSERT INTO "sqlite_sequence" VALUES('mark',1);
INSERT INTO "sqlite_sequence" VALUES('note',2);
COMMIT;
