-- Why a job failed may quote what it worked on. The old column is emptied by the first start (durable::SEALED) and read no more.
ALTER TABLE job ADD COLUMN error_sealed {bytes};
