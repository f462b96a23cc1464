CREATE TABLE Cat (nick VARCHAR(10) PRIMARY KEY, hits INT UNSIGNED NOT NULL DEFAULT 3, rate DECIMAL(6,2), ratio DOUBLE, seen DATETIME, born DATE, span TIME, note TEXT, made TIMESTAMP NULL, y YEAR, e ENUM('a','bc') , bin VARBINARY(7), bl BLOB, c CHAR(3) NOT NULL, f FLOAT, t TINYINT, s SMALLINT UNSIGNED, m MEDIUMINT, b BIGINT, bu BIGINT UNSIGNED, lt LONGTEXT, mt MEDIUMTEXT, tt TINYTEXT, tb TINYBLOB, dt3 DECIMAL(5))
SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' AND column_name = 'NICK'
SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' AND column_name IN ('NICK', 'Hits') ORDER BY 1
SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' AND column_name LIKE 'NI%'
SELECT column_name, numeric_precision, numeric_scale, datetime_precision FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' ORDER BY ordinal_position
SELECT column_name, collation_name IS NULL, character_set_name IS NULL FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' ORDER BY ordinal_position
SELECT column_name, character_maximum_length FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' ORDER BY ordinal_position
SELECT column_name, data_type, column_type, is_nullable, column_key, extra FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' ORDER BY ordinal_position
SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' AND data_type = 'VARCHAR'
SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' AND is_nullable = 'no'
SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' AND column_key = 'pri'
SELECT privileges <> '', column_comment, generation_expression IS NULL, is_generated FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' AND column_name = 'nick'
SELECT column_name, collation_name, character_set_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Cat' AND column_name IN ('hits', 'bl', 'seen') ORDER BY 1
SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'base table' AND table_name = 'Cat'
SELECT table_collation IS NULL, table_comment, create_options, row_format IS NULL, version IS NULL FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'Cat'
SELECT nothing FROM information_schema.columns
CREATE TABLE Num (id INT AUTO_INCREMENT PRIMARY KEY)
SELECT column_name, data_type, column_type, numeric_precision, numeric_scale FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'Num'
