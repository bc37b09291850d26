-- +goose Up
-- A run that names the version it read finds it by that. What runs read of
-- their inputs is in runs.body.
CREATE INDEX versions_data_version ON versions (dataset, data_version) WHERE data_version <> '';

-- +goose Down
DROP INDEX versions_data_version;
