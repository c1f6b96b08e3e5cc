-- A role for the program that can append and read, and neither alter, delete, truncate nor drop. It is also bound by
-- the row-level security of `events`: each statement reaches one tenant's events only.
--
-- Run it as the owner of the database, after a first start of smartqueue with the owner's URL has made the tables, and
-- again after a start that migrated them:  psql OWNER-URL -f app-role.sql
-- Then give the role a password and start smartqueue with it:  ALTER ROLE smartqueue_app LOGIN PASSWORD '...';

DO $$
BEGIN
    CREATE ROLE smartqueue_app NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM smartqueue_app;
GRANT USAGE ON SCHEMA public TO smartqueue_app;
GRANT SELECT, INSERT ON events TO smartqueue_app;
GRANT SELECT, INSERT, UPDATE ON tenant_head TO smartqueue_app;
GRANT SELECT ON log_identity, smartqueue_migrations TO smartqueue_app;
