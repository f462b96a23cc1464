CREATE TABLE w (id int NOT NULL PRIMARY KEY, n varchar(10), a int, b int, KEY n_key (n))
INSERT INTO w VALUES (1, 'Ann', 1, 2), (2, 'ann', 3, 4), (3, 'bob', 1, NULL), (4, 'carl ', 2, 2)
SELECT n FROM w WHERE (a, b) = (1, 2)
SELECT n FROM w WHERE (1, 2) = (a, b)
SELECT id FROM w WHERE (a, b) <> (1, 2) ORDER BY id
SELECT id FROM w WHERE (a, b) <=> (1, NULL)
SELECT id FROM w WHERE (a, b) < (2, 3) ORDER BY id
SELECT id FROM w WHERE (a, b) >= (2, 2) ORDER BY id
SELECT id FROM w WHERE (a, b) = (SELECT 1, 2)
SELECT id FROM w WHERE (n, a) = ('ANN', 3)
SELECT id FROM w WHERE (n, a) = (SELECT 'ANN', 3)
SELECT id FROM w WHERE (n, a) IN (SELECT n, a FROM w WHERE id < 3) ORDER BY id
SELECT id FROM w WHERE (a, b) NOT IN (SELECT 1, 2) ORDER BY id
SELECT (1, 'a') = (1, 'A'), (1, 2) < (1, 3), (1, NULL) <=> (1, NULL), ('a', 1) < ('B', 0)
SELECT id FROM w WHERE (a, b) = (1, 2, 3)
SELECT BINARY 'a' = 'A', 'a' = BINARY 'A', 'a' = CAST('A' AS BINARY), CONVERT('a', BINARY) = 'A', BINARY 'a' = 'a'
SELECT BINARY 'a ' = 'a', BINARY 'a' <> 'A', BINARY 'a' < 'B', BINARY 'a' IN ('A', 'b'), BINARY 'a' BETWEEN 'A' AND 'Z'
SELECT id FROM w WHERE BINARY n = 'ann'
SELECT id FROM w WHERE n = BINARY 'ann'
SELECT id FROM w WHERE BINARY n <> 'ann' ORDER BY id
SELECT id FROM w WHERE BINARY n IN ('ann', 'BOB')
SELECT id FROM w WHERE n = BINARY CONCAT('a', 'nn')
SELECT id FROM w WHERE BINARY LOWER(n) = 'ann' ORDER BY id
SELECT n FROM w ORDER BY BINARY n, id
SELECT id FROM w WHERE n = BINARY 'ann' AND a > 1
SELECT id FROM w WHERE a > 1 AND BINARY w.n = 'ann' OR n = BINARY(CONCAT('B', 'ob'))
SELECT COUNT(*) FROM w GROUP BY BINARY n ORDER BY 1
SELECT CASE BINARY 'a' WHEN 'A' THEN 1 ELSE 0 END, NULLIF(BINARY 'a', 'A')
SELECT BINARY 'x', CAST('x' AS BINARY), CONCAT(BINARY 'x', 'y'), CAST(5 AS BINARY), LENGTH(BINARY 'ab')
INSERT INTO w (id, n) VALUES (9, BINARY 'Dora')
SELECT id FROM w WHERE n = 'dora'
SELECT id FROM w WHERE n = CONCAT('an', 'n ') ORDER BY id
SELECT id FROM w WHERE CONCAT('an', 'n ') = n ORDER BY id
SELECT id FROM w WHERE n <> CONCAT('an', 'n ') ORDER BY id
SELECT id FROM w WHERE n <=> CONCAT('an', 'n ') ORDER BY id
SELECT id FROM w WHERE a = CONCAT('', '1') ORDER BY id
SELECT id FROM w WHERE n = IF(id > 0, 'BOB  ', '')
SELECT id FROM w WHERE n = 'x COLLATE y'
SELECT 'x COLLATE y' = 'X COLLATE Y', ' COLLATE ' = ' collate  '
