-- What a hosted project adds to the tables of auth and storage. The tables themselves are made
-- by the embedded API's own schema, which runs before this file.
alter table auth.users
  add column if not exists instance_id uuid,
  add column if not exists is_super_admin boolean;
alter table auth.users enable row level security;

create or replace function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim', true), ''),
                  nullif(current_setting('request.jwt.claims', true), ''))::jsonb
$$;
create or replace function auth.uid() returns uuid language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
create or replace function auth.role() returns text language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
$$;
create or replace function auth.email() returns text language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.email', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email')
$$;

-- Owners as on a hosted project, so that "postgres" can do here what it can do there.
do $$
declare
  object record;
begin
  for object in
    select format('alter table %I.%I owner to %I', n.nspname, c.relname, 'supabase_' || n.nspname || '_admin') as ddl
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('auth', 'storage') and c.relkind = 'r'
    union all
    select format('alter function %s owner to %I', p.oid::regprocedure, 'supabase_' || n.nspname || '_admin')
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('auth', 'storage')
  loop
    execute object.ddl;
  end loop;
end $$;

grant supabase_storage_admin to postgres;
grant select, insert, update, delete, references, trigger on all tables in schema auth to postgres;
grant all on storage.buckets, storage.objects to postgres, anon, authenticated, service_role;
grant all on all tables in schema auth, storage to supabase_lite;
