-- How long scores are kept: what has outlived the operator's limit goes, and what was said of an evaluation that is deleted.

create index scores_ended on llm.scores (ended_at) where status not in ('queued', 'running');

create function llm_private.outlived_scores(p_keep_days int, p_most int) returns uuid[]
language sql stable set search_path = '' as $$
  -- A batch goes as a whole, when its youngest score is too old.
  with rule as (select now() - make_interval(days => p_keep_days) as before_)
  select array(
    select s.id from rule join llm.scores s on s.ended_at < rule.before_
     where s.status not in ('queued', 'running')
       and not exists (select from llm.scores o where o.batch_id = s.batch_id
                        and (o.status in ('queued', 'running') or o.ended_at >= rule.before_))
     order by s.ended_at limit p_most);
$$;
comment on function llm_private.outlived_scores is 'null days: none is ever too old';

create function llm_private.orphaned_scores(p_most int) returns uuid[]
language sql stable set search_path = '' as $$
  -- A day is for whoever still asks what became of a score, and for whoever has deleted by mistake.
  select array(
    select s.id from llm.training_data t join llm.scores s using (evaluation_id)
     where t.status <> 'included' and t.exclusion_reason = 'evaluation_gone' and t.settled_at < now() - interval '1 day'
       and s.ended_at < now() - interval '1 day' and s.status not in ('queued', 'running')
       and not exists (select from public.evaluations e where e.id = t.evaluation_id)
     limit p_most);
$$;
comment on function llm_private.orphaned_scores is
  'scores of evaluations that the app has deleted, not only hidden; they are no record of anything any more';

create function llm.remove_scores(p_owner text, p_keep_days int, p_most int) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Remove at most p_most scores of each kind; whoever asks until both counts are 0 is done. What waits or is worked on stays,
-- and so does evaluations.model_used. A key of a score that is gone is a new key.
declare
  outlived uuid[];
  orphaned uuid[];
  emptied uuid[];
begin
  perform llm_private.require_publisher(p_owner);
  if p_keep_days < 1 then
    raise exception 'a score is kept for a day at least' using errcode = 'invalid_parameter_value';
  end if;
  outlived := llm_private.outlived_scores(p_keep_days, p_most);
  orphaned := array(select o from unnest(llm_private.orphaned_scores(p_most)) as o where o <> all (outlived));
  with gone as (delete from llm.scores s where s.id = any (outlived || orphaned) returning s.batch_id)
  select array_agg(distinct g.batch_id) into emptied from gone g where g.batch_id is not null;
  delete from llm.score_batches b
   where b.id = any (emptied) and not exists (select from llm.scores s where s.batch_id = b.id);
  if cardinality(outlived || orphaned) > 0 then
    perform llm_private.audit(p_owner, 'remove_scores', '', jsonb_build_object(
      'keep_days', p_keep_days, 'outlived', cardinality(outlived), 'orphaned', cardinality(orphaned)));
  end if;
  return jsonb_build_object('outlived', cardinality(outlived), 'orphaned', cardinality(orphaned));
end $$;
comment on function llm.remove_scores is 'the retention of scores: by age, and of evaluations that are gone';
