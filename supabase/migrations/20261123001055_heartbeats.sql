-- Which exporters run: each says so every few seconds, and a doctor anywhere hears when one has fallen silent. A training
-- machine says when it was last swept, for as long as it keeps speeches.

create table llm.heartbeats (
  worker text primary key,
  service text not null check (service in ('exporter', 'trainer-sweep')),
  facts jsonb not null default '{}' check (pg_column_size(facts) < 4096),
  started_at timestamptz not null default now(),
  beat_at timestamptz not null default now()
);
alter table llm.heartbeats enable row level security;
grant select on llm.heartbeats to service_role;
comment on table llm.heartbeats is
  'A process of a service that runs, or fell silent without an end; a machine that keeps speeches, as of its last whole sweep';
comment on column llm.heartbeats.facts is 'Versions and the digest of the dataset; codes and counts only';

create function llm.beat(p_service text, p_worker text, p_facts jsonb) returns void
language sql security definer set search_path = '' as $$
  -- Without facts it is the end of this process, or a machine that keeps nothing. An exporter that has been silent for a
  -- week is forgotten; a machine with speeches on it is not.
  delete from llm.heartbeats h
   where (h.worker = p_worker and p_facts is null) or (h.service = 'exporter' and h.beat_at < now() - interval '7 days');
  insert into llm.heartbeats (worker, service, facts)
  select p_worker, p_service, p_facts where p_facts is not null
  on conflict (worker) do update set facts = excluded.facts, beat_at = now();
$$;
comment on function llm.beat is 'A process says that it runs; with null that it ends';

create function llm.running_services() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- The youngest beat first.
  select coalesce(jsonb_agg(jsonb_build_object('service', h.service, 'facts', h.facts,
      'silent_seconds', extract(epoch from now() - h.beat_at)) order by h.beat_at desc), '[]')
    from llm.heartbeats h where h.service = 'exporter';
$$;
comment on function llm.running_services is 'What doctor judges: who runs, of which version, and how long each has been silent';
