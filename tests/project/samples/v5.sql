-- A project of version 5, as sqlite3.Connection.iterdump wrote it. Never changed: people have such files.
PRAGMA application_id = 1297568340;
PRAGMA user_version = 5;
BEGIN TRANSACTION;
CREATE TABLE annotation (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            image_id INTEGER NOT NULL REFERENCES image (id) DEFERRABLE INITIALLY DEFERRED,
            category_id INTEGER REFERENCES category (id) DEFERRABLE INITIALLY DEFERRED,
            height INTEGER NOT NULL, width INTEGER NOT NULL, counts TEXT NOT NULL,
            bbox_x INTEGER NOT NULL, bbox_y INTEGER NOT NULL, bbox_width INTEGER NOT NULL, bbox_height INTEGER NOT NULL,
            area INTEGER NOT NULL, iscrowd INTEGER NOT NULL, z_order INTEGER NOT NULL, hidden INTEGER NOT NULL,
            attributes TEXT NOT NULL, provenance TEXT NOT NULL, clicks INTEGER NOT NULL, milliseconds INTEGER NOT NULL,
            extra TEXT NOT NULL, geometry TEXT) STRICT;
INSERT INTO "annotation" VALUES(1,1,1,6,8,'=42MO11200005',2,1,5,4,19,0,0,0,'{"occluded":true}','{"points":[[4.5,3.5]],"labels":[1],"model_key":"starter","predicted_iou":0.9}',1,1500,'{}',NULL);
INSERT INTO "annotation" VALUES(2,1,NULL,6,8,'=42MO11200005',2,1,5,4,19,0,1,0,'{"occluded":true}','{"points":[[4.5,3.5]],"labels":[1],"model_key":"starter","predicted_iou":0.9}',1,1500,'{}',NULL);
INSERT INTO "annotation" VALUES(3,1,1,6,8,'=42MO11200005',2,1,5,4,19,0,0,0,'{}','{}',0,0,'{}','{"shapes":[["polygon","2.0,1.50,7,1.5,7,5",["labelme",{"flags":{}}]]],"area":"8.75"}');
CREATE TABLE category (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, color TEXT NOT NULL,
            supercategory TEXT NOT NULL DEFAULT '', extra TEXT NOT NULL DEFAULT '{}') STRICT;
INSERT INTO "category" VALUES(1,'cat','#e6194b','animal','{"keypoints":["ear"]}');
CREATE TABLE finding (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, image_id INTEGER NOT NULL,
 objects TEXT NOT NULL, masks TEXT NOT NULL, sentence TEXT NOT NULL, state TEXT NOT NULL) STRICT;
INSERT INTO "finding" VALUES(1,'duplicate',1,'[1,2]','0123456789abcdef','The object is there twice.','fine');
CREATE TABLE image (
            id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, width INTEGER, height INTEGER,
            content_hash TEXT, size_bytes INTEGER, mtime_ns INTEGER,
            status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'done', 'review')),
            extra TEXT NOT NULL DEFAULT '{}') STRICT;
INSERT INTO "image" VALUES(1,'cat 猫.png',8,6,'0000000000000000000000000000000000000000000000000000000000000000',80,1,'done','{}');
CREATE TABLE journal (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            step_id INTEGER NOT NULL REFERENCES step (id) ON DELETE CASCADE,
            kind TEXT NOT NULL, row_id INTEGER NOT NULL, before TEXT, after TEXT) STRICT;
