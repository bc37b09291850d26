-- +goose Up
-- What people look for by words is in search.db.
DROP TABLE search;

-- +goose Down
CREATE VIRTUAL TABLE search USING fts5 (text, content = '', contentless_delete = 1, tokenize = 'trigram');
