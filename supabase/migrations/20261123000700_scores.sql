-- Every attempt to score a speech, never overwritten.

create table llm.scores (
  id uuid primary key,
  evaluation_id uuid,
  status text not null check (status in ('ok', 'fallback', 'unscored')),
  reason text,
  sections jsonb,
  overall_comments text,
  total_points numeric,
  max_points numeric,
  model_used text,
  adapter_digest text references llm.adapters (digest),
  prompt_version text not null,
  engine text not null default '',
  attempts int not null,
  prompt_tokens int,
  completion_tokens int,
  latency_ms int not null,
  requested_by text not null,
  created_at timestamptz not null default now(),
  constraint scored_or_reasoned check (
    case when status = 'unscored' then reason is not null and sections is null and total_points is null
         else num_nulls(sections, total_points, max_points, model_used) = 0 end)
);
create index scores_evaluation on llm.scores (evaluation_id, created_at desc);
create index scores_adapter on llm.scores (adapter_digest);
alter table llm.scores enable row level security;
grant select on llm.scores to service_role;
comment on table llm.scores is 'One scoring attempt; a score can be absent, and then says why';

create function llm.record_score(p_score jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Keep a score and name its model on the evaluation, both or neither. Saying the same score twice changes nothing.
declare
  row_ llm.scores;
  known boolean;
  stored int;
begin
  row_ := jsonb_populate_record(null::llm.scores,
    '{"engine": ""}' || p_score || jsonb_build_object('created_at', now()));
  if row_.evaluation_id is not null then
    perform from public.evaluations e where e.id = row_.evaluation_id for update;
    known := found;
    if not known then
      return jsonb_build_object('recorded', false, 'reason', 'evaluation_gone');
    end if;
  end if;
  insert into llm.scores select row_.* on conflict (id) do nothing;
  get diagnostics stored = row_count;
  if stored = 1 then
    if row_.evaluation_id is not null and row_.status <> 'unscored' then
      update public.evaluations e set model_used = row_.model_used where e.id = row_.evaluation_id;
    end if;
    perform llm_private.audit(row_.requested_by, 'score', coalesce(row_.evaluation_id::text, ''),
      jsonb_build_object('score', row_.id, 'status', row_.status, 'model_used', row_.model_used, 'reason', row_.reason));
  end if;
  return jsonb_build_object('recorded', true);
end $$;