INSERT INTO "journal" VALUES(1,1,'category',1,NULL,'{"id":1,"name":"cat","color":"#e6194b","supercategory":"animal","extra":"{\"keypoints\":[\"ear\"]}"}');
INSERT INTO "journal" VALUES(2,1,'annotation',1,NULL,'{"id":1,"image_id":1,"category_id":1,"height":6,"width":8,"counts":"=42MO11200005","bbox_x":2,"bbox_y":1,"bbox_width":5,"bbox_height":4,"area":19,"iscrowd":0,"z_order":0,"hidden":0,"attributes":"{\"occluded\":true}","provenance":"{\"points\":[[4.5,3.5]],\"labels\":[1],\"model_key\":\"starter\",\"predicted_iou\":0.9}","clicks":1,"milliseconds":1500,"extra":"{}"}');
INSERT INTO "journal" VALUES(3,2,'image',1,'{"id":1,"path":"cat 猫.png","width":8,"height":6,"content_hash":"0000000000000000000000000000000000000000000000000000000000000000","size_bytes":80,"mtime_ns":1,"status":"open","extra":"{}"}','{"id":1,"path":"cat 猫.png","status":"done","width":8,"height":6,"content_hash":"0000000000000000000000000000000000000000000000000000000000000000","size_bytes":80,"mtime_ns":1,"extra":"{}"}');
INSERT INTO "journal" VALUES(4,3,'annotation',1,'{"id":1,"image_id":1,"category_id":1,"height":6,"width":8,"counts":"=42MO11200005","bbox_x":2,"bbox_y":1,"bbox_width":5,"bbox_height":4,"area":19,"iscrowd":0,"z_order":0,"hidden":0,"attributes":"{\"occluded\":true}","provenance":"{\"points\":[[4.5,3.5]],\"labels\":[1],\"model_key\":\"starter\",\"predicted_iou\":0.9}","clicks":1,"milliseconds":1500,"extra":"{}"}',NULL);
INSERT INTO "journal" VALUES(5,1,'annotation',3,NULL,'{"id":3,"image_id":1,"category_id":1,"height":6,"width":8,"counts":"=42MO11200005","bbox_x":2,"bbox_y":1,"bbox_width":5,"bbox_height":4,"area":19,"geometry":"{\"shapes\":[[\"polygon\",\"2.0,1.50,7,1.5,7,5\",[\"labelme\",{\"flags\":{}}]]],\"area\":\"8.75\"}"}');
CREATE TABLE origin (
            annotation_id INTEGER PRIMARY KEY, name TEXT NOT NULL, time TEXT NOT NULL, author TEXT NOT NULL) STRICT;
INSERT INTO "origin" VALUES(2,'Accept mask','2025-12-01T00:00:00.000+00:00','tester');
CREATE TABLE proposal (id INTEGER PRIMARY KEY AUTOINCREMENT,
 image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE, state TEXT NOT NULL, height INTEGER,
 width INTEGER, box TEXT, counts TEXT NOT NULL, predicted_iou REAL, stability_score REAL, x REAL, y REAL,
 model TEXT NOT NULL, time TEXT) STRICT;
INSERT INTO "proposal" VALUES(1,1,'proposed',6,8,'[2,1,5,4,19]','=42MO11200005',0.9,0.95,4.5,3.5,'starter','2026-11-28T18:00:00.000+00:00');
INSERT INTO "proposal" VALUES(2,1,'rejected',6,8,'[2,1,5,4,19]','=42MO11200005',0.8,0.9,4.5,3.5,'starter','2026-11-28T18:00:00.000+00:00');
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "setting" VALUES('history_begins','"2026-01-01T00:00:00.000+00:00"');
INSERT INTO "setting" VALUES('holder','"tester on laptop, process 1"');
INSERT INTO "setting" VALUES('images_dir','"photos"');
CREATE TABLE step (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, time TEXT NOT NULL, author TEXT NOT NULL,
            undone INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "step" VALUES(1,'Accept mask','2026-01-01T00:00:00.000+00:00','tester',0);
INSERT INTO "step" VALUES(2,'Mark done','2026-01-01T00:00:00.000+00:00','tester',0);
INSERT INTO "step" VALUES(3,'Delete object','2026-01-01T00:00:00.000+00:00','tester',1);
CREATE INDEX annotation_of_image ON annotation (image_id);
CREATE INDEX annotation_of_category ON annotation (category_id);
CREATE INDEX step_undone ON step (undone, id);
CREATE INDEX journal_of_step ON journal (step_id);
CREATE INDEX journal_before ON journal (CASE instr(before, '"image_id":') WHEN 0 THEN 0
        ELSE CAST(substr(before, instr(before, '"image_id":') + 11, 20) AS INTEGER) END) WHERE kind = 'annotation' AND before IS NOT NULL;
CREATE INDEX journal_after ON journal (CASE instr(after, '"image_id":') WHEN 0 THEN 0
        ELSE CAST(substr(after, instr(after, '"image_id":') + 11, 20) AS INTEGER) END) WHERE kind = 'annotation' AND after IS NOT NULL;
CREATE INDEX journal_of_category ON journal (step_id) WHERE kind = 'category';
CREATE INDEX proposal_of_image ON proposal (image_id, state);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('image',1);
INSERT INTO "sqlite_sequence" VALUES('category',1);
INSERT INTO "sqlite_sequence" VALUES('step',3);
INSERT INTO "sqlite_sequence" VALUES('journal',5);
INSERT INTO "sqlite_sequence" VALUES('annotation',3);
INSERT INTO "sqlite_sequence" VALUES('proposal',2);
COMMIT;
