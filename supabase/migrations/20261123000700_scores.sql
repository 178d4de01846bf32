-- Every attempt to score a speech: kept before its work starts, and never changed after its end.

create table llm.score_batches (
  id uuid primary key,
  course_id uuid,
  requested_by text not null,
  idempotency_key text,
  request_sha256 text not null,
  total int not null,
  created_at timestamptz not null default now(),
  cancelled_at timestamptz,
  cancelled_by text
);
create unique index score_batches_key on llm.score_batches (requested_by, idempotency_key) where idempotency_key is not null;
alter table llm.score_batches enable row level security;
grant select on llm.score_batches to service_role;
comment on table llm.score_batches is 'Many scores that were asked for at once; their rows tell how far it is';

create table llm.scores (
  id uuid primary key,
  evaluation_id uuid,
  batch_id uuid references llm.score_batches (id),
  status text not null check (status in ('queued', 'running', 'ok', 'fallback', 'unscored', 'cancelled')),
  rank smallint not null default 0,
  is_shadow boolean not null default false,
  is_challenger boolean not null default false,
  wanted_adapter text references llm.adapters (digest),
  requested_by text not null,
  idempotency_key text,
  request_sha256 text not null default '',
  request jsonb,
  traceparent text check (traceparent ~ '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'),
  leased_by text,
  lease_until timestamptz,
  claims int not null default 0,
  not_before timestamptz not null default now(),
  give_up_at timestamptz not null default now(),
  reason text,
  problem jsonb,
  rubric jsonb,
  sections jsonb,
  overall_comments text,
  total_points numeric,
  max_points numeric,
  uncertainty jsonb,
  review jsonb not null default '[]' check (jsonb_typeof(review) = 'array'),
  model_used text,
  adapter_digest text references llm.adapters (digest),
  prompt_version text,
  engine text not null default '',
  attempts int not null default 0,
  prompt_tokens int,
  completion_tokens int,
  latency_ms int,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  constraint scored_or_reasoned check (case
    when status in ('ok', 'fallback') then num_nulls(rubric, sections, total_points, max_points, model_used, prompt_version) = 0
    when status = 'unscored' then reason is not null and num_nonnulls(sections, total_points, model_used) = 0
    else num_nonnulls(sections, total_points, model_used) = 0 end),
  constraint leased_while_running check ((status = 'running') = (leased_by is not null and lease_until is not null)),
  constraint nothing_asked_is_kept check (status in ('queued', 'running') or request is null),
  constraint shadows_name_their_adapter check (not is_shadow or wanted_adapter is not null)
);
create unique index scores_key on llm.scores (requested_by, idempotency_key) where idempotency_key is not null;
create index scores_evaluation on llm.scores (evaluation_id, created_at desc);
create index scores_adapter on llm.scores (adapter_digest);
create index scores_wanted_adapter on llm.scores (wanted_adapter) where wanted_adapter is not null;
create index scores_batch on llm.scores (batch_id) where batch_id is not null;
create index scores_open on llm.scores (rank, created_at) where status in ('queued', 'running');
create index scores_to_review on llm.scores (created_at) where review <> '[]';
alter table llm.scores enable row level security;
grant select on llm.scores to service_role;
comment on table llm.scores is 'One score that was asked for: waiting, being worked on, given, or absent with its reason';
comment on column llm.scores.rank is 'what is worked on first: 0 somebody waits for it, 1 of a batch, 2 a comparison that nobody sees';
comment on column llm.scores.is_shadow is 'given by a challenger for comparison; never shown, never named on the evaluation';
comment on column llm.scores.request is 'of a request by text: the anonymized transcript and the rubric, until the score has ended';
comment on column llm.scores.traceparent is 'W3C trace context of whoever asked, so that the work belongs to it whoever does it';
comment on column llm.scores.claims is 'how often a scorer took it and was not heard of again since';
comment on column llm.scores.give_up_at is 'until when it is tried again while the engine is away';
comment on column llm.scores.problem is 'of an absent score: the answer that its caller gets, without anything of the speech';
comment on column llm.scores.rubric is 'the rubric as it was when the score was given';
comment on column llm.scores.review is 'why a person should look at it; never a reason to change it';

create function llm_private.keep_ended_score() returns trigger
language plpgsql set search_path = '' as $$
begin
  if old.status in ('ok', 'fallback', 'unscored', 'cancelled') then
    raise exception 'a score that has ended does not change' using errcode = '55000';
  end if;
  return new;
end $$;
create trigger keep_ended_score before update on llm.scores for each row execute function llm_private.keep_ended_score();
