-- What doctor and stats ask: is everything of ours in place, and how do things stand?

create table llm.key_checks (
  name text primary key,
  value text not null,
  recorded_at timestamptz not null default now()
);
alter table llm.key_checks enable row level security;
grant select on llm.key_checks to service_role;
comment on table llm.key_checks is 'A keyed hash of a constant for each key that rows were made with, so that another key is noticed';

create function llm.record_key_check(p_name text, p_value text) returns text
language sql security definer set search_path = '' as $$
  -- The value that counts: the first one that was recorded.
  with recorded as (
    insert into llm.key_checks (name, value) values (p_name, p_value) on conflict do nothing returning value
  )
  select value from recorded union all select k.value from llm.key_checks k where k.name = p_name limit 1;
$$;

create function llm.missing_grants() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- What the services must be able to do in our schema and cannot, as the statements that allow it.
  with wanted as (
    select 1 as place, 'grant usage on schema llm to service_role' as statement
     where not has_schema_privilege('service_role', 'llm', 'usage')
    union all
    select 2, format('grant select on llm.%I to service_role', c.relname) from pg_catalog.pg_class c
     where c.relnamespace = 'llm'::regnamespace and c.relkind in ('r', 'v', 'p')
       and not has_table_privilege('service_role', c.oid, 'select')
    union all
    select 3, 'grant update on llm.policy to service_role'
     where not has_table_privilege('service_role', 'llm.policy', 'update')
    union all
    select 4, format('grant execute on function %s to service_role', p.oid::regprocedure) from pg_catalog.pg_proc p
     where p.pronamespace = 'llm'::regnamespace and not has_function_privilege('service_role', p.oid, 'execute')
  )
  select coalesce(jsonb_agg(w.statement order by w.place, w.statement), '[]') from wanted w;
$$;

create function llm.open_doors() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- What the app's users could reach of ours and must not, as the statements that forbid it.
  with api(role) as (values ('anon'), ('authenticated')), found as (
    select format('revoke usage on schema %I from %I', n.nspname, api.role) as statement
      from api, pg_catalog.pg_namespace n
     where n.nspname in ('llm', 'llm_private') and has_schema_privilege(api.role, n.oid, 'usage')
    union all
    select format('revoke all on %s from %I', c.oid::regclass, api.role) from api, pg_catalog.pg_class c
     where c.relnamespace = 'llm'::regnamespace and c.relkind in ('r', 'v', 'p')
       and has_table_privilege(api.role, c.oid, 'select, insert, update, delete')
    union all
    select format('revoke execute on function %s from public, %I', p.oid::regprocedure, api.role) from api, pg_catalog.pg_proc p
     where p.pronamespace = 'llm'::regnamespace and has_function_privilege(api.role, p.oid, 'execute')
    union all
    select format('alter table %s enable row level security', c.oid::regclass) from pg_catalog.pg_class c
     where c.relnamespace in ('llm'::regnamespace, 'llm_private'::regnamespace) and c.relkind in ('r', 'p') and not c.relrowsecurity
    union all
    -- A policy of the app's own that names no bucket is one for ours, too.
    select format('alter policy %I on storage.objects', p.policyname)
           || coalesce(' using (bucket_id not like ''llm-%'' and (' || p.qual || '))', '')
           || coalesce(' with check (bucket_id not like ''llm-%'' and (' || p.with_check || '))', '')
      from pg_catalog.pg_policies p
     where p.schemaname = 'storage' and p.tablename = 'objects' and p.permissive = 'PERMISSIVE'
       and p.roles && '{public,anon,authenticated}'
       and (p.qual not like '%bucket_id%' or p.with_check not like '%bucket_id%')
  )
  select coalesce(jsonb_agg(f.statement order by f.statement), '[]') from found f;
$$;

