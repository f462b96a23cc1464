CREATE TABLE e (id int NOT NULL PRIMARY KEY, v enum('Red','green','it''s, ok','10','2') DEFAULT 'GREEN', s set('a','B','c d') DEFAULT NULL)
DESCRIBE e
INSERT INTO e (id) VALUES (1)
INSERT INTO e (id, v) VALUES (2, 'RED')
INSERT INTO e (id, v) VALUES (3, 'red  ')
INSERT INTO e (id, v) VALUES (4, 2)
INSERT INTO e (id, v) VALUES (5, '2')
INSERT INTO e (id, v) VALUES (6, '3')
INSERT INTO e (id, v) VALUES (7, 0)
INSERT INTO e (id, v) VALUES (8, '0')
INSERT INTO e (id, v) VALUES (9, '')
INSERT INTO e (id, v) VALUES (10, 6)
INSERT INTO e (id, v) VALUES (11, 1.6)
INSERT INTO e (id, v) VALUES (12, '1.6')
INSERT INTO e (id, v) VALUES (13, 'blue')
INSERT INTO e (id, v) VALUES (14, -1)
INSERT INTO e (id, v) VALUES (15, ' red')
INSERT INTO e (id, v) VALUES (16, NULL)
INSERT INTO e (id, v) VALUES (17, 'IT''S, OK')
INSERT INTO e (id, v) VALUES (18, '03')
INSERT INTO e (id, v) VALUES (19, ' 3')
INSERT INTO e (id, v) VALUES (20, '3 ')
INSERT INTO e (id, v) VALUES (21, 10)
INSERT INTO e (id, v) VALUES (22, 1e0)
INSERT INTO e (id, v) VALUES (23, 2.4)
INSERT INTO e (id, v) VALUES (24, '+3')
INSERT INTO e (id, v) VALUES (25, '000003')
INSERT INTO e (id, v) VALUES (26, '00003')
INSERT INTO e (id, v) VALUES (27, 0.4)
INSERT INTO e (id, v) VALUES (28, 5.9)
INSERT INTO e (id, v) VALUES (29, '1e0')
INSERT INTO e (id, v) VALUES (30, DEFAULT)
SELECT id, v FROM e ORDER BY id
INSERT IGNORE INTO e (id, v) VALUES (107, 0)
INSERT IGNORE INTO e (id, v) VALUES (109, '')
INSERT IGNORE INTO e (id, v) VALUES (110, 6)
INSERT IGNORE INTO e (id, v) VALUES (113, 'blue')
INSERT IGNORE INTO e (id, v) VALUES (114, -1)
UPDATE e SET v = 'blue' WHERE id = 1
UPDATE IGNORE e SET v = 'blue' WHERE id = 2
SELECT id, v FROM e WHERE id > 100 OR id < 3 ORDER BY id
DELETE FROM e
INSERT INTO e (id, s) VALUES (1, '')
INSERT INTO e (id, s) VALUES (2, 'b,A')
INSERT INTO e (id, s) VALUES (3, 'c d,a,b,a')
INSERT INTO e (id, s) VALUES (4, 'a,x')
INSERT INTO e (id, s) VALUES (5, 5)
INSERT INTO e (id, s) VALUES (6, '5')
INSERT INTO e (id, s) VALUES (7, 8)
INSERT INTO e (id, s) VALUES (8, -1)
INSERT INTO e (id, s) VALUES (9, 0)
INSERT INTO e (id, s) VALUES (10, '0')
INSERT INTO e (id, s) VALUES (11, 'a, b')
INSERT INTO e (id, s) VALUES (12, 'a ,b ')
INSERT INTO e (id, s) VALUES (13, 'a,,b')
INSERT INTO e (id, s) VALUES (14, ',')
INSERT INTO e (id, s) VALUES (15, 'a,')
INSERT INTO e (id, s) VALUES (16, ' ')
INSERT INTO e (id, s) VALUES (17, 2.6)
INSERT INTO e (id, s) VALUES (18, '2.6')
INSERT INTO e (id, s) VALUES (19, 7.0)
INSERT INTO e (id, s) VALUES (20, '3 ')
INSERT INTO e (id, s) VALUES (21, '8')
INSERT INTO e (id, s) VALUES (22, 'x')
INSERT INTO e (id, s) VALUES (23, 'a,5')
INSERT INTO e (id, s) VALUES (24, ' 3')
INSERT INTO e (id, s) VALUES (25, 'a,b  ')
INSERT INTO e (id, s) VALUES (26, 'c d  ')
SELECT id, s FROM e ORDER BY id
INSERT IGNORE INTO e (id, s) VALUES (104, 'a,x')
INSERT IGNORE INTO e (id, s) VALUES (107, 8)
INSERT IGNORE INTO e (id, s) VALUES (108, -1)
INSERT IGNORE INTO e (id, s) VALUES (109, 13)
INSERT IGNORE INTO e (id, s) VALUES (122, 'x')
INSERT IGNORE INTO e (id, s) VALUES (123, 'x,b')
INSERT IGNORE INTO e (id, s) VALUES (124, 'a,,b')
INSERT IGNORE INTO e (id, s) VALUES (125, '8')
INSERT IGNORE INTO e (id, s) VALUES (126, 2.6)
SELECT id, s FROM e WHERE id > 100 ORDER BY id
CREATE TABLE n (id int NOT NULL PRIMARY KEY, v enum('x','y') NOT NULL, s set('a','b') NOT NULL)
DESCRIBE n
INSERT INTO n (id) VALUES (1)
INSERT INTO n (id, s) VALUES (2, 'a')
INSERT INTO n (id, s) VALUES (3, NULL)
INSERT INTO n (id, v, s) VALUES (4, NULL, '')
INSERT INTO n (id, v, s) VALUES (5, DEFAULT, '')
SELECT * FROM n ORDER BY id
ALTER TABLE n ADD COLUMN w enum('o','p') NOT NULL DEFAULT 'p'
ALTER TABLE n ADD COLUMN w2 enum('o','p') NOT NULL
ALTER TABLE n ADD COLUMN w3 enum('o','p')
ALTER TABLE n ADD COLUMN w4 enum('o','p') DEFAULT 'q'
SELECT * FROM n ORDER BY id
ALTER TABLE n MODIFY v enum('y','z','x') NOT NULL DEFAULT 'z'
ALTER TABLE n MODIFY w enum('q','r') NOT NULL DEFAULT 'q'
ALTER TABLE n CHANGE w ww varchar(20)
SELECT * FROM n ORDER BY id
DESCRIBE n
ALTER TABLE n MODIFY ww enum('p','zz')
INSERT INTO n (id, v, s, ww) VALUES (9, 'Z', 'B', 'ZZ')
SELECT * FROM n ORDER BY id
ALTER TABLE n DROP COLUMN ww
DESCRIBE n
ALTER TABLE n CHANGE v vv enum('y','z','x') NOT NULL DEFAULT 'z'
INSERT INTO n (id, vv, s) VALUES (10, 'nope', 'B')
ALTER TABLE n RENAME COLUMN s TO ss
INSERT INTO n (id, vv, ss) VALUES (10, 'X', 'nope')
INSERT INTO n (id, vv, ss) VALUES (11, 'X', 'b,A')
SELECT * FROM n WHERE vv = 'X' ORDER BY id
SELECT * FROM n WHERE vv <> 'x ' ORDER BY id
SELECT * FROM n WHERE vv IN ('Z','q') ORDER BY id
SELECT * FROM n WHERE ss = 'a,b' ORDER BY id
SELECT * FROM n WHERE FIND_IN_SET('B', ss) ORDER BY id
SELECT * FROM n WHERE vv = 3 ORDER BY id
SELECT id, vv FROM n ORDER BY vv, id
SELECT vv, COUNT(*) FROM n GROUP BY vv ORDER BY COUNT(*), 1
SELECT vv + 0 FROM n ORDER BY id
SELECT MIN(vv), MAX(vv) FROM n
SELECT column_name, data_type, column_type, character_maximum_length FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'n' ORDER BY ordinal_position
INSERT INTO n (id, vv, ss) VALUES (11, 'y', 'b') ON DUPLICATE KEY UPDATE vv = 'Y', ss = 'B,b'
INSERT INTO n (id, vv, ss) VALUES (11, 'y', 'b') ON DUPLICATE KEY UPDATE vv = 'nope'
REPLACE INTO n VALUES (1, 'Y', 'A')
INSERT INTO n SELECT id + 100, 'Z', ss FROM n WHERE id < 4
INSERT INTO n SELECT id + 200, 'K', ss FROM n WHERE id < 4
CREATE TABLE copy AS SELECT * FROM n
RENAME TABLE n TO n3
INSERT INTO n3 (id, vv, ss) VALUES (310, 'nope', 'B')
SELECT * FROM n3 ORDER BY id
CREATE TABLE dup (a enum('x','X'))
CREATE TABLE bl (a enum('x ','y') NOT NULL DEFAULT 'x')
DESCRIBE bl
INSERT INTO bl VALUES ('x ')
CREATE TABLE st (a set('a,b','c'))
CREATE TABLE de (a enum('a','b') DEFAULT 'c')
CREATE TABLE de2 (a enum('a','b') DEFAULT 1)
CREATE TABLE nn (a enum('a','b') CHARACTER SET latin1 COLLATE latin1_bin)
INSERT INTO nn VALUES ('A')
INSERT INTO nn VALUES ('a')
CREATE TABLE k (a enum('a','b') NOT NULL, b int, PRIMARY KEY (a))
INSERT INTO k VALUES ('A', 1)
INSERT INTO k VALUES ('a', 2)
INSERT INTO k VALUES ('b', 2) ON DUPLICATE KEY UPDATE b = 4
DESCRIBE k
ALTER TABLE k MODIFY b set('x','int','point') DEFAULT ''
