-- What is held of a person, for whoever asks what is known of them.

create function llm_private.taught_by(p_evaluations uuid[]) returns jsonb
language sql stable set search_path = '' as $$
  -- The snapshots that these evaluations are or were in, and the adapters that learned from them.
  with taught as (
    select m.dataset_id, count(*) as examples from llm.dataset_members m where m.evaluation_id = any (p_evaluations) group by 1
  )
  select jsonb_build_object(
    'datasets', (select coalesce(jsonb_agg(jsonb_build_object('digest', d.digest, 'status', d.status, 'published_at', d.published_at,
        'examples', t.examples) order by d.published_at), '[]') from taught t join llm.datasets d on d.id = t.dataset_id),
    'adapters', (select coalesce(jsonb_agg(jsonb_build_object('name', a.name, 'status', a.status, 'created_at', a.created_at)
        order by a.created_at), '[]') from taught t join llm.adapters a on a.dataset_id = t.dataset_id));
$$;

create function llm.about_subject(p_actor text, p_keys text[]) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- By any identifier of the person, as keyed hashes. Ids, states and times, no text; who asked is written down.
declare
  names text[] := llm_private.names_of(p_keys);
  held uuid[] := array(
    select t.evaluation_id from llm.training_data t where t.subject_hash = any (names)
    union select m.evaluation_id from llm.shard_members m where m.subject_hash = any (names));
  pseudonyms text[] := array(select distinct k.subject_hash from llm.subject_keys k where k.key_hash = any (names));
begin
  perform llm_private.audit(p_actor, 'view_subject', coalesce(pseudonyms[1], ''),
    jsonb_build_object('evaluations', cardinality(held)));
  return llm_private.taught_by(held) || jsonb_build_object(
    'pseudonyms', to_jsonb(pseudonyms),
    'splits', (select coalesce(jsonb_agg(s.split), '[]') from llm.split_assignments s where s.subject_hash = any (names)),
    'kept_out', (select coalesce(jsonb_agg(jsonb_build_object('reason', t.reason, 'since', t.since) order by t.since), '[]')
      from llm.tombstones t where t.lifted_at is null and (t.subject_hash = any (names)
        or t.example_id in (select d.example_id from llm.training_data d where d.evaluation_id = any (held)))),
    'evaluations', (select coalesce(jsonb_agg(jsonb_build_object('evaluation_id', t.evaluation_id, 'status', t.status,
        'reason', t.exclusion_reason, 'settled_at', t.settled_at,
        'scores', (select count(*) from llm.scores s where s.evaluation_id = t.evaluation_id)) order by t.evaluation_id), '[]')
      from llm.training_data t where t.evaluation_id = any (held)),
    'withdrawals', (select coalesce(jsonb_agg(jsonb_build_object('certificate', x.id, 'evaluation_id', x.evaluation_id,
        'reason', x.reason, 'requested_at', x.requested_at, 'completed_at', x.completed_at) order by x.requested_at), '[]')
      from llm.erasures x where x.subject_hash = any (names) or x.evaluation_id = any (held)));
end $$;
