-- The roles and schemas every hosted Supabase project has. Run once as the initdb superuser
-- supabase_admin; "postgres" stays a non-superuser, as it is on a hosted project.
create role postgres            login nosuperuser createdb createrole replication bypassrls;
create role anon                nologin noinherit;
create role authenticated       nologin noinherit;
create role service_role        nologin noinherit bypassrls;
create role authenticator       login noinherit;
create role supabase_auth_admin    login noinherit createrole;
create role supabase_storage_admin login noinherit createrole;
create role dashboard_user      nologin createdb createrole replication;
-- The single login of the embedded API. Every REST and Storage request becomes one of the three
-- API roles; what it inherits serves to read the catalogue, which hides what a role cannot use.
create role supabase_lite       login inherit bypassrls;

grant anon, authenticated, service_role to authenticator, supabase_lite;
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant pg_read_all_data to supabase_lite;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

alter role anon           set statement_timeout = '3s';
alter role authenticated  set statement_timeout = '8s';
alter role authenticator  set statement_timeout = '8s';
alter role postgres       set search_path = "$user", public, extensions;

alter schema public owner to postgres;
create schema extensions authorization postgres;
create schema auth       authorization supabase_auth_admin;
create schema storage    authorization supabase_storage_admin;
create schema supabase_migrations authorization postgres;

grant all on database postgres to postgres, dashboard_user;
grant usage on schema public, extensions, auth, storage
  to postgres, anon, authenticated, service_role, supabase_lite;
grant all on schema auth to supabase_auth_admin, dashboard_user;
grant all on schema storage to supabase_storage_admin, dashboard_user;

-- No default privileges: a hosted project no longer grants new tables to the API roles, so a
-- migration that forgets a grant fails here too.
create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;