create function llm.missing_triggers() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- Changes of the app's tables that nobody would hear of. A trigger is ours when its function is in llm_private.
  with needed (tab, event, bit) as (
    select t.tab, e.event, e.bit
      from (values ('evaluations', true), ('consent_forms', true), ('user_profiles', true), ('course_students', true),
                   ('rubrics', false), ('courses', false)) as t (tab, from_birth),
           (values ('INSERT', 4), ('UPDATE', 16), ('DELETE', 8), ('TRUNCATE', 32)) as e (event, bit)
     where (t.from_birth or e.event <> 'INSERT') and (t.tab <> 'rubrics' or e.event <> 'TRUNCATE')
  ), ours as (
    select c.relname as tab, g.tgname, g.tgtype, g.tgenabled in ('O', 'A') as is_enabled
      from pg_catalog.pg_trigger g
      join pg_catalog.pg_class c on c.oid = g.tgrelid and c.relnamespace = 'public'::regnamespace
      join pg_catalog.pg_proc p on p.oid = g.tgfoid and p.pronamespace = 'llm_private'::regnamespace
     where not g.tgisinternal
  )
  select coalesce(jsonb_agg(jsonb_build_object('table', n.tab, 'event', n.event,
      'state', case when o.tgname is null then 'missing' else 'disabled' end,
      'fix', case when o.tgname is not null then format('alter table public.%I enable trigger %I', n.tab, o.tgname) end)
      order by n.tab, n.event), '[]')
    from needed n
    left join lateral (select o.tgname from ours o
                        where o.tab = n.tab and o.tgtype & n.bit > 0 order by o.tgname limit 1) as o on true
   where not exists (select from ours o where o.tab = n.tab and o.tgtype & n.bit > 0 and o.is_enabled);
$$;

create function llm_private.queue_troubles() returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'dead_codes', (select coalesce(jsonb_object_agg(d.code, d.n), '{}') from (
      select coalesce(q.last_error, 'unknown') as code, count(*) as n from llm.change_queue q
       where q.dead_at is not null group by 1) as d),
    'stuck_leases', (select count(*) from llm.change_queue q
      where q.dead_at is null and q.lease_until < now() - interval '10 minutes'));
$$;

create function llm.vital_signs() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- What a running exporter tells whoever watches, every few seconds: cheap, and counts only. The last of them must always
  -- be 0: no adapter gives a score once the deadline after its taint has passed.
  select llm.queue_state() || jsonb_build_object(
    'erasures', (select count(*) from llm.erasures x where x.completed_at is null),
    'oldest_erasure_seconds', (select coalesce(extract(epoch from now() - min(x.requested_at)), 0)
      from llm.erasures x where x.completed_at is null),
    'tainted', (select count(*) from llm.adapters a where a.status = 'tainted'),
    'swept_at', coalesce((select extract(epoch from l.ended_at) from llm_private.last_sweep l), 0),
    'ledger_failures', (select count(*) from llm.audit_log l
      where l.at > now() - interval '1 day' and l.action = 'ledger_failed'),
    'scored_while_tainted', (select count(*) from llm.adapters a join llm.scores s on s.adapter_digest = a.digest
      where a.tainted_at is not null and s.status in ('ok', 'fallback') and s.ended_at > greatest(a.tainted_at + interval '5 minutes', now() - interval '1 day')));
$$;

create function llm_private.included_counts() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(s.split, jsonb_build_object('examples', s.examples, 'persons', s.persons)), '{}')
    from (select t.split, count(*) as examples, count(distinct t.subject_hash) as persons
            from llm.training_data t where t.status = 'included' group by t.split) as s;
$$;

create function llm.exporter_state() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- How things stand, as of one moment; counts and codes only.
  select jsonb_build_object(
    'now', clock_timestamp(),
    'queue', llm.queue_state() || llm_private.queue_troubles(),
    'dataset', llm.current_dataset(),
    'included', llm_private.included_counts(),
    'excluded', llm.exclusion_counts(),
    'versions', (select coalesce(jsonb_agg(to_jsonb(v)), '[]') from (
      select t.renderer_version as renderer, t.anonymizer_version as anonymizer, count(*) as examples
        from llm.training_data t where t.status = 'included' group by 1, 2 order by 3 desc) as v),
    'tainted', (select coalesce(jsonb_agg(a.name order by a.tainted_at), '[]') from llm.adapters a where a.status = 'tainted'),
    'erasures', (select jsonb_build_object('pending', count(*),
        'oldest_seconds', coalesce(extract(epoch from now() - min(x.requested_at)), 0))
      from llm.erasures x where x.completed_at is null),
    'buckets', (select coalesce(jsonb_object_agg(b.id, b.public), '{}') from storage.buckets b),
    'keys', (select coalesce(jsonb_object_agg(k.name, k.value), '{}') from llm.key_checks k),
    'hints', jsonb_build_object(
      'pg_net', to_regprocedure('net.http_post(text, jsonb, jsonb, jsonb, integer)') is not null,
      'is_on', exists (select from llm_private.wake_up),
      'realtime', exists (select from pg_catalog.pg_publication_tables p
        where p.pubname = 'supabase_realtime' and p.schemaname = 'llm' and p.tablename = 'change_queue')));
$$;
comment on function llm.exporter_state is 'what stats shows and doctor judges';
