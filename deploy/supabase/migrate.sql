-- One migration (variables: file, version, name), applied and noted in one transaction where the Supabase CLI notes it too:
-- `supabase db push` agrees afterwards. Two of these at once wait for each other.
begin;
select pg_advisory_xact_lock(hashtext('supabase_migrations')) as lock \gset
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
select exists (select from supabase_migrations.schema_migrations where version = :'version') as is_applied \gset
\if :is_applied
\else
  \i :file
  insert into supabase_migrations.schema_migrations (version, name) values (:'version', :'name');
  \echo applied :version :name
\endif
commit;
