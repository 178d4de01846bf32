-- What the scorer calls.

create function llm.read_for_scoring(p_evaluation uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  -- An evaluation with its rubric and roster; null when there is none.
  select r from llm.read_evaluations(array[p_evaluation]) as r where r -> 'evaluation' <> 'null'::jsonb;
$$;
