-- A training that failed is told to whoever watches: a timer began it, and nobody looks at its log.

create or replace function llm.vital_signs() returns jsonb
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
    -- By the latest run of each recipe in a week. Signs of life come every fifteen seconds; one that was interrupted has
    -- an hour until somebody goes on with it.
    'failed_trainings', (select count(*) from (
      select distinct on (r.recipe) r.status, r.heartbeat_at from llm.training_runs r
       where r.created_at > now() - interval '7 days' order by r.recipe, r.created_at desc) as latest
      where latest.status = 'failed'
         or (latest.status = 'running' and latest.heartbeat_at < now() - interval '10 minutes')
         or (latest.status = 'interrupted' and latest.heartbeat_at < now() - interval '1 hour')),
    'scored_while_tainted', (select count(*) from llm.adapters a join llm.scores s on s.adapter_digest = a.digest
      where a.tainted_at is not null and s.status in ('ok', 'fallback') and s.ended_at > greatest(a.tainted_at + interval '5 minutes', now() - interval '1 day')));
$$;
