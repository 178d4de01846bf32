-- What else is told to whoever watches, because a timer began it and nobody looks: a training that failed, a training
-- machine that is not swept any more, and an adapter of a withdrawn speech that nobody has deleted.

alter table llm.heartbeats drop constraint heartbeats_service_check;
alter table llm.heartbeats add constraint heartbeats_service_check check (service in ('exporter', 'trainer-sweep'));
comment on table llm.heartbeats is
  'A process of a service that runs, or fell silent without an end; a machine that keeps speeches, as of its last whole sweep';

create or replace function llm.beat(p_service text, p_worker text, p_facts jsonb) returns void
language sql security definer set search_path = '' as $$
  -- Without facts it is the end of this process, or a machine that keeps nothing. An exporter that has been silent for a
  -- week is forgotten; a machine with speeches on it is not.
  delete from llm.heartbeats h
   where (h.worker = p_worker and p_facts is null) or (h.service = 'exporter' and h.beat_at < now() - interval '7 days');
  insert into llm.heartbeats (worker, service, facts)
  select p_worker, p_service, p_facts where p_facts is not null
  on conflict (worker) do update set facts = excluded.facts, beat_at = now();
$$;

create or replace function llm.running_services() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- The youngest beat first.
  select coalesce(jsonb_agg(jsonb_build_object('service', h.service, 'facts', h.facts,
      'silent_seconds', extract(epoch from now() - h.beat_at)) order by h.beat_at desc), '[]')
    from llm.heartbeats h where h.service = 'exporter';
$$;

create or replace function llm.vital_signs() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- What a running exporter tells whoever watches, every few seconds: cheap, and counts only. The last of them must always
  -- be 0: no adapter gives a score once the deadline after its taint has passed.
  select llm.queue_state() || jsonb_build_object(
    'erasures', (select count(*) from llm.erasures x where x.completed_at is null),
    'oldest_erasure_seconds', (select coalesce(extract(epoch from now() - min(x.requested_at)), 0)
      from llm.erasures x where x.completed_at is null),
    'tainted', (select count(*) from llm.adapters a where a.status = 'tainted'),
    'oldest_tainted_seconds', (select coalesce(extract(epoch from now() - min(a.tainted_at)), 0)
      from llm.adapters a where a.status = 'tainted'),
    'silent_machines', (select count(*) from llm.heartbeats h
      where h.service = 'trainer-sweep' and h.beat_at < now() - interval '1 day'),
    'swept_at', coalesce((select extract(epoch from l.ended_at) from llm_private.last_sweep l), 0),
    'ledger_failures', (select count(*) from llm.audit_log l
      where l.at > now() - interval '1 day' and l.action = 'ledger_failed'),
    -- By the latest run of each recipe in a week. Signs of life come every fifteen seconds; who was interrupted has an
    -- hour to go on.
    'failed_trainings', (select count(*) from (
      select distinct on (r.recipe) r.status, r.heartbeat_at from llm.training_runs r
       where r.created_at > now() - interval '7 days' order by r.recipe, r.created_at desc) as latest
      where latest.status = 'failed'
         or (latest.status = 'running' and latest.heartbeat_at < now() - interval '10 minutes')
         or (latest.status = 'interrupted' and latest.heartbeat_at < now() - interval '1 hour')),
    'scored_while_tainted', (select count(*) from llm.adapters a join llm.scores s on s.adapter_digest = a.digest
      where a.tainted_at is not null and s.status in ('ok', 'fallback') and s.ended_at > greatest(a.tainted_at + interval '5 minutes', now() - interval '1 day')));
$$;
